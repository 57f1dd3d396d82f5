import { createDb } from '../../platform/db/db.ts';
import type { SagaTables } from '../../platform/saga/tables.ts';
import { createWorld } from '../../sandbox/data/generate.ts';
import { createRandom } from '../../sandbox/data/random.ts';
import { startSandbox } from '../../sandbox/start.ts';
import { check } from '../invariants/check.ts';
import { collect } from '../invariants/collect.ts';
import type { Acknowledgement, Breach } from '../invariants/evidence.ts';
import { nextAct } from './acts.ts';
import { askUntilAnswered } from './client.ts';
import { findGrounds } from './grounds.ts';
import { bringToAnEnd } from './operator.ts';
import { makeTrouble } from './trouble.ts';
import { type SetUp, startVictims } from './victims.ts';

export interface ChaosOptions {
  /** Decides acts, kills and trouble; the scheduling of processes is not in its hands. */
  readonly seed: number;
  readonly kills: number;
  readonly mutations: number;
  readonly setUp: SetUp;
  readonly progress?: (line: string) => void;
}

export interface ChaosResult {
  /** How many processes were in each state before operators acted on what waited, and after. */
  readonly atFirst: Readonly<Record<string, number>>;
  readonly inTheEnd: Readonly<Record<string, number>>;
  /** How many processes there were of each kind. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly accepted: number;
  readonly refused: number;
  readonly kills: Readonly<Record<string, number>>;
  readonly breaches: readonly Breach[];
}

const CUSTOMERS = 400;

/** Random kills over mixed mutations and vendors in trouble; then everything is brought to its end and checked. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, kills, mutations, setUp, progress = () => {} } = options;
  await using opened = new AsyncDisposableStack();
  // slow enough that a kill finds acts at every step
  const sandbox = await startSandbox({ customers: CUSTOMERS, latency: { minMs: 2, maxMs: 30 } });
  opened.defer(() => sandbox.close());
  const hub = await startVictims(setUp, sandbox, opened);
  const world = createWorld({ seed: 1, size: CUSTOMERS, today: new Date().toISOString().slice(0, 10) });
  const grounds = await findGrounds(world, hub);

  const random = createRandom(seed);
  const acknowledgements: Acknowledgement[] = [];
  const asking: Promise<unknown>[] = [];
  const killed = new Map<string, number>();
  for (let kill = 1; kill <= kills; kill += 1) {
    makeTrouble(sandbox, random);
    // New acts for each kill, all at once, so that it finds some at every step.
    while (asking.length < (mutations * kill) / kills) {
      const wanted = nextAct(grounds, asking.length, random);
      asking.push(askUntilAnswered(hub, wanted).then((answer) => acknowledgements.push(answer)));
    }
    await pause(random.int(0, 600));
    const victim = random.pick(hub.victims);
    await victim.killAndStart();
    killed.set(victim.name, (killed.get(victim.name) ?? 0) + 1);
    progress(`kill ${kill} of ${kills} (${victim.name}), ${acknowledgements.length} of ${asking.length} answered`);
  }
  await Promise.all(asking);
  sandbox.removeFaults();

  const pool = createDb(await hub.databaseUrl(), { max: 4 });
  opened.defer(() => pool.destroy());
  const db = pool.withTables<SagaTables>();
  const ends = await bringToAnEnd(db, hub, progress);
  const evidence = await collect({
    db: pool,
    audit: true,
    ledger: (vendor) => sandbox.ledger(vendor),
    acknowledgements,
  });
  const accepted = acknowledgements.filter(({ answer }) => answer === 'ACCEPTED').length;
  return {
    ...ends,
    kinds: countBy(evidence.runs, ({ kind }) => kind),
    accepted,
    refused: acknowledgements.length - accepted,
    kills: Object.fromEntries(killed),
    breaches: check(evidence),
  };
}

const countBy = <T>(all: readonly T[], name: (one: T) => string): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(all, name)].map(([key, those]) => [key, those.length]));
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
