import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Directory, takeInDirectories, takeInUntilComplete } from '../../events/register/take-in.ts';
import { systemClock } from '../../platform/clock.ts';
import { HubError } from '../../platform/errors.ts';
import { silentLog } from '../../platform/log.ts';
import { type DirectoryEntry, pageOf } from '../../platform/page.ts';
import { connectIdentity } from '../../subgraphs/identity/connect.ts';
import type { IdentityPort } from '../../subgraphs/identity/port.ts';
import { testDatabase } from '../support/database.ts';

const call = { correlationId: 'test', signal: new AbortController().signal };

const entries = (system: string, count: number, offset = 0): DirectoryEntry[] =>
  Array.from({ length: count }, (_, index) => ({
    externalId: `${system}-${index + offset}`,
    hubId: index % 10 === 9 ? null : `C-${index + offset}`,
    name: `${system} ${index + offset}`,
    email: null,
    parentExternalId: null,
    mergedIntoExternalId: null,
  }));

/** A system that gives at most `most` entries for each page, whatever is asked. */
const directory =
  (all: readonly DirectoryEntry[], most: number): Directory =>
  async ({ first, after }) =>
    pageOf(all, Math.min(first, most), after, ({ externalId }) => externalId);

const newIdentity = async (): Promise<IdentityPort> =>
  connectIdentity((await testDatabase()).db, { clock: systemClock });

/** The port with the sizes of the pages it was given. */
function watched(identity: IdentityPort): { identity: IdentityPort; sizes: number[] } {
  const sizes: number[] = [];
  const takeIn: IdentityPort['takeIn'] = (page, given) => {
    sizes.push(page.entries.length);
    return identity.takeIn(page, given);
  };
  return {
    identity: new Proxy(identity, { get: (target, name) => (name === 'takeIn' ? takeIn : Reflect.get(target, name)) }),
    sizes,
  };
}

test('all directories are walked to their end, in bounded pages', async () => {
  const { identity, sizes } = watched(await newIdentity());
  const directories = {
    ERP: directory(entries('ERP', 2_500), 1_000),
    SUPPORT: directory(entries('SUPPORT', 1_450), 100),
    CRM: directory([], 10),
  };
  const taken = await takeInDirectories({ identity, directories, log: silentLog, call });
  assert.deepEqual(taken, [
    { system: 'ERP', linked: 2_250, unmatched: 250, complete: true },
    { system: 'SUPPORT', linked: 1_305, unmatched: 145, complete: true },
    { system: 'CRM', linked: 0, unmatched: 0, complete: true },
  ]);
  assert.equal(await identity.count({}, call), 2_250);
  assert.ok(
    Math.max(...sizes) <= 1_000 && sizes.filter((size) => size > 0).length === 5,
    'small pages are written together',
  );
});

test('a system that is down is tried again and does not hold up the others', async () => {
  const identity = await newIdentity();
  const waits: number[] = [];
  const log = silentLog;
  let down = true;
  const flaky: Directory = async (page, given) => {
    if (down && page.after !== null) throw new HubError('UNAVAILABLE', 'CRM cannot be reached', { system: 'CRM' });
    return directory(entries('CRM', 30), 10)(page, given);
  };
  const wait = async (ms: number) => {
    waits.push(ms);
    if (ms === 15_000) down = false; // it comes back while we wait for the next round
  };
  const directories = { ERP: directory(entries('ERP', 20), 10), CRM: flaky };
  const once = await takeInDirectories({ identity, directories, log, call, wait });
  assert.deepEqual(
    once.map(({ system, complete }) => [system, complete]),
    [
      ['ERP', true],
      ['CRM', false],
    ],
  );
  assert.deepEqual(waits, [500, 2_000, 5_000]);

  const taken = await takeInUntilComplete({ identity, directories, log, call, wait });
  assert.deepEqual(
    taken.map(({ system, linked, complete }) => [system, linked, complete]),
    [
      ['ERP', 18, true],
      ['CRM', 27, true],
    ],
  );
});

test('a hiccup costs one page, and a system that asks for patience gets it', async () => {
  const identity = await newIdentity();
  const waits: number[] = [];
  let asked = 0;
  const throttled: Directory = async (page, given) => {
    asked += 1;
    if (asked === 2) throw new HubError('THROTTLED', 'slow down', { system: 'ERP', retryAfterMs: 9_000 });
    return directory(entries('ERP', 30), 10)(page, given);
  };
  const [erp] = await takeInDirectories({
    identity,
    directories: { ERP: throttled },
    log: silentLog,
    call,
    wait: async (ms) => void waits.push(ms),
  });
  assert.deepEqual([erp?.linked, erp?.complete, asked, waits], [27, true, 4, [9_000]]);
});

test('what will not pass by itself is not tried again in the same round', async () => {
  const identity = await newIdentity();
  let asked = 0;
  const broken: Directory = async () => {
    asked += 1;
    throw new HubError('CONTRACT_BROKEN', 'BILLING sent no name', { system: 'BILLING' });
  };
  const [billing] = await takeInDirectories({ identity, directories: { BILLING: broken }, log: silentLog, call });
  assert.deepEqual([billing?.complete, asked], [false, 1]);
});

test('the walk ends when it is told to', async () => {
  const identity = await newIdentity();
  const stop = new AbortController();
  const down: Directory = async () => {
    throw new HubError('UNAVAILABLE', 'down', { system: 'CRM' });
  };
  setImmediate(() => stop.abort());
  const ended = await takeInUntilComplete({
    identity,
    directories: { CRM: down },
    log: silentLog,
    call: { ...call, signal: stop.signal },
  });
  assert.deepEqual(
    ended.map(({ complete }) => complete),
    [false],
  );
});
