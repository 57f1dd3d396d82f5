import type { Kysely } from 'kysely';
import type { SagaTables } from '../../platform/saga/tables.ts';
import { askHub, eventually, type KeyName } from '../support/hub.ts';

const RETRY = `mutation ($id: ID!) { retryProcess(id: $id) { __typename } }`;
const GIVE_UP = `mutation ($id: ID!) { giveUpProcess(id: $id, reason: "it does not come right") { __typename } }`;
/** An operator retries a process that often, then has it undone, and retries that as often. */
const TRIES = 2;
/** Nothing happens any more until a person acts. */
const AT_REST: readonly string[] = [
  'COMPLETED',
  'COMPENSATED',
  'REJECTED',
  'SUPERSEDED',
  'EXCEPTION',
  'WAITING_FOR_APPROVAL',
];

/**
 * Waits until nothing runs any more, then acts on what waits as an exception, as an operator does once the vendors are well.
 * Answers how many processes were in each state before that, and after.
 */
export async function bringToAnEnd(
  db: Kysely<SagaTables>,
  hub: { readonly url: string; readonly keys: Readonly<Record<KeyName, string>> },
  progress: (line: string) => void,
): Promise<{ readonly atFirst: Record<string, number>; readonly inTheEnd: Record<string, number> }> {
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
      'every process has ended, or waits for a person',
      async () => {
        const now = await states();
        return Object.keys(now).every((state) => AT_REST.includes(state)) && now;
      },
      180_000,
    );
  const atFirst = await atRest();
  let now = atFirst;
  const remedies = [...Array(TRIES).fill(RETRY), GIVE_UP, ...Array(TRIES).fill(RETRY)] as readonly string[];
  for (const remedy of remedies) {
    if (now.EXCEPTION === undefined) break;
    progress(`${now.EXCEPTION} wait as exceptions; ${remedy === RETRY ? 'retrying' : 'giving them up'}`);
    const waiting = await db.selectFrom('process.run').select('id').where('state', '=', 'EXCEPTION').execute();
    for (const { id } of waiting) await askHub(hub.url, hub.keys.operator, remedy, { id });
    now = await atRest();
  }
  return { atFirst, inTheEnd: now };
}
