import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createWorld } from '../../../sandbox/data/generate.ts';
import { openBooks } from '../../../sandbox/netsuite/books.ts';
import { type Account, account } from './account.ts';

describe('NetSuite answers SuiteQL', () => {
  let netsuite: Account;
  before(async () => {
    netsuite = await account();
  });
  after(() => netsuite.app.close());

  test('values are text, columns lower case, and null is left out', async () => {
    const q = 'SELECT ID, EntityID AS Name, creditlimit AS lim, parent, 1.5 AS half FROM customer WHERE id = 1001';
    const [row] = (await netsuite.query(q)).json().items;
    const { links, ...columns } = row;
    assert.deepEqual(links, []);
    assert.deepEqual([columns.id, columns.name, columns.half], ['1001', 'CUST1001', '1.5']);
    assert.ok(!('parent' in columns) && Object.values(columns).every((value) => typeof value === 'string'));
  });

  test('pages have count, hasMore, offset, total and links, and together are all rows', async () => {
    const q = 'SELECT id FROM customer ORDER BY id';
    const all = (await netsuite.query(q)).json();
    const ids: string[] = [];
    for (let offset = 0, more = true; more; offset += 20) {
      const page = (await netsuite.query(q, `?limit=20&offset=${offset}`)).json();
      assert.equal(page.count, page.items.length);
      assert.equal(page.offset, offset);
      assert.equal(page.totalResults, all.totalResults);
      assert.equal(
        page.links.some(({ rel }: { rel: string }) => rel === 'next'),
        page.hasMore,
      );
      ids.push(...page.items.map(({ id }: { id: string }) => id));
      more = page.hasMore;
    }
    assert.deepEqual(
      ids,
      all.items.map(({ id }: { id: string }) => id),
    );
  });

  test('what is not allowed is a 400 in the vendor’s form', async () => {
    const q = 'SELECT id FROM term';
    const refused: [string, Promise<{ statusCode: number; json(): unknown }>][] = [
      ['no Prefer: transient', netsuite.query(q, '', {})],
      ['a page too large', netsuite.query(q, '?limit=1001')],
      ['an odd offset', netsuite.query(q, '?limit=10&offset=5')],
      ['a deep offset', netsuite.query(q, '?limit=1000&offset=100000')],
      ['no statement', netsuite.query('')],
      ['a misspelt column', netsuite.query('SELECT nosuch FROM term')],
      ['a misspelt table', netsuite.query('SELECT id FROM nosuch')],
      ['writing', netsuite.query("UPDATE customer SET companyname = 'x'")],
      ['writing behind reading', netsuite.query('SELECT id FROM term; DELETE FROM term')],
      ['an open literal', netsuite.query("SELECT id FROM term WHERE name = 'x")],
      ['a comment', netsuite.query('SELECT id FROM term -- x')],
      ['the database’s own tables', netsuite.query('SELECT name FROM sqlite_master')],
      ['what is behind the views', netsuite.query('SELECT taxrefused FROM _customer')],
      ['LIMIT, which SuiteQL has not', netsuite.query('SELECT id FROM term LIMIT 1')],
      [
        'a form of dates that the sandbox has not',
        netsuite.query("SELECT TO_CHAR(trandate, 'DD.MM') AS d FROM transaction"),
      ],
    ];
    for (const [what, asked] of refused) {
      const answer = await asked;
      assert.equal(answer.statusCode, 400, what);
      const problem = answer.json() as {
        status: number;
        'o:errorDetails': { 'o:errorCode': string; detail: string }[];
      };
      assert.equal(problem.status, 400);
      assert.ok(problem['o:errorDetails'][0]?.detail && problem['o:errorDetails'][0]['o:errorCode'], what);
    }
    assert.equal((await netsuite.query(q)).json().totalResults, 6);
  });

  test('a quote in a literal is data', async () => {
    const count = async (name: string) =>
      (await netsuite.query(`SELECT COUNT(*) AS n FROM customer WHERE companyname = '${name}'`)).json().items[0].n;
    assert.equal(await count("x'' OR ''1''=''1"), '0');
    assert.equal(await count('transaction; -- "'), '0');
  });

  test('BUILTIN.DF shows a reference’s name, windows and dates work as in Oracle', async () => {
    const q = `SELECT c.id, BUILTIN.DF( c.defaulttaxreg ) AS tax FROM customer c WHERE c.id = 1001`;
    assert.equal((await netsuite.query(q)).json().items[0].tax, netsuite.world.customer(0).taxId);
    const newest = `SELECT n.id, n.day FROM (SELECT t.id, TO_CHAR(t.trandate, 'YYYY-MM-DD') AS day,
      ROW_NUMBER() OVER (PARTITION BY t.entity ORDER BY t.trandate DESC) AS place FROM transaction t
      WHERE t.type = 'SalesOrd' AND t.trandate <= TO_DATE('2026-11-20', 'YYYY-MM-DD')) n WHERE n.place = 1`;
    const rows = (await netsuite.query(newest)).json();
    assert.ok(rows.totalResults > 10 && /^\d{4}-\d{2}-\d{2}$/.test(rows.items[0].day));
  });

  test('customers that the ERP does not hold are not there', async () => {
    const held = [...netsuite.world.customers()].filter(({ known }) => known.erp).length;
    const [{ n }] = (await netsuite.query('SELECT COUNT(*) AS n FROM customer')).json().items;
    assert.equal(Number(n), held);
  });
});

test('in a large world transactions are brought in when they are asked for, and none is missed', () => {
  const world = createWorld({ seed: 1, size: 6_000, today: '2026-11-20' });
  const books = openBooks(world);
  const count = (where = '') => Number(books.one(`SELECT COUNT(*) AS n FROM "transaction" t ${where}`)?.n);
  assert.equal(count(), 0);
  const transactionsOf = (index: number) => {
    const { known, orders, invoices, payments } = world.customer(index);
    const booked = payments.filter(({ status }) => status === 'SUCCEEDED');
    return known.erp ? orders.length + invoices.length + booked.length : 0;
  };
  const named = [
    ['SELECT t.id FROM transaction t WHERE t.entity IN (3001, 3002)', 2_000],
    ['SELECT t.id FROM transaction t WHERE t.id = 10060000', 3_000],
    ['SELECT t.id FROM transaction t WHERE t.id IN (50160000)', 4_000],
    ["SELECT t.id FROM transaction t WHERE t.tranid IN ('SO200000')", 5_000],
    ["SELECT t.id FROM transaction t WHERE t.tranid = 'INV300000'", 5_000],
  ] as const;
  for (const [statement, index] of named) {
    books.archive.bringFor(statement);
    assert.equal(count(`WHERE entity = ${1_001 + index}`), transactionsOf(index), statement);
  }
  assert.ok(count() < 1_000);
  books.archive.bringFor("SELECT t.id FROM transaction t WHERE t.status = 'A'");
  let all = 0;
  for (let index = 0; index < world.size; index += 1) all += transactionsOf(index);
  assert.equal(count(), all);
  books.close();
});
