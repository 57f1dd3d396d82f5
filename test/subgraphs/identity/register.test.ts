import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { fixedClock, systemClock } from '../../../platform/clock.ts';
import { id } from '../../../platform/ids.ts';
import type { DirectoryEntry } from '../../../platform/page.ts';
import type { Customer, CustomerId, LinkedSystem } from '../../../subgraphs/identity/model.ts';
import { createRegister, migrateIdentity } from '../../../subgraphs/identity/register/register.ts';
import { testDatabase } from '../../support/database.ts';

const START = '2027-01-31T08:00:00.000Z';
const call = { correlationId: 'test', signal: new AbortController().signal };

type Sketch = Partial<DirectoryEntry> & { externalId: string };
const entry = (sketch: Sketch): DirectoryEntry => ({
  hubId: null,
  name: `Name of ${sketch.externalId}`,
  email: null,
  parentExternalId: null,
  mergedIntoExternalId: null,
  ...sketch,
});

async function world() {
  const { db } = await testDatabase();
  await migrateIdentity(db);
  const clock = fixedClock(START);
  const register = createRegister(db, clock);
  return {
    db,
    clock,
    register,
    takeIn: (system: LinkedSystem, ...entries: Sketch[]) =>
      register.takeIn({ system, entries: entries.map(entry) }, call),
    customer: async (hubId: string): Promise<Customer> => {
      const [found] = await register.customers([id(hubId)], call);
      assert.ok(found, `${hubId} is registered`);
      return found;
    },
    idsOf: async (search: string | null, { byEmail = true, first = 20, after = null as string | null } = {}) =>
      (await register.search({ search, byEmail, first, after }, call)).entries.map((found) => found.id as string),
  };
}

test('customers come in the order asked, unknown ones as null', async () => {
  const { register, takeIn } = await world();
  await takeIn('ERP', { externalId: '1', hubId: 'C-1' }, { externalId: '2', hubId: 'C-2' });
  const ids: CustomerId[] = ['C-2', 'C-9', 'C-1', 'C-2', 'C-\0', '\ud800', ''].map((text) => id(text));
  const found = await register.customers(ids, call);
  assert.deepEqual(
    found.map((customer) => customer?.id ?? null),
    ['C-2', null, 'C-1', 'C-2', null, null, null],
  );
  assert.deepEqual(await register.customers([], call), []);
});

test('a correlation key links the systems, and the ERP names the customer', async () => {
  const { takeIn, customer, register } = await world();
  await takeIn('BILLING', { externalId: 'cus_1', hubId: 'C-1', name: 'acme billing', email: 'pay@acme.example' });
  assert.equal((await customer('C-1')).displayName, 'acme billing');
  await takeIn('CRM', { externalId: '001A', hubId: 'C-1', name: 'ACME', email: 'hi@acme.example' });
  assert.equal((await customer('C-1')).displayName, 'ACME');
  await takeIn('ERP', { externalId: '7', hubId: 'C-1', name: 'Acme GmbH' });
  const acme = await customer('C-1');
  assert.equal(acme.displayName, 'Acme GmbH');
  assert.equal(acme.email, 'hi@acme.example', 'the ERP holds none, so it is the CRM’s');
  assert.deepEqual(acme.externalIdBySystem, { ERP: '7', BILLING: 'cus_1', CRM: '001A', SUPPORT: null, SUCCESS: null });
  const keys = [
    { system: 'CRM', externalId: '001A' },
    { system: 'ERP', externalId: '001A' },
    { system: 'ERP', externalId: '7' },
    { system: 'ERP', externalId: 'a\0b' },
  ] as const;
  const found = await register.byExternalId(keys, call);
  assert.deepEqual(
    found.map((each) => each?.id ?? null),
    ['C-1', null, 'C-1', null],
  );
});

test('saying a page twice is the same as saying it once', async () => {
  const { db, clock, takeIn } = await world();
  const page = [
    { externalId: '1', hubId: 'C-1', name: 'One', email: 'a@one.example' },
    { externalId: '2', hubId: 'C-2', parentExternalId: '1' },
    { externalId: '3', hubId: 'C-3', mergedIntoExternalId: '1' },
    { externalId: '4' },
  ];
  const read = async () => {
    const tables = ['customer', 'external_id', 'unmatched'].map(async (table) => {
      const { rows } = await sql<{ row: object }>`
        SELECT to_jsonb(t) - 'last_seen_at' AS row FROM ${sql.table(`identity.${table}`)} t ORDER BY 1`.execute(db);
      return rows;
    });
    return Promise.all(tables);
  };
  assert.deepEqual(await takeIn('ERP', ...page), { linked: 3, unmatched: 1 });
  const once = await read();
  clock.advance(60_000);
  assert.deepEqual(await takeIn('ERP', ...page), { linked: 3, unmatched: 1 });
  assert.deepEqual(await read(), once);
});

test('what carries no hub id is counted and kept for stewards until it does', async () => {
  const { db, register, takeIn } = await world();
  const odd = await takeIn(
    'CRM',
    { externalId: 'a' },
    { externalId: 'b', hubId: 'legacy-7' },
    { externalId: 'c', hubId: ' ' },
  );
  assert.deepEqual(odd, { linked: 0, unmatched: 3 });
  const unmatched = async () => {
    const { rows } = await sql`SELECT external_id, held_key FROM identity.unmatched ORDER BY external_id`.execute(db);
    return rows;
  };
  assert.deepEqual(await unmatched(), [
    { external_id: 'a', held_key: null },
    { external_id: 'b', held_key: 'legacy-7' },
    { external_id: 'c', held_key: null },
  ]);
  await takeIn('CRM', { externalId: 'b', hubId: 'C-7' });
  assert.deepEqual((await unmatched()).length, 2);
  assert.equal(await register.count({}, call), 1);
});

test('names that no database column was made for come in, and the rest of the page with them', async () => {
  const { takeIn, customer, idsOf } = await world();
  const names = [
    '\0NUL',
    'half \ud83d',
    "Robert'); DROP TABLE customer;--",
    '',
    'x'.repeat(10_000),
    '株式会社テスト',
    '%_\\',
  ];
  await takeIn('ERP', ...names.map((name, index) => ({ externalId: String(index), hubId: `C-${index}`, name })));
  assert.equal((await customer('C-0')).displayName, 'NUL');
  assert.equal((await customer('C-3')).displayName, '3', 'without a name it is called by its id');
  assert.deepEqual(await idsOf('会社'), ['C-5']);
  assert.deepEqual(await idsOf("Robert');"), ['C-2']);
});

test('an external id that its system gives to another customer ends with the first', async () => {
  const { clock, takeIn, customer, register } = await world();
  await takeIn('CRM', { externalId: 'x', hubId: 'C-1' });
  clock.advance(1_000);
  await takeIn('CRM', { externalId: 'x', hubId: 'C-2' });
  const first = await customer('C-1');
  assert.equal(first.externalIdBySystem.CRM, null);
  assert.equal(first.links[0]?.endedAt, '2027-01-31T08:00:01.000Z');
  assert.equal((await customer('C-2')).externalIdBySystem.CRM, 'x');
  const [found] = await register.byExternalId([{ system: 'CRM', externalId: 'x' }], call);
  assert.equal(found?.id, 'C-2');
  await takeIn('CRM', { externalId: 'x', hubId: 'C-1' });
  assert.equal((await customer('C-1')).externalIdBySystem.CRM, 'x', 'and back again');
  assert.equal((await customer('C-2')).externalIdBySystem.CRM, null);
});

test('two accounts that claim one customer are both listed, the one known longer is used', async () => {
  const { clock, takeIn, customer, register } = await world();
  await takeIn('CRM', { externalId: 'z', hubId: 'C-1' });
  clock.advance(1_000);
  await takeIn('CRM', { externalId: 'a', hubId: 'C-1' });
  const claimed = await customer('C-1');
  assert.equal(claimed.externalIdBySystem.CRM, 'z');
  assert.deepEqual(
    claimed.links.map(({ externalId }) => externalId),
    ['z', 'a'],
  );
  const [found] = await register.byExternalId([{ system: 'CRM', externalId: 'a' }], call);
  assert.equal(found?.id, 'C-1');
});

const SURVIVOR = { externalId: 's', hubId: 'C-1', name: 'Survivor' };
const MERGED = { externalId: 'm', hubId: 'C-2', name: 'Merged away', mergedIntoExternalId: 's' };
const PAGES: readonly [string, Sketch[][]][] = [
  ['in one page', [[SURVIVOR, MERGED]]],
  ['survivor first', [[SURVIVOR], [MERGED]]],
  ['merged account first', [[MERGED], [SURVIVOR]]],
];
for (const [order, pages] of PAGES) {
  for (const billingFirst of [true, false]) {
    test(`a merged account leads to the survivor: ${order}, billing ${billingFirst ? 'before' : 'after'} CRM`, async () => {
      const { takeIn, customer, register, idsOf } = await world();
      const billing = () =>
        takeIn('BILLING', { externalId: 'cus_2', hubId: 'C-2' }, { externalId: 'cus_1', hubId: 'C-1' });
      const support = () => takeIn('SUPPORT', { externalId: 'org_2', hubId: 'C-2' });
      if (billingFirst) await billing().then(support);
      for (const page of pages) await takeIn('CRM', ...page);
      if (!billingFirst) await billing().then(support);

      const survivor = await customer('C-2');
      assert.equal(survivor.id, 'C-1');
      assert.deepEqual(survivor.mergedIds, ['C-2']);
      assert.equal(survivor.displayName, 'Survivor');
      const { ERP, ...held } = survivor.externalIdBySystem;
      assert.deepEqual(
        held,
        { BILLING: 'cus_1', CRM: 's', SUPPORT: 'org_2', SUCCESS: null },
        'its own ids before taken-over ones',
      );
      assert.equal(ERP, null);
      const ended = survivor.links.filter(({ endedAt }) => endedAt !== null).map(({ externalId }) => externalId);
      assert.deepEqual(ended.sort(), ['cus_2', 'm']);
      const [byOldId, byOldLink] = await register.byExternalId(
        [
          { system: 'CRM', externalId: 'm' },
          { system: 'BILLING', externalId: 'cus_2' },
        ],
        call,
      );
      assert.deepEqual([byOldId?.id, byOldLink?.id], ['C-1', 'C-1']);
      assert.equal(await register.count({}, call), 1);
      assert.deepEqual(await idsOf(null), ['C-1']);
      assert.deepEqual(await idsOf('merged away'), ['C-1'], 'found by its old name');
      assert.deepEqual(await idsOf('C-2'), ['C-1']);
    });
  }
}

test('merges in a row lead to the last survivor, children follow, and a circle ends', async () => {
  const { takeIn, customer } = await world();
  await takeIn(
    'ERP',
    { externalId: '1', hubId: 'C-1' },
    { externalId: '2', hubId: 'C-2' },
    { externalId: '3', hubId: 'C-3' },
    { externalId: '4', hubId: 'C-4', parentExternalId: '1' },
  );
  await takeIn('CRM', { externalId: 'a', hubId: 'C-1', mergedIntoExternalId: 'b' }, { externalId: 'b', hubId: 'C-2' });
  await takeIn('CRM', { externalId: 'b', hubId: 'C-2', mergedIntoExternalId: 'c' }, { externalId: 'c', hubId: 'C-3' });
  assert.equal((await customer('C-1')).id, 'C-3');
  assert.deepEqual((await customer('C-3')).mergedIds, ['C-1', 'C-2']);
  assert.equal((await customer('C-4')).parentId, 'C-3');
  await takeIn('CRM', { externalId: 'c', hubId: 'C-3', mergedIntoExternalId: 'a' });
  assert.equal((await customer('C-3')).id, 'C-3');
});

test('the ERP’s hierarchy is the legal one, whatever order it comes in', async () => {
  const { takeIn, customer } = await world();
  await takeIn(
    'ERP',
    { externalId: 'child', hubId: 'C-2', parentExternalId: 'top' },
    { externalId: 'self', hubId: 'C-3', parentExternalId: 'self' },
  );
  assert.equal((await customer('C-2')).parentId, null);
  await takeIn('ERP', { externalId: 'top', hubId: 'C-1' });
  assert.equal((await customer('C-2')).parentId, 'C-1');
  assert.equal((await customer('C-3')).parentId, null, 'nobody is above itself');
  await takeIn(
    'CRM',
    { externalId: 'crm-top', hubId: 'C-4' },
    { externalId: 'crm-child', hubId: 'C-2', parentExternalId: 'crm-top' },
  );
  assert.equal((await customer('C-2')).parentId, 'C-1');
  await takeIn('ERP', { externalId: 'child', hubId: 'C-2' });
  assert.equal((await customer('C-2')).parentId, null);
});

test('children of many customers are read in pages, in the order of their ids', async () => {
  const { takeIn, register } = await world();
  const children = ['C-5', 'C-3', 'C-4'].map((hubId) => ({ externalId: hubId, hubId, parentExternalId: 'p' }));
  await takeIn('ERP', { externalId: 'p', hubId: 'C-1' }, { externalId: 'q', hubId: 'C-2' }, ...children);
  const list = (of: string, first: number, after: string | null = null) => ({ of: id<'Customer'>(of), first, after });
  const pages = await register.childrenOf(
    [list('C-1', 2), list('C-2', 2), list('C-1', 2, 'C-4'), list('C-1', 2, '\0'), list('C-99', 1)],
    call,
  );
  assert.deepEqual(
    pages.map(({ entries, hasMore, endCursor }) => [entries.map((child) => child.id), hasMore, endCursor]),
    [
      [['C-3', 'C-4'], true, 'C-4'],
      [[], false, null],
      [['C-5'], false, 'C-5'],
      [[], false, null],
      [[], false, null],
    ],
  );
});

test('search finds names, e-mails and ids of any system, without case and accents', async () => {
  const { takeIn, idsOf } = await world();
  await takeIn('ERP', { externalId: '1001', hubId: 'C-1', name: 'Café Müller GmbH', email: 'Buero@Mueller.example' });
  await takeIn(
    'CRM',
    { externalId: '001X', hubId: 'C-1', name: 'Coffee House Ltd' },
    { externalId: '001Y', hubId: 'C-2', name: '100% Pure_Water \\ Co' },
  );
  const cases: readonly [string | null, string[]][] = [
    ['cafe MULLER', ['C-1']],
    ['coffee', ['C-1']],
    ['buero@mueller', ['C-1']],
    ['1001', ['C-1']],
    ['001Y', ['C-2']],
    ['C-2', ['C-2']],
    ['100%', ['C-2']],
    ['e_w', ['C-2']],
    ['\\', ['C-2']],
    ['%', ['C-2']],
    ['_', ['C-2']],
    ['C%', []],
    ['nobody', []],
    ['\0', []],
    ['   ', ['C-1', 'C-2']],
    [null, ['C-1', 'C-2']],
    ["' OR 1=1 --", []],
  ];
  for (const [search, expected] of cases) {
    assert.deepEqual(await idsOf(search), expected, JSON.stringify(search));
    const byName = search?.includes('@') ? [] : expected;
    assert.deepEqual(await idsOf(search, { byEmail: false }), byName, `without e-mails: ${search}`);
  }
});

test('pages of a search follow one another without gap or overlap', async () => {
  const { takeIn, register } = await world();
  const ids = Array.from({ length: 7 }, (_, index) => `C-${index + 1}`);
  await takeIn('ERP', ...ids.map((hubId) => ({ externalId: hubId, hubId, name: 'Same name' })));
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const page: Awaited<ReturnType<typeof register.search>> = await register.search(
      { search: 'same', byEmail: true, first: 3, after },
      call,
    );
    seen.push(...page.entries.map((found) => found.id));
    ({ hasMore: more, endCursor: after } = page);
  }
  assert.deepEqual(seen, ids);
});

test('duplicates share an e-mail domain and look alike by name; a hierarchy is none', async () => {
  const { takeIn, register } = await world();
  await takeIn(
    'CRM',
    { externalId: '1', hubId: 'C-1', name: 'Northwind Traders Inc.', email: 'a@northwind.example' },
    { externalId: '2', hubId: 'C-2', name: 'NORTHWIND TRADERS', email: 'b@northwind.example' },
    { externalId: '3', hubId: 'C-3', name: 'Northwind Trade', email: 'c@northwind.example' },
    { externalId: '4', hubId: 'C-4', name: 'Zebra Bakery', email: 'd@northwind.example' },
    { externalId: '5', hubId: 'C-5', name: 'Northwind Traders', email: 'e@elsewhere.example' },
  );
  const pairs = await register.duplicates({ first: 10 }, call);
  assert.deepEqual(
    pairs.map(({ first, second }) => [first.id, second.id]),
    [
      ['C-1', 'C-2'],
      ['C-1', 'C-3'],
      ['C-2', 'C-3'],
    ],
  );
  assert.equal(pairs[0]?.likelihood, 1);
  assert.match(String(pairs[0]?.reason), /northwind\.example.*100 % alike/);
  assert.ok(pairs.every(({ likelihood }) => likelihood >= 0.5 && likelihood <= 1));
  await takeIn(
    'ERP',
    { externalId: 'e1', hubId: 'C-1', name: 'Northwind Traders Inc.' },
    { externalId: 'e2', hubId: 'C-2', name: 'Northwind Traders', parentExternalId: 'e1' },
  );
  const after = await register.duplicates({ first: 1 }, call);
  assert.deepEqual(
    after.map(({ first, second }) => [first.id, second.id]),
    [['C-1', 'C-3']],
  );
});

test('a batch read is one query, however many keys', async () => {
  const { db, takeIn } = await world();
  const ids = Array.from({ length: 1_000 }, (_, index) => `C-${index}`);
  await takeIn('ERP', ...ids.map((hubId) => ({ externalId: `e${hubId}`, hubId, parentExternalId: 'eC-0' })));
  let queries = 0;
  const counted = db.withPlugin({
    transformQuery: ({ node }) => {
      queries += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const register = createRegister(counted, systemClock);
  const found = await register.customers(
    ids.map((text) => id(text)),
    call,
  );
  assert.ok(found.every(Boolean));
  const linked = await register.byExternalId(
    ids.map((hubId) => ({ system: 'ERP' as const, externalId: `e${hubId}` })),
    call,
  );
  assert.deepEqual(
    linked.map((each) => each?.id),
    ids,
  );
  const lists = ids.map((text) => ({ of: id<'Customer'>(text), first: 10, after: null }));
  const pages = await register.childrenOf(lists, call);
  assert.equal(pages[0]?.entries.length, 10);
  assert.equal(queries, 3);
});

test('a register that cannot be reached says so, and names no host', async () => {
  const { db, register } = await world();
  await db.destroy();
  await assert.rejects(register.customers([id('C-1')], call), { code: 'UNAVAILABLE', system: 'HUB', retryable: true });
});

test('pages of all systems at once never block one another for good', async () => {
  const { takeIn, register } = await world();
  const page = (system: LinkedSystem, shift: number) =>
    takeIn(
      system,
      ...Array.from({ length: 100 }, (_, index) => {
        const nr = (index * 37 + shift) % 100;
        return { externalId: `${system}-${nr}`, hubId: `C-${nr}`, parentExternalId: `${system}-${(nr + shift) % 100}` };
      }),
    );
  await Promise.all(
    (['ERP', 'CRM', 'BILLING', 'SUPPORT'] as const).flatMap((system, index) => [
      page(system, index),
      page(system, 50 + index),
    ]),
  );
  assert.equal(await register.count({}, call), 100);
});

test('a record without a hub id is linked on a steward’s word, and stays so when it is read again', async () => {
  const { db, register, takeIn, customer } = await world();
  await takeIn('ERP', { externalId: '1', hubId: 'C-1' }, { externalId: '2', hubId: 'C-2' });
  await takeIn('SUPPORT', { externalId: '900', name: 'Old desk' });
  const link = { customerId: id<'Customer'>('C-1'), system: 'SUPPORT', externalId: '900' } as const;
  const asked = { ...call, key: 'link', actingFor: 'HUB' };

  await register.link(link, asked);
  await register.link(link, asked);
  assert.equal((await customer('C-1')).externalIdBySystem.SUPPORT, '900');
  await takeIn('SUPPORT', { externalId: '900', name: 'New desk' });
  assert.equal((await customer('C-1')).externalIdBySystem.SUPPORT, '900');
  const { rows } = await sql`SELECT 1 FROM identity.unmatched WHERE external_id = '900'`.execute(db);
  assert.equal(rows.length, 0, 'it waits for no steward any more');

  const other = { ...link, customerId: id<'Customer'>('C-2') };
  await assert.rejects(register.link(other, asked), { code: 'CONFLICT', field: 'input.externalId' });
  await assert.rejects(register.link({ ...link, externalId: '901' }, asked), { code: 'NOT_FOUND' });
  await assert.rejects(register.link({ ...link, customerId: id('C-9') }, asked), {
    code: 'NOT_FOUND',
    field: 'input.customerId',
  });

  await register.endLink(link, asked);
  assert.equal((await customer('C-1')).externalIdBySystem.SUPPORT, null);
  await takeIn('SUPPORT', { externalId: '900', name: 'New desk' });
  await register.link(other, asked);
  assert.equal((await customer('C-2')).externalIdBySystem.SUPPORT, '900');
});

test('a record that a steward linked follows its own hub id once it has one', async () => {
  const { register, takeIn, customer } = await world();
  await takeIn('ERP', { externalId: '1', hubId: 'C-1' }, { externalId: '2', hubId: 'C-2' });
  await takeIn('CRM', { externalId: '001' });
  await register.link(
    { customerId: id('C-1'), system: 'CRM', externalId: '001' },
    { ...call, key: 'k', actingFor: 'HUB' },
  );
  await takeIn('CRM', { externalId: '001', hubId: 'C-2' });
  assert.equal((await customer('C-1')).externalIdBySystem.CRM, null);
  assert.equal((await customer('C-2')).externalIdBySystem.CRM, '001');
});
