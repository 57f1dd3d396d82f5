import { readdirSync } from 'node:fs';
import type { AnySaga } from '../../../platform/saga/saga.ts';

const SAGAS = new URL('../../../subgraphs/process/sagas/', import.meta.url);

/** Every story that is written. */
export async function everySaga(): Promise<readonly AnySaga<never>[]> {
  const modules = await Promise.all(
    readdirSync(SAGAS)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => import(new URL(file, SAGAS).href) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((exported) => Object.values(exported)).filter(isSaga);
}

const isSaga = (value: unknown): value is AnySaga<never> =>
  typeof value === 'object' && value !== null && 'steps' in value && 'run' in value && 'name' in value;
