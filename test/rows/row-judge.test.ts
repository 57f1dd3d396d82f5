import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Call } from '../../platform/call.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { createDb, type Db } from '../../platform/db/db.ts';
import { errorCode } from '../../platform/errors.ts';
import { silentLog } from '../../platform/log.ts';
import type { DirectoryEntry } from '../../platform/page.ts';
import type { MethodsOf } from '../../platform/port/methods.ts';
import { wrapped } from '../../platform/port/wrapped.ts';
import type { RowScope } from '../../platform/principal.ts';
import { inRows } from '../../platform/rows/in-rows.ts';
import { createRowJudge, type RowJudge } from '../../platform/rows/row-judge.ts';
import { connectIdentity } from '../../subgraphs/identity/connect.ts';
import type { LinkedSystem } from '../../subgraphs/identity/model.ts';
import type { IdentityPort } from '../../subgraphs/identity/port.ts';
import { testDatabase } from '../support/database.ts';

const call: Call = { correlationId: 'rows', signal: new AbortController().signal };
const entry = (hubId: string, externalId: string, more: Partial<DirectoryEntry> = {}): DirectoryEntry => ({
  hubId,
  externalId,
  name: `Company ${externalId}`,
  email: null,
  parentExternalId: null,
  mergedIntoExternalId: null,
  ...more,
});

describe('who is within rows', () => {
  let url: string;
  let db: Db;
  let identity: IdentityPort;
  let now = 1_000_000;
  const clock: Clock = { ...systemClock, now: () => now };
  let judge: RowJudge;
  const takeIn = (system: LinkedSystem, ...entries: DirectoryEntry[]) => identity.takeIn({ system, entries }, call);
  const sees = async (rows: RowScope, ids: readonly string[], more: { system?: string; fresh?: boolean } = {}) => [
    ...(await judge.visible({ system: 'CRM', externalIds: ids, rows, ...more })),
  ];

  before(async () => {
    ({ db, url } = await testDatabase());
    identity = await connectIdentity(db, { clock });
    judge = createRowJudge({ db, clock, log: silentLog });
    await takeIn(
      'CRM',
      entry('C-1', 'a1', { rows: { region: 'EMEA', partnersOfRecord: ['p1'] } }),
      entry('C-2', 'a2', { rows: { region: 'AMER', partnersOfRecord: ['p1', 'p2'] } }),
      entry('C-3', 'a3', { rows: { region: null, partnersOfRecord: [] } }),
    );
    await takeIn(
      'ERP',
      entry('C-1', '1', { rows: { legalEntities: ['2', '3'] } }),
      entry('C-2', '2', { rows: { legalEntities: ['1'] } }),
      entry('C-4', '4', { rows: { legalEntities: ['1'] } }),
    );
  });

  const CASES: readonly [says: string, rows: RowScope, seen: readonly string[]][] = [
    ['a list of customers', { customers: ['C-1', 'C-9'] }, ['a1']],
    ['a partner of record', { partnerOfRecord: ['p1'] }, ['a1', 'a2']],
    ['one partner of several', { partnerOfRecord: ['p2', 'p9'] }, ['a2']],
    ['a region', { regions: ['EMEA'] }, ['a1']],
    ['a legal entity', { legalEntities: ['3', '1'] }, ['a1', 'a2']],
    ['all parts that are given', { partnerOfRecord: ['p1'], legalEntities: ['1'] }, ['a2']],
    ['parts that exclude one another', { regions: ['EMEA'], customers: ['C-2'] }, []],
    ['an empty list', { partnerOfRecord: [], regions: ['EMEA', 'AMER'] }, []],
    ['no part at all', {}, []],
    ['text that the database cannot hold', { regions: ['EM\0EA', '\ud800'] }, []],
    ['what looks like SQL', { regions: ["EMEA' OR 'a'='a"], customers: ["C-1'); --"] }, []],
  ];
  for (const [says, rows, seen] of CASES) {
    test(`${says}: ${JSON.stringify(rows)}`, async () => {
      assert.deepEqual((await sees(rows, ['a1', 'a2', 'a3', 'unknown', 'a\0', 'x'.repeat(10_000)])).sort(), seen);
    });
  }

  test('what a system says that does not own it counts for nothing', async () => {
    await takeIn(
      'SUPPORT',
      entry('C-3', 's3', { rows: { region: 'EMEA', partnersOfRecord: ['p1'], legalEntities: ['2'] } }),
    );
    await takeIn(
      'ERP',
      entry('C-4', '4', { rows: { region: 'EMEA', partnersOfRecord: ['p1'], legalEntities: ['1'] } }),
    );
    assert.deepEqual(await sees({ regions: ['EMEA'] }, ['s3'], { system: 'SUPPORT', fresh: true }), []);
    assert.deepEqual(await sees({ partnerOfRecord: ['p1'] }, ['4'], { system: 'ERP', fresh: true }), []);
    assert.deepEqual(await sees({ legalEntities: ['2'] }, ['s3'], { system: 'SUPPORT', fresh: true }), []);
  });

  test('one system’s id opens nothing under another system', async () => {
    assert.deepEqual(await sees({ customers: ['C-1'] }, ['1', 'a1'], { system: 'ERP' }), ['1']);
  });

  test('a right that ended holds for 5 seconds at most, and for none where a decision is made by it', async () => {
    const rows = { partnerOfRecord: ['p7'] };
    await takeIn('CRM', entry('C-7', 'a7', { rows: { partnersOfRecord: ['p7'] } }));
    assert.deepEqual(await sees(rows, ['a7']), ['a7']);
    await takeIn('CRM', entry('C-7', 'a7', { rows: { partnersOfRecord: ['p8'] } }));
    now += 4_999;
    assert.deepEqual(await sees(rows, ['a7']), ['a7']);
    assert.deepEqual(await sees(rows, ['a7'], { fresh: true }), []);
    assert.deepEqual(await sees(rows, ['a7']), [], 'what was found out is believed from then on');
    assert.deepEqual(await sees({ partnerOfRecord: ['p8'] }, ['a7']), ['a7']);
  });

  test('a merged customer is judged as the survivor, under the ids of both', async () => {
    await takeIn('CRM', entry('C-10', 'a10', { rows: { partnersOfRecord: ['p10'] } }), entry('C-11', 'a11'));
    const [gone, kept] = [{ customers: ['C-11'] }, { customers: ['C-10'] }];
    assert.deepEqual(await sees(kept, ['a11']), []);
    await takeIn('CRM', entry('C-11', 'a11', { mergedIntoExternalId: 'a10', rows: { partnersOfRecord: ['p11'] } }));
    for (const rows of [gone, kept, { partnerOfRecord: ['p10'] }]) {
      assert.deepEqual(
        (await sees(rows, ['a10', 'a11'], { fresh: true })).sort(),
        ['a10', 'a11'],
        JSON.stringify(rows),
      );
    }
    assert.deepEqual(
      await sees({ partnerOfRecord: ['p11'] }, ['a10', 'a11'], { fresh: true }),
      [],
      'its partner went with it',
    );
  });

  interface Port {
    customers(ids: readonly string[], call: Call): Promise<readonly (string | null)[]>;
    orders(ids: readonly string[], call: Call): Promise<readonly ({ of: string } | null | Error)[]>;
    estimate(draft: { of: string }, call: Call): Promise<number>;
    scan(all: Record<string, never>, call: Call): Promise<number>;
    change(what: { of: string }, call: Call): Promise<void>;
  }
  const METHODS = {
    customers: {
      kind: 'batch',
      maxKeys: 100,
      maxAgeSeconds: 60,
      subjectOf: (id: string) => id,
      customer: { ofKey: (id: string) => id, none: null },
    },
    orders: {
      kind: 'batch',
      maxKeys: 100,
      maxAgeSeconds: 0,
      subjectOf: (id: string) => id,
      customer: { ofAnswer: ({ of }: { of: string }) => of },
    },
    estimate: { kind: 'read', customer: { of: ({ of }: { of: string }) => of } },
    scan: { kind: 'read', customer: 'HUB_ONLY' },
    change: { kind: 'write', touches: () => [] },
  } satisfies MethodsOf<Port>;

  function port() {
    const asked: unknown[] = [];
    const failed = new Error('this one failed');
    const inner: Port = {
      customers: async (ids) => {
        asked.push(...ids);
        return ids.map((id) => `name of ${id}`);
      },
      orders: async (ids) => ids.map((id) => (id === 'failed' ? failed : id === 'none' ? null : { of: id })),
      estimate: async ({ of }) => {
        asked.push(of);
        return 1;
      },
      scan: async () => 1,
      change: async () => {},
    };
    return { inner, asked, failed };
  }

  test('others’ customers are not asked for; what only the answer tells is judged by it; the order stays', async () => {
    const { inner, asked, failed } = port();
    const seen = inRows(inner, METHODS, { system: 'CRM', judge });
    const mine = { ...call, rows: { customers: ['C-1', 'C-2'] } };
    assert.deepEqual(await seen.customers(['a3', 'a2', 'unknown', 'a1', 'a2'], mine), [
      null,
      'name of a2',
      null,
      'name of a1',
      'name of a2',
    ]);
    assert.deepEqual(asked.splice(0), ['a2', 'a1', 'a2']);
    assert.deepEqual(await seen.customers(['a3'], mine), [null]);
    assert.deepEqual(asked, [], 'nobody is asked about nothing');
    assert.deepEqual(await seen.orders(['a1', 'a3', 'none', 'failed'], mine), [{ of: 'a1' }, null, null, failed]);
    assert.equal(await seen.estimate({ of: 'a1' }, mine), 1);
    const refused = [seen.estimate({ of: 'a3' }, mine), seen.estimate({ of: 'unknown' }, mine)];
    for (const one of refused) await assert.rejects(one, (error) => errorCode(error) === 'NOT_FOUND');
    assert.deepEqual(asked, ['a1']);
    await assert.rejects(seen.scan({}, mine));
    await assert.rejects(seen.change({ of: 'a1' }, mine));
  });

  test('what cannot be judged is not told: without a register, and while its database is away', async () => {
    const { inner, asked } = port();
    const gone = createDb(url);
    await createRowJudge({ db: gone, clock, log: silentLog }).visible({ system: 'CRM', externalIds: ['a1'], rows: {} });
    await gone.destroy();
    const services = { clock, log: silentLog, cache: null };
    for (const rows of [null, createRowJudge({ db: gone, clock, log: silentLog })]) {
      const seen = wrapped(inner, METHODS, 'CRM', { ...services, rows });
      await assert.rejects(
        seen.customers(['a1'], { ...call, rows: { customers: ['C-1'] } }),
        (error) => errorCode(error) === 'UNAVAILABLE',
      );
      await assert.rejects(seen.orders(['a1'], { ...call, rows: {} }), (error) => errorCode(error) === 'UNAVAILABLE');
      assert.deepEqual(asked, []);
      assert.deepEqual(await seen.customers(['a1'], call), ['name of a1'], 'who sees every customer is served');
      asked.splice(0);
    }
  });

  test('a caller who sees every customer costs the register nothing', async () => {
    const { inner } = port();
    const never: RowJudge = { visible: () => assert.fail('judged') };
    const seen = inRows(inner, METHODS, { system: 'CRM', judge: never });
    for (const rows of [undefined, null])
      assert.equal(await seen.estimate({ of: 'a3' }, { ...call, ...(rows === null ? { rows } : {}) }), 1);
  });

  test('a hundred ids are one query, and none while they are believed', async () => {
    let queries = 0;
    const counting =
      <T>(next: () => T) =>
      (): T => {
        queries += 1;
        return next();
      };
    const counted = new Proxy(db, {
      get: (target, name) =>
        name === 'getExecutor' ? counting(() => target.getExecutor()) : Reflect.get(target, name),
    });
    const judging = createRowJudge({ db: counted, clock, log: silentLog });
    const question = { system: 'CRM', externalIds: Array.from({ length: 100 }, (_, at) => `a${at}`) };
    await judging.visible({ ...question, rows: { regions: ['EMEA'] } });
    const once = queries;
    await judging.visible({ ...question, rows: { regions: ['EMEA'] } });
    assert.equal(queries, once);
    await judging.visible({ ...question, rows: { regions: ['AMER'] } });
    assert.equal(queries, once * 2, 'other rows are judged anew');
  });
});
