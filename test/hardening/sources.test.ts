/** What callers see when systems fail: class C of the hardening matrix, C01 to C12, through the whole hub over the sandbox. */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../../sandbox/start.ts';
import { eventually } from '../support/hub.ts';
import { type HubOfSources, ONE_OF, openHubOfSources, SECTIONS, type View } from './hub-of-sources.ts';

const CANARY = 'canary-4711';
/** Short, so that a system that never answers costs the tests little. */
const TIMEOUT_MS = '600';
const QUICK = {
  NETSUITE_TIMEOUT_MS: TIMEOUT_MS,
  STRIPE_TIMEOUT_MS: TIMEOUT_MS,
  SALESFORCE_TIMEOUT_MS: TIMEOUT_MS,
  ZENDESK_TIMEOUT_MS: TIMEOUT_MS,
};
const MINUTE = 60_000;
const CASES = 'query ($id: ID!) { customer(id: $id) { id cases(first: 5) { nodes { id } } } }';
/** `@data(maxAgeSeconds)` of a case. */
const CASE_LIFE_MS = 30_000;

let hub: HubOfSources;

/** Each null has its error, the failed system's part alone is null, and nothing of the system itself gets out. */
function judge(view: View, down: readonly string[], code: RegExp): void {
  assert.equal(view.status, 200);
  for (const { system, field } of SECTIONS) {
    const value = view.data.customer?.[field];
    if (!down.includes(system)) assert.notEqual(value ?? null, null, `${field} of ${system}`);
    else assert.equal(value ?? null, null, `${field} of ${system}`);
  }
  const told = view.errors.filter(({ extensions }) => extensions.code !== 'MORE_ERRORS');
  assert.deepEqual([...new Set(told.map(({ extensions }) => extensions.system))].sort(), [...down].sort());
  for (const { path, extensions, message } of told) {
    assert.match(String(extensions.code), code, message);
    assert.equal(path?.[0], 'customer');
  }
  for (const system of down) assert.match(String(view.source(system)?.state), /UNAVAILABLE|THROTTLED/);
  assert.doesNotMatch(JSON.stringify(view), /canary|127\.0\.0\.1|localhost|\/services\/|stack/);
}

describe('the hub, when systems behind it fail', () => {
  before(async () => {
    hub = await openHubOfSources({ env: QUICK });
  });
  beforeEach(() => hub.calm());
  const broken = (fault: Omit<Fault, 'vendor'>, ...vendors: readonly Fault['vendor'][]) => {
    for (const vendor of vendors) hub.sandbox.addFault({ vendor, ...fault });
  };

  for (const { vendor, system } of SECTIONS) {
    test(`C01 ${system} refuses connections: its part alone is null, or what it last said with its age; then it is back by itself`, async () => {
      const [cold, warm] = [hub.fresh(), hub.fresh()];
      const good = await hub.view(warm);
      assert.deepEqual(good.errors, []);
      broken({ kind: 'refuse' }, vendor);
      judge(await hub.view(cold), [system], /^SOURCE_UNAVAILABLE$/);
      hub.clock.advance(9 * MINUTE);
      const old = await hub.view(warm);
      assert.deepEqual([old.data, old.errors], [good.data, []]);
      assert.equal(old.source(system)?.state, 'STALE');
      assert.ok(hub.clock.now() - Date.parse(String(old.source(system)?.asOf)) >= 9 * MINUTE - 1_000);
      hub.sandbox.removeFaults();
      hub.clock.advance(10_000);
      await eventually('the view is whole again', async () => (await hub.view(cold)).errors.length === 0, 5_000);
    });

    test(`C02 ${system} accepts and never answers: SOURCE_TIMEOUT within its deadline, and no connection is left over`, async () => {
      const [id, ...others] = Array.from({ length: 11 }, () => hub.fresh());
      broken({ kind: 'hang' }, vendor);
      const startedAt = performance.now();
      judge(await hub.view(id ?? ''), [system], /^SOURCE_(TIMEOUT|UNAVAILABLE)$/);
      assert.ok(performance.now() - startedAt < 5_000, 'far within the deadline of the request');
      for (let round = 0; round < 4; round += 1) {
        await Promise.all(Array.from({ length: 50 }, (_, nr) => hub.view(others[nr % 10] ?? '', ONE_OF[system])));
      }
      await eventually('nothing is under way at it any more', async () => (await inFlight(vendor)) === 0);
    });

    for (const [how, retryAfter] of [
      ['seconds', () => '3'],
      ['a date', () => new Date(Date.now() + 3_500).toUTCString()],
    ] as const) {
      test(`C03 ${system} answers 429 with ${how}: it is not called before, others are, and then it is`, async () => {
        const id = hub.fresh();
        broken({ kind: 'status', status: 429, body: '{}', retryAfter: retryAfter(), count: 1 }, vendor);
        const first = await hub.view(id, ONE_OF[system]);
        assert.deepEqual(
          first.errors.map(({ extensions }) => extensions.code),
          ['SOURCE_THROTTLED'],
        );
        const asked = hub.calls(vendor);
        judge(await hub.view(id), [system], /^SOURCE_THROTTLED$/);
        hub.clock.advance(1_900);
        judge(await hub.view(hub.fresh()), [system], /^SOURCE_THROTTLED$/);
        assert.equal(hub.calls(vendor), asked, 'not one call before the time');
        hub.clock.advance(2_100);
        assert.deepEqual((await hub.view(id)).errors, []);
      });
    }

    test(`C03 ${system} asks its feed to wait, and nobody calls it before; so does the feed for what others were asked`, async () => {
      const throttled = { kind: 'status', status: 429, body: '{}', retryAfter: '3', count: 1 } as const;
      broken(throttled, vendor);
      await assert.rejects(hub.poll(system), { code: 'THROTTLED' });
      const told = await callsArrived(vendor);
      judge(await hub.view(hub.fresh()), [system], /^SOURCE_THROTTLED$/);
      assert.equal(hub.calls(vendor), told, 'not one call before the time');
      hub.clock.advance(3_000);
      broken(throttled, vendor);
      assert.equal((await hub.view(hub.fresh(), ONE_OF[system])).errors[0]?.extensions.code, 'SOURCE_THROTTLED');
      const asked = hub.calls(vendor);
      await assert.rejects(hub.poll(system), { code: 'THROTTLED' });
      assert.equal(hub.calls(vendor), asked, 'nor one of the feed');
      hub.clock.advance(3_000);
      // The vendor's clock does not go ahead with the hub's: one that may not be asked from its future on says so.
      await hub.poll(system).catch(({ code }) => assert.equal(code, 'REFUSED'));
      assert.ok(hub.calls(vendor) > asked);
      assert.deepEqual((await hub.view(hub.fresh(), ONE_OF[system])).errors, []);
    });

    test(`C04 ${system} fails all the time: after ten calls it is left alone, and is back within ten seconds`, async () => {
      const ids = [hub.fresh(), hub.fresh()];
      broken({ kind: 'status', status: 503, body: CANARY }, vendor);
      for (let nr = 0; nr < 60; nr += 1) {
        const { errors } = await hub.view(ids[nr % 2] ?? '', ONE_OF[system]);
        assert.equal(errors[0]?.extensions.code, 'SOURCE_UNAVAILABLE');
      }
      assert.ok(hub.calls(vendor) <= 10, `${hub.calls(vendor)} calls`);
      assert.match(
        breakerOf(await hub.metrics(), system),
        /^[12]$/,
        'open, or one call is seeing whether it may close',
      );
      hub.sandbox.removeFaults();
      hub.clock.advance(10_000);
      assert.deepEqual((await hub.view(ids[0] ?? '', ONE_OF[system])).errors, []);
      assert.equal(breakerOf(await hub.metrics(), system), '0');
    });

    for (const [name, fault, code] of [
      ['C05 that is cut in the middle', { kind: 'cut-body' }, /^SOURCE_(BAD_RESPONSE|UNAVAILABLE)$/],
      [
        'C06 that is a login page',
        { kind: 'wrong-content-type', body: `<html>${CANARY}</html>` },
        /^SOURCE_BAD_RESPONSE$/,
      ],
      ['C06 that is empty', { kind: 'status', status: 200, body: '' }, /^SOURCE_(BAD_RESPONSE|SCHEMA_MISMATCH)$/],
      ['C09 that is larger than it may be', { kind: 'huge-body' }, /^SOURCE_(BAD_RESPONSE|TIMEOUT)$/],
    ] as const satisfies readonly (readonly [string, Omit<Fault, 'vendor'>, RegExp])[]) {
      test(`${name}, from ${system}: an error, none of its text, and nothing of it is kept`, async () => {
        const id = hub.fresh();
        broken(fault, vendor);
        const first = await hub.view(id, ONE_OF[system]);
        assert.match(String(first.errors[0]?.extensions.code), code);
        assert.doesNotMatch(JSON.stringify(first), /canary/);
        hub.sandbox.removeFaults();
        hub.clock.advance(10_000);
        const then = await hub.view(id, ONE_OF[system]);
        assert.deepEqual(then.errors, []);
        assert.equal(then.source(system)?.state, 'FRESH', 'asked anew: nothing was kept');
      });
    }

    test(`C07 ${system} answers with an error in place of data: the codes are the hub's, the words stay behind`, async () => {
      const id = hub.fresh();
      const body = JSON.stringify({ data: null, errors: [{ message: CANARY }], error: { message: CANARY } });
      broken({ kind: 'status', status: 200, body, contentType: 'application/json' }, vendor);
      judge(await hub.view(id), [system], /^SOURCE_(BAD_RESPONSE|SCHEMA_MISMATCH)$/);
    });
  }

  for (const { vendor, system, match, field } of [
    { vendor: 'netsuite', system: 'ERP', match: 'suiteql', field: 'items.0.id' },
    { vendor: 'stripe', system: 'BILLING', match: 'customers', field: 'id' },
    { vendor: 'salesforce', system: 'CRM', match: 'query', field: 'records.0.Id' },
    { vendor: 'zendesk', system: 'SUPPORT', match: 'organizations', field: 'organizations.0.id' },
  ] as const) {
    test(`C08 ${system} changes the shape of its answers: an error that says so, what was good stays, and it is counted`, async () => {
      const [cold, warm] = [hub.fresh(), hub.fresh()];
      const good = await hub.view(warm, ONE_OF[system]);
      assert.deepEqual(good.errors, []);
      const counted = async () => Number(brokenAnswers(await hub.metrics(), system));
      const before = await counted();
      broken({ kind: 'shape-change', match, field }, vendor);
      const { data, errors } = await hub.view(cold, ONE_OF[system]);
      assert.deepEqual(Object.values(data.customer ?? {}), [null]);
      assert.match(String(errors[0]?.extensions.code), /^SOURCE_SCHEMA_MISMATCH$/);
      assert.ok((await counted()) > before);
      hub.clock.advance(9 * MINUTE);
      const old = await hub.view(warm, ONE_OF[system]);
      assert.deepEqual([old.data, old.errors, old.source(system)?.state], [good.data, [], 'STALE']);
    });
  }

  test('C10 two systems down leave the others; with all down the view has no part, and the hub lives', async () => {
    const id = hub.fresh();
    broken({ kind: 'refuse' }, 'netsuite', 'zendesk');
    judge(await hub.view(id), ['ERP', 'SUPPORT'], /^SOURCE_UNAVAILABLE$/);
    broken({ kind: 'refuse' }, 'stripe', 'salesforce');
    judge(await hub.view(hub.fresh()), ['ERP', 'SUPPORT', 'BILLING', 'CRM'], /^SOURCE_UNAVAILABLE$/);
    assert.equal((await fetch(`${hub.url}/livez`)).status, 200);
    assert.equal((await fetch(`${hub.url}/readyz`)).status, 200);
  });

  test('C11 a system that is down for 5 minutes is shown as it was, with its age; after 15 it is not', async () => {
    const id = hub.fresh();
    const good = await hub.view(id, ONE_OF.ERP);
    broken({ kind: 'refuse' }, 'netsuite');
    hub.clock.advance(5 * MINUTE);
    const five = await hub.view(id, ONE_OF.ERP);
    assert.deepEqual([five.data, five.errors], [good.data, []]);
    assert.equal(five.source('ERP')?.state, 'STALE');
    assert.ok(five.source('ERP')?.asOf);
    hub.clock.advance(10 * MINUTE);
    const fifteen = await hub.view(id, ONE_OF.ERP);
    assert.deepEqual(fifteen.data.customer, { legalName: null });
    assert.equal(fifteen.errors[0]?.extensions.code, 'SOURCE_UNAVAILABLE');
  });

  test('C12 twenty times the same view at once costs each system as much as one', async () => {
    await hub.view(hub.fresh());
    const one = SECTIONS.map(({ vendor }) => hub.calls(vendor));
    await hub.calm();
    const id = hub.fresh();
    const views = await Promise.all(Array.from({ length: 20 }, () => hub.view(id)));
    for (const { errors } of views) assert.deepEqual(errors, []);
    for (const [at, { vendor }] of SECTIONS.entries()) {
      assert.ok(
        hub.calls(vendor) <= (one[at] ?? 0) + 2,
        `${vendor}: ${hub.calls(vendor)} calls, one view makes ${one[at]}`,
      );
    }
  });

  test('D01 in small: with the cache a minute of reads costs at most 15 % of the calls, and nothing too old is told unmarked', async () => {
    const bare = await openHubOfSources({ env: QUICK, sandbox: hub.sandbox, clock: hub.clock, withoutCache: true });
    const ids = Array.from({ length: 10 }, () => hub.fresh());
    const minute = async (of: HubOfSources) => {
      for (const id of ids.slice(2)) await of.view(id); // a fifth is read for the first time within the minute
      hub.sandbox.clearCalls();
      for (let nr = 0; nr < 75; nr += 1) {
        await of.view(ids[(nr * 7) % ids.length] ?? '');
        hub.clock.advance(800);
        if (nr % 5 !== 0) continue;
        const cases = (await of.view(ids[(nr * 7) % ids.length] ?? '', CASES)).source('SUPPORT');
        const ageMs = hub.clock.now() - Date.parse(cases?.asOf ?? '');
        assert.ok(cases?.state !== 'CACHED' || ageMs <= CASE_LIFE_MS + 2_000, `${cases?.state}, ${ageMs} ms old`);
      }
      return SECTIONS.reduce((sum, { vendor }) => sum + hub.calls(vendor), 0);
    };
    hub.clock.stop();
    const kept = await minute(hub);
    const without = await minute(bare);
    hub.clock.goOn();
    await bare.close();
    assert.ok(kept <= 0.15 * without, `${kept} calls with the cache, ${without} without`);
  });

  test('operators see in the graph how each system stands', async () => {
    const ask = async () => {
      const { data, errors } = await hub.ask<{ systems: readonly SystemSeen[] }>(
        '{ systems { name health breaker openProcesses lastError { code } maintenance { id } quota { left } capabilities { name breaker lastOkAt lastError { code at } } } }',
      );
      assert.deepEqual(errors, []);
      return new Map(data.systems.map((one) => [one.name, one]));
    };
    await hub.view(hub.fresh());
    const well = await ask();
    assert.deepEqual([...well.keys()], ['ERP', 'BILLING', 'CRM', 'SUPPORT']);
    for (const { health, breaker, openProcesses } of well.values()) {
      assert.deepEqual([health, breaker, openProcesses], ['UP', 'CLOSED', 0]);
    }
    broken({ kind: 'refuse' }, 'netsuite');
    const id = hub.fresh();
    for (let nr = 0; nr < 10; nr += 1) await hub.view(id, ONE_OF.ERP);
    const ill = (await ask()).get('ERP');
    assert.deepEqual([ill?.health, ill?.breaker, ill?.lastError?.code], ['DOWN', 'OPEN', 'UNAVAILABLE']);
    const asked = ill?.capabilities.find(({ name }) => name === 'customers');
    assert.ok(asked?.lastOkAt, 'it is told when it last answered');
    assert.equal(asked?.lastError?.code, 'UNAVAILABLE');
    assert.equal((await ask()).get('CRM')?.health, 'UP');
  });
});

interface SystemSeen {
  readonly name: string;
  readonly health: string;
  readonly breaker: string;
  readonly openProcesses: number;
  readonly lastError: { readonly code: string } | null;
  readonly capabilities: readonly {
    readonly name: string;
    readonly lastOkAt: string | null;
    readonly lastError: { readonly code: string } | null;
  }[];
}

/** What a vendor was asked, once nothing more arrives: what was sent beside the call that failed may still be on its way. */
async function callsArrived(vendor: Fault['vendor']): Promise<number> {
  for (let seen = hub.calls(vendor); ; seen = hub.calls(vendor)) {
    await delay(50);
    if (hub.calls(vendor) === seen) return seen;
  }
}

/** Requests that the vendor has not answered, and whose caller still waits. */
async function inFlight(vendor: Fault['vendor']): Promise<number> {
  const answer = await fetch(new URL('/in-flight', hub.sandbox.url.control));
  const told = (await answer.json()) as { inFlight: Record<string, { now: number }> }; // sandbox/core/control.ts
  return told.inFlight[vendor]?.now ?? Number.NaN;
}

const brokenAnswers = (metrics: string, system: string): string | undefined =>
  new RegExp(`hub_source_broken_answers_total{system="${system}"} (\\d+)`).exec(metrics)?.[1];

const breakerOf = (metrics: string, system: string): string =>
  new RegExp(`hub_source_breaker{system="${system}"} (\\d)`).exec(metrics)?.[1] ?? '';
