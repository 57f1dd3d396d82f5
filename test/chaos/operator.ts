import type { Kysely } from 'kysely';
import type { SagaTables } from '../../platform/saga/tables.ts';
import { askHub, eventually, type KeyName } from '../support/hub.ts';

const RETRY = `mutation ($id: ID!) { retryProcess(id: $id) { __typename } }`;
/** An operator tries a process that often before he leaves it as it is. */
const TRIES = 3;

/**
 * Waits until nothing runs any more, then retries what waits as an exception, as an operator does once the vendors are well.
 * Answers how many processes had ended in each state before that.
 */
export async function bringToAnEnd(
  db: Kysely<SagaTables>,
  hub: { readonly url: string; readonly keys: Readonly<Record<KeyName, string>> },
  progress: (line: string) => void,
): Promise<Record<string, number>> {
  const states = async () => {
    const rows = await db
      .selectFrom('process.run')
      .select(['state', ({ fn }) => fn.countAll<string>().as('count')])
      .groupBy('state')
      .execute();
    return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  };
  const atRest = () =>
    eventually(
      'every process has ended, or waits as an exception',
      async () => {
        const now = await states();
        return Object.keys(now).every((state) => ['COMPLETED', 'COMPENSATED', 'EXCEPTION'].includes(state)) && now;
      },
      180_000,
    );
  const first = await atRest();
  for (let tries = 0, now = first; now.EXCEPTION !== undefined && tries < TRIES; tries += 1, now = await atRest()) {
    progress(`${now.EXCEPTION} wait as exceptions; retrying`);
    const waiting = await db.selectFrom('process.run').select('id').where('state', '=', 'EXCEPTION').execute();
    for (const { id } of waiting) await askHub(hub.url, hub.keys.operator, RETRY, { id });
  }
  return first;
}
