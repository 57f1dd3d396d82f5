import type { Kysely } from 'kysely';
import { type Closure, closeSystem, closures, openSystem, type WaitedFor } from '../../../platform/saga/closures.ts';
import { postponements } from '../../../platform/saga/postponed.ts';
import type { AnySaga } from '../../../platform/saga/saga.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import type { Windows } from '../../../platform/saga/windows.ts';
import type { StepContext } from '../systems.ts';

/** When systems take what processes write. */
export interface Maintenance {
  /** Those that are not over, the next one first. */
  closures(): Promise<readonly WaitedFor[]>;
  /** @throws INVALID */
  close(closure: Closure): Promise<void>;
  /** @throws NOT_FOUND */
  open(id: string): Promise<void>;
  /** Why each process was put away; null: it was not, or goes on. */
  postponements(ids: readonly string[]): Promise<readonly (string | null)[]>;
  /** The names of the steps that write to a system. */
  stepsOf(system: string): readonly string[];
  readonly windows: Windows;
}

export const createMaintenance = (
  db: Kysely<SagaTables>,
  { sagas, windows }: { readonly sagas: readonly AnySaga<StepContext>[]; readonly windows: Windows },
): Maintenance => ({
  closures: () => closures(db),
  close: (closure) => closeSystem(db, closure),
  open: (id) => openSystem(db, id),
  postponements: (ids) => postponements(db, ids),
  stepsOf: (system) => [
    ...new Set(sagas.flatMap(({ steps }) => steps.filter(({ owner }) => owner === system).map(({ name }) => name))),
  ],
  windows,
});
