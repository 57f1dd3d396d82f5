import { setTimeout as sleep } from 'node:timers/promises';
import { createDb } from '../../platform/db/db.ts';
import { silentLog } from '../../platform/log.ts';
import type { SagaTables } from '../../platform/saga/tables.ts';
import { check, told } from '../../test/invariants/check.ts';
import { collect } from '../../test/invariants/collect.ts';
import type { Acknowledgement, Breach } from '../../test/invariants/evidence.ts';
import type { Ground } from './ground.ts';
import type { Bar } from './load-case.ts';

/** States in which nothing happens any more until a person acts. */
const AT_REST: readonly string[] = ['COMPLETED', 'COMPENSATED', 'REJECTED', 'EXCEPTION', 'SUPERSEDED'];

export interface Endings {
  /** Until the last process came to rest, from the call on; infinite where some had not when the patience was over. */
  readonly seconds: number;
  /** How many processes are in each state. */
  readonly states: Readonly<Record<string, number>>;
  readonly breaches: readonly Breach[];
}

/** Waits until every process is at rest, then holds what was acknowledged, the journal and the vendors' ledgers against one another. */
export async function bringToRest(
  ground: Ground,
  acknowledgements: readonly Acknowledgement[],
  patienceSeconds: number,
): Promise<Endings> {
  const began = performance.now();
  const pool = createDb(ground.databaseUrl, { max: 2, log: silentLog });
  try {
    const db = pool.withTables<SagaTables>();
    const states = async (): Promise<Record<string, number>> => {
      const rows = await db
        .selectFrom('process.run')
        .select(['state', ({ fn }) => fn.countAll<string>().as('count')])
        .groupBy('state')
        .execute();
      return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
    };
    const waited = () => (performance.now() - began) / 1_000;
    let now = await states();
    const resting = () => Object.keys(now).every((state) => AT_REST.includes(state));
    for (; !resting() && waited() < patienceSeconds; now = await states()) await sleep(250);
    const seconds = resting() ? waited() : Number.POSITIVE_INFINITY;
    const evidence = await collect({ db: pool, ledger: (vendor) => ground.vendors.ledger(vendor), acknowledgements });
    return { seconds, states: now, breaches: check(evidence) };
  } finally {
    await pool.destroy();
  }
}

/** As bars, figures and notes of a run. */
export const judgedEndings = ({ seconds, states, breaches }: Endings, atMostSeconds: number) => ({
  bars: [
    {
      name: 'every accepted one at rest, after the load',
      value: seconds,
      unit: 's',
      atMost: atMostSeconds,
      of: 'time',
    },
    { name: 'breaches of I1-I4', value: breaches.length, unit: '', atMost: 0, of: 'truth' },
  ] satisfies Bar[],
  figures: Object.fromEntries(Object.entries(states).map(([state, count]) => [`processes ${state}`, count])),
  notes: breaches.slice(0, 5).map((breach) => `breach: ${told(breach)}`),
});
