import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HubError } from '../../platform/errors.ts';
import type { Probe } from '../../platform/saga/executor.ts';
import type { SagaTables } from '../../platform/saga/tables.ts';
import { check, told } from '../invariants/check.ts';
import { collect } from '../invariants/collect.ts';
import { type Hub, startHubOfProcesses } from '../subgraphs/process/support/systems.ts';
import { triedActs } from './acts/all.ts';
import type { TriedAct } from './acts/tried-act.ts';
import { everySaga } from './support/every-saga.ts';
import { ALL_POINTS, killing, PATIENT, pointsOf } from './support/killing.ts';
import { type Begun, trying, waves } from './support/trying.ts';

/** An act, and where its worker is to die. */
interface Kill {
  readonly act: TriedAct;
  readonly step: string;
  readonly point: string;
}
/** An act that nobody disturbed: what it took, and what it left. */
interface Plain {
  readonly act: TriedAct;
  readonly kind: string;
  /** Its steps, or what was undone, in their order. */
  readonly steps: readonly string[];
  readonly effects: string;
}

let hub: Hub;
let acts: readonly TriedAct[];
let tried: ReturnType<typeof trying>;
before(async () => {
  hub = await startHubOfProcesses('client', { customers: ALL_POINTS ? 2_400 : 520, env: PATIENT });
  acts = await triedActs(hub);
  tried = trying(hub);
});
after(() => hub.close());

const mortal = () => killing(hub);
const beginAll = async <T extends { readonly act: TriedAct }>(all: readonly T[]): Promise<(T & Begun)[]> => {
  const begun: (T & Begun)[] = [];
  for (const one of all) begun.push({ ...one, ...(await tried.begin(one.act)) });
  return begun;
};

/** Has each run wait as an exception at its step: it took effect, and its answer is lost. */
const losing =
  (lastOf: ReadonlyMap<string, string>): Probe =>
  (point, step, runId) => {
    if (point === 'after-answer' && lastOf.get(runId) === step)
      throw new HubError('IN_DOUBT', 'the answer was lost', { system: 'HUB' });
  };
/** Brings them to their last step and no further, and has an operator give them up. */
async function giveUpAtTheEnd(begun: readonly (Begun & { readonly last: string })[]): Promise<void> {
  await mortal().settle(
    begun.map(({ id }) => id),
    losing(new Map(begun.map(({ id, last }) => [id, last]))),
  );
  for (const { id } of begun) await tried.giveUp(id);
}

/** Where to kill: every point of what an act took; in short, each step in the first act that takes it. */
function killsOf(plain: readonly Plain[]): Kill[] {
  const known = new Set<string>();
  return plain.flatMap(({ act, steps }) =>
    steps
      .filter((step) => ALL_POINTS || !known.has(step))
      .flatMap((step) => {
        known.add(step);
        return pointsOf(step).map((point) => ({ act, step, point }));
      }),
  );
}

const deathsOf = (wave: readonly (Begun & Kill)[]) => wave.map(({ id, step, point }) => ({ runId: id, step, point }));

/** One line for each kind of process. */
function counted(plain: readonly Plain[], kills: readonly Kill[]): string[] {
  const kindOf = new Map(plain.map(({ act, kind }) => [act, kind]));
  return [...Map.groupBy(kills, ({ act }) => kindOf.get(act))].map(([kind, own]) => `${kind}: ${own.length} points`);
}

let done: readonly Plain[];
test('C38 killed at any point of any step, each act ends once in every system, and the world is told once', {
  timeout: 3_600_000,
}, async (t) => {
  const plain: Plain[] = [];
  for (const wave of waves(
    acts.map((act) => ({ act })),
    ({ act }) => act,
  )) {
    const begun = await beginAll(wave);
    await mortal().settle(begun.map(({ id }) => id));
    for (const { act, id } of begun) {
      const { kind, state, steps, reason } = await tried.runOf(id);
      assert.equal(state, 'COMPLETED', `${act.name}: ${reason}`);
      plain.push({ act, kind, steps: steps.map(({ name }) => name), effects: tried.effectsOf(id) });
    }
  }
  const effects = new Map(plain.map((one) => [one.act, one.effects]));
  done = plain;

  const kills = killsOf(plain);
  for (const wave of waves(kills, ({ act }) => act)) {
    const begun = await beginAll(wave);
    await mortal().kill(deathsOf(begun));
    await mortal().settle(begun.map(({ id }) => id));
    for (const { act, id, attempt, step, point } of begun) {
      const where = `${act.name} at ${point} of ${step}`;
      const run = await tried.runOf(id);
      assert.equal(run.state, 'COMPLETED', `${where}: ${JSON.stringify(run)}`);
      assert.equal(tried.effectsOf(id), effects.get(act), where);
      await attempt.completed?.();
    }
  }
  for (const line of [...counted(plain, kills), `${kills.length} points in all`]) t.diagnostic(line);

  const nameOf = (kind: string, step: string) => (ALL_POINTS ? `${kind} ${likeOf(step)}` : likeOf(step));
  const taken = new Set(plain.flatMap(({ kind, steps }) => steps.map((step) => nameOf(kind, step))));
  const missing = (await everySaga()).flatMap(({ name, steps }) =>
    steps.map((step) => nameOf(name, step.name)).filter((step) => !taken.has(step)),
  );
  assert.deepEqual(missing, [], 'every step of every process was killed in');
});

test('C38 C39 killed at any point of its undoing, and again in the recovery of that, each act leaves nothing behind', {
  timeout: 3_600_000,
}, async (t) => {
  const lastOf = new Map(
    done.map(({ act, steps }) => [act, steps.filter((step) => step !== act.pointOfNoReturn).at(-1) ?? '']),
  );
  const withLast = <T extends { readonly act: TriedAct }>(one: T) => ({ ...one, last: lastOf.get(one.act) ?? '' });
  const plain: Plain[] = [];
  for (const wave of waves(
    acts.map((act) => ({ act })),
    ({ act }) => act,
  )) {
    const begun = await beginAll(wave.map(withLast));
    await giveUpAtTheEnd(begun);
    await mortal().settle(begun.map(({ id }) => id));
    for (const { act, id } of begun) {
      const { kind, state } = await tried.runOf(id);
      assert.equal(state, 'COMPENSATED', act.name);
      plain.push({ act, kind, steps: await undoneIn(id), effects: tried.effectsOf(id) });
    }
  }
  const effects = new Map(plain.map((one) => [one.act, one.effects]));

  const kills = killsOf(plain);
  for (const wave of waves(kills, ({ act }) => act)) {
    const begun = await beginAll(wave.map(withLast));
    await giveUpAtTheEnd(begun);
    await mortal().kill(deathsOf(begun));
    const again = begun
      .filter(({ point }) => point !== 'after-commit')
      .map((one) => ({ ...one, point: 'after-answer' }));
    if (again.length > 0) await mortal().kill(deathsOf(again));
    await mortal().settle(begun.map(({ id }) => id));
    for (const { act, id, attempt, step, point } of begun) {
      const where = `${act.name} at ${point} of ${step}`;
      const run = await tried.runOf(id);
      assert.equal(run.state, 'COMPENSATED', `${where}: ${JSON.stringify(run)}`);
      assert.equal(tried.effectsOf(id), effects.get(act), where);
      await attempt.undone?.();
    }
  }
  for (const line of [...counted(plain, kills), `${kills.length} points in all`]) t.diagnostic(line);
});

test('I1 I2 I3 I4 hold over all that was killed', async () => {
  const ledger = hub.sandbox.ledger;
  const { acknowledgements } = tried;
  const actOf = new Map(acknowledgements.map(({ processId, act }) => [processId, act]));
  const breaches = check(await collect({ db: hub.db, ledger, acknowledgements }));
  assert.deepEqual(
    breaches.map((breach) => `${actOf.get(breach.processId)}: ${told(breach)}`),
    [],
  );
});

/** Steps that differ by their number alone do the same. */
const likeOf = (step: string): string => step.replace(/-\d+$/, '');

/** Which undoings began, in their order, each once. */
async function undoneIn(id: string): Promise<string[]> {
  const rows = await hub.db
    .withTables<SagaTables>()
    .selectFrom('process.audit')
    .select('step')
    .where('run_id', '=', id)
    .where('event', '=', 'UNDO_BEGUN')
    .orderBy('id')
    .execute();
  return [...new Set(rows.map(({ step }) => `undo ${step}`))];
}
