import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fixedClock } from '../../../platform/clock.ts';
import type { Cursor } from '../../../platform/feeds/change-feed.ts';
import type { Inbound } from '../../../platform/webhooks/webhook-source.ts';
import { netsuite as keys } from '../../../sandbox/data/keys.ts';
import { type PersonsAct, type RunningSandbox, startSandbox } from '../../../sandbox/start.ts';
import { changesOf } from '../../../subgraphs/erp/connectors/netsuite/change-rows.ts';
import { netsuiteFeed } from '../../../subgraphs/erp/connectors/netsuite/changes.ts';
import { readNetSuiteConfig } from '../../../subgraphs/erp/connectors/netsuite/config.ts';
import { NO_DEADLINE } from '../../support/no-deadline.ts';

const RECORD = '/services/rest/record/v1';
const clock = fixedClock('2027-01-31T12:00:00.000Z');
const call = { correlationId: 'test', signal: NO_DEADLINE };
let account: RunningSandbox;
let feed: ReturnType<typeof netsuiteFeed>;
before(async () => {
  account = await startSandbox({ customers: 60, latency: { minMs: 0, maxMs: 0 }, clock });
  feed = netsuiteFeed(readNetSuiteConfig(account.environment), clock, 3);
});
after(async () => {
  await feed?.close();
  await account?.close();
});

/** Somebody in finance does something. */
const asks = async (method: PersonsAct['method'], path: string, body?: Record<string, unknown>) => {
  const { status, body: said } = await account.asPerson({ vendor: 'netsuite', method, path: RECORD + path, body });
  assert.equal(status, 204, said);
};
const rename = (customer: number, companyName: string) => asks('PATCH', `/customer/${customer}`, { companyName });

const seen = new Set<string>();
/** All that there is now, each change once as the inbox keeps it. */
async function poll(cursor: Cursor | null): Promise<{ cursor: Cursor; fresh: Inbound[] }> {
  const fresh: Inbound[] = [];
  for (;;) {
    const page = await feed.read(cursor, call);
    fresh.push(...page.changes.filter(({ eventId }) => !seen.has(eventId)));
    for (const { eventId } of page.changes) seen.add(eventId);
    ({ cursor } = page);
    if (!page.more) return { cursor, fresh };
  }
}

test('the first poll begins now, and the next one tells what somebody in finance changed, by ids alone', async () => {
  const first = await poll(null);
  assert.deepEqual(first.fresh, []);
  clock.advance(5_000);
  const customer = keys.customer(3);
  await rename(customer, 'Renamed Limited');
  const { fresh } = await poll(first.cursor);
  const [{ eventId: _, ...told } = {} as Inbound] = fresh;
  assert.deepEqual(told, {
    type: 'customer.changed',
    occurredAt: '2027-01-31T12:00:05.000Z',
    entity: `customer:${customer}`,
    subjects: [`customer:${customer}`],
    customerId: String(customer),
    causedByKey: null,
    tells: 'CustomerChanged',
  });
  assert.equal(fresh.length, 1);
  assert.doesNotMatch(JSON.stringify(fresh), /Renamed/);
});

test('two changes of one second are two, also where the first was read in between', async () => {
  let { cursor } = await poll(null);
  await rename(keys.customer(4), 'One Limited');
  const one = await poll(cursor);
  ({ cursor } = one);
  await rename(keys.customer(4), 'Two Limited');
  const two = await poll(cursor);
  assert.deepEqual([one.fresh.length, two.fresh.length], [1, 1]);
});

test('what the hub opened under its key is known by it until somebody changes it', async () => {
  let { cursor } = await poll(null);
  clock.advance(1_000);
  await asks('PUT', '/customer/eid:C-90001', {
    companyName: 'New Limited',
    subsidiary: { id: '1' },
    custentity_concord_key: 'prc_1:open-customer-record',
  });
  const own = await poll(cursor);
  ({ cursor } = own);
  const [opened] = own.fresh;
  assert.equal(opened?.causedByKey, 'prc_1:open-customer-record');
  clock.advance(1_000);
  await rename(Number(opened?.customerId), 'Newer Limited');
  const theirs = await poll(cursor);
  assert.deepEqual(
    theirs.fresh.map(({ causedByKey }) => causedByKey),
    [null],
  );
});

test('more changes than a page holds come in several, each once, in the order in which they happened', async () => {
  let { cursor } = await poll(null);
  for (let nr = 0; nr < 20; nr += 1) {
    clock.advance(nr % 3 === 0 ? 1_000 : 0); // several in one second
    await rename(keys.customer(20 + nr), `Nr ${nr} Limited`);
  }
  const all = await poll(cursor);
  ({ cursor } = all);
  const times = all.fresh.map(({ occurredAt }) => occurredAt);
  assert.equal(times.length, 20);
  assert.deepEqual(times, times.toSorted());
  assert.deepEqual((await poll(cursor)).fresh, []);
});

test('a customer who was deleted is told from the table of deleted records', async () => {
  let { cursor } = await poll(null);
  clock.advance(1_000);
  await asks('PUT', '/customer/eid:C-90002', { companyName: 'Short Limited', subsidiary: { id: '1' } });
  const opened = await poll(cursor);
  ({ cursor } = opened);
  const customer = opened.fresh[0]?.customerId;
  await asks('DELETE', `/customer/${customer}`);
  clock.advance(300_000);
  const gone = await poll(cursor);
  assert.deepEqual(
    gone.fresh.map(({ type, subjects, tells }) => ({ type, subjects, tells })),
    [{ type: 'customer.gone', subjects: [`customer:${customer}`], tells: 'CustomerChanged' }],
  );
});

test('an order that was delivered, and an invoice that was posted, are news once', () => {
  const row = { id: '7', at: '2027-01-31 12:00:00', number: 'SO7', entity: '1004' };
  const told = (type: string, status: string, at = row.at) =>
    changesOf('transaction', { ...row, type, status, at }).map(({ eventId, tells }) => [eventId, tells] as const);
  assert.equal(told('SalesOrd', 'B').length, 1);
  const [, delivered] = told('SalesOrd', 'F');
  assert.deepEqual(delivered, ['salesOrder:7:OrderFulfilled', 'OrderFulfilled']);
  assert.deepEqual(told('SalesOrd', 'G', '2027-02-01 12:00:00')[1], delivered, 'the same event a day later');
  assert.deepEqual(told('CustInvc', 'A')[1], ['invoice:7:InvoicePosted', 'InvoicePosted']);
  assert.deepEqual(told('Journal', 'A'), []);
});

test('a poll is one request, and one that the account refuses fails', async () => {
  const whole = netsuiteFeed(readNetSuiteConfig(account.environment), clock);
  const { cursor } = await whole.read(null, call);
  account.clearCalls();
  await whole.read(cursor, call);
  assert.deepEqual(
    account.calls().map(({ path }) => path),
    ['/services/rest/query/v1/suiteql'],
  );
  account.addFault({ vendor: 'netsuite', kind: 'status', status: 503, count: 1 });
  await assert.rejects(whole.read(cursor, call), { code: 'UNAVAILABLE' });
  await whole.close();
});
