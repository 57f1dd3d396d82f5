import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HubError } from '../../../platform/errors.ts';
import type { Probe } from '../../../platform/saga/executor.ts';
import { VENDOR_NAMES, type VendorName } from '../../../sandbox/core/vendor.ts';
import { RETRY, type Run } from '../../subgraphs/process/support/operations.ts';
import { type Hub, startHubOfProcesses } from '../../subgraphs/process/support/systems.ts';
import { triedActs } from '../acts/all.ts';
import type { TriedAct } from '../acts/tried-act.ts';
import { ALL_POINTS } from '../support/killing.ts';
import { trying } from '../support/trying.ts';

/** Requests that only read although they are POSTs. */
const READS = /\/(suiteql|search|create_preview|token|tokens|authorize)$|\/composite\/sobjects\//;
/** Short, so that a lost answer is told soon; long enough for a busy machine. */
const SOON = {
  NETSUITE_TIMEOUT_MS: '1000',
  STRIPE_TIMEOUT_MS: '1000',
  SALESFORCE_TIMEOUT_MS: '1000',
  ZENDESK_TIMEOUT_MS: '1000',
};

/** A request that changes something at a vendor, and the step, or the undoing of one, that sent it. */
interface Write {
  readonly step: string;
  readonly vendor: VendorName;
  /** For a fault: method and path, without what differs from run to run. */
  readonly match: string;
}

let hub: Hub;
let acts: readonly TriedAct[];
let tried: ReturnType<typeof trying>;
/** What the engine does at its probes; set by each run. */
let probe: Probe = () => {};
before(async () => {
  hub = await startHubOfProcesses('worker', {
    customers: ALL_POINTS ? 800 : 600,
    env: SOON,
    probe: (...at) => probe(...at),
  });
  acts = await triedActs(hub);
  tried = trying(hub);
});
after(() => hub.close());

const ask = async (act: TriedAct): Promise<Run> => tried.atRest((await tried.begin(act)).id);

const effectsOf = (run: Run) => tried.effectsOf(run.id);
const stable = (path: string) =>
  path
    .split('/')
    .map((part) => (/\d/.test(part) && !/^v\d/.test(part) ? '[^/]+' : part))
    .join('/');

/** Steps that several acts take are tried in the first of them. */
const known = new Set<string>();
function isNew({ step, match }: Write): boolean {
  const again = known.has(`${step} ${match}`);
  known.add(`${step} ${match}`);
  return !again;
}

/** Notes which writes each step sends. */
function watching(): { writes: Write[]; probe: Probe } {
  const writes: Write[] = [];
  return {
    writes,
    probe: (point, step) => {
      if (point === 'after-intent') hub.sandbox.clearCalls();
      if (point !== 'after-answer') return;
      for (const { vendor, method, path } of hub.sandbox.calls()) {
        const match = `^${method} ${stable(path)}$`;
        const known = writes.some((one) => one.step === step && one.match === match);
        if (method !== 'GET' && !READS.test(path) && !known) writes.push({ step, vendor, match });
      }
    },
  };
}

type Loss = 'apply-then-time-out' | 'time-out-without-applying';
const waitedFor = new Set<string>();

/**
 * Has the answer to the first such request of that step be lost. The first of each vendor is waited for until the client gives
 * up; with all others the connection breaks at once, which leaves the same doubt and costs no time.
 */
function losing({ step, vendor, match }: Write, kind: Loss) {
  let fault: string | null = null;
  const waits = !waitedFor.has(`${vendor} ${kind}`);
  waitedFor.add(`${vendor} ${kind}`);
  return {
    at: (point: string, name: string) => {
      if (fault === null && point === 'after-intent' && name === step) {
        fault = hub.sandbox.addFault({ vendor, kind, match, count: 1, ...(waits ? {} : { ms: 0 }) });
      }
    },
    /** Whether it hit. */
    hit: () => fault !== null && !hub.sandbox.removeFault(fault),
  };
}

/** Lets the last step take effect and not know it, so that the run waits; then gives it up. */
const stopAfter =
  (last: string): Probe =>
  (point, step) => {
    if (point === 'after-answer' && step === last)
      throw new HubError('IN_DOUBT', 'the answer was lost', { system: 'HUB' });
  };

async function givenUp(run: Run): Promise<Run> {
  assert.equal(run.state, 'EXCEPTION', JSON.stringify(run));
  await tried.giveUp(run.id);
  for (let tries = 0; tries < 100; tries += 1) {
    const now = await tried.atRest(run.id);
    if (now.state === 'COMPENSATED') return now;
    await hub.errorsOf(RETRY, { id: run.id }); // a breaker was open
  }
  return assert.fail(`${run.id} was not undone`);
}

const notApplied = new Set<string>();
/**
 * How its answer is lost. What was not applied looks the same to all steps of one vendor that write by one method, and is tried
 * once for each in a short run (`npm run test:kills` tries all); what was applied has to be found, by each in its own way.
 */
function lossesOf({ vendor, match }: Write): readonly Loss[] {
  const kind = `${vendor} ${match.split(' ')[0]}`;
  if (!ALL_POINTS && notApplied.has(kind)) return ['apply-then-time-out'];
  notApplied.add(kind);
  return ['apply-then-time-out', 'time-out-without-applying'];
}

/** Of a run that nobody disturbed. */
const stepsOf = new Map<TriedAct, Run['steps']>();

describe('each write of each act, its answer lost', () => {
  test('C13 C14 what was applied is found by its key and not done twice, what was not is done once', async (t) => {
    const hit = new Set<VendorName>();
    for (const act of acts) {
      const seen = watching();
      probe = seen.probe;
      const plain = await ask(act);
      assert.equal(plain.state, 'COMPLETED', `${act.name}: ${JSON.stringify(plain)}`);
      stepsOf.set(act, plain.steps);
      // What the hub's register alone is told has no answer to lose.
      assert.ok(seen.writes.length > 0 || plain.steps.every(({ system }) => system === 'HUB'), act.name);
      for (const write of seen.writes.filter(isNew)) {
        for (const kind of lossesOf(write)) {
          const id = kind === 'apply-then-time-out' ? 'C13' : 'C14';
          await t.test(`${id} ${act.name}, ${write.step}: ${write.vendor} ${write.match}`, async () => {
            const lost = losing(write, kind);
            probe = lost.at;
            const run = await ask(act);
            assert.ok(lost.hit(), 'the fault hit');
            assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
            assert.equal(effectsOf(run), effectsOf(plain));
            hit.add(write.vendor);
          });
        }
      }
    }
    assert.deepEqual([...hit].sort(), [...VENDOR_NAMES].sort(), 'every vendor lost an answer');
  });

  test('C18 an undoing that was applied and whose answer was lost reverses once', async (t) => {
    for (const act of acts) {
      const steps = stepsOf.get(act) ?? [];
      const last = steps.findLast(({ name }) => name !== act.pointOfNoReturn)?.name ?? assert.fail(act.name);
      const seen = watching();
      const stop = stopAfter(last);
      probe = (...at) => {
        seen.probe(...at);
        return stop(...at);
      };
      const plain = await givenUp(await ask(act));
      const undoing = seen.writes.filter(({ step }) => step.startsWith('undo ')).filter(isNew);
      for (const write of undoing) {
        await t.test(`C18 ${act.name}, ${write.step}: ${write.vendor} ${write.match}`, async () => {
          const lost = losing(write, 'apply-then-time-out');
          probe = (...at) => {
            lost.at(at[0], at[1]);
            return stop(...at);
          };
          const run = await givenUp(await ask(act));
          assert.ok(lost.hit(), 'the fault hit');
          assert.equal(effectsOf(run), effectsOf(plain));
        });
      }
    }
  });
});
