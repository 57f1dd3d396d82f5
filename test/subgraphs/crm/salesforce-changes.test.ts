import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fixedClock } from '../../../platform/clock.ts';
import type { Cursor } from '../../../platform/feeds/change-feed.ts';
import { id } from '../../../platform/ids.ts';
import type { Inbound } from '../../../platform/webhooks/webhook-source.ts';
import { salesforce as keys } from '../../../sandbox/data/keys.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/start.ts';
import { salesforceFeed } from '../../../subgraphs/crm/connectors/salesforce/changes.ts';
import { readSalesforceConfig } from '../../../subgraphs/crm/connectors/salesforce/config.ts';
import { salesforce } from '../../../subgraphs/crm/connectors/salesforce/connector.ts';
import { NO_DEADLINE } from '../../support/no-deadline.ts';

const clock = fixedClock('2027-01-31T12:00:00.000Z');
const call = { correlationId: 'test', signal: NO_DEADLINE };
let org: RunningSandbox;
let feed: ReturnType<typeof salesforceFeed>;
before(async () => {
  org = await startSandbox({ customers: 60, latency: { minMs: 0, maxMs: 0 }, clock });
  feed = salesforceFeed(readSalesforceConfig(org.environment), clock, 3);
});
after(async () => {
  await feed?.close();
  await org?.close();
});

/** Somebody in sales changes an account. */
const edit = async (account: string, body: object, object = 'Account') => {
  const path = `/services/data/v66.0/sobjects/${object}/${account}`;
  const { status, body: said } = await org.asPerson({ vendor: 'salesforce', method: 'PATCH', path, body: { ...body } });
  assert.equal(status, 204, said);
};
/** Everything that there is now, each change once as the inbox keeps it. */
const seen = new Map<string, Inbound>();
async function poll(cursor: Cursor | null): Promise<{ cursor: Cursor; fresh: Inbound[] }> {
  const fresh: Inbound[] = [];
  for (;;) {
    const page = await feed.read(cursor, call);
    fresh.push(...page.changes.filter(({ eventId }) => !seen.has(eventId)));
    for (const change of page.changes) seen.set(change.eventId, change);
    ({ cursor } = page);
    if (!page.more) return { cursor, fresh };
  }
}

test('the first poll begins now, and the next one tells what somebody in sales changed, by ids alone', async () => {
  const first = await poll(null);
  assert.deepEqual(first.fresh, []);
  clock.advance(5_000);
  await edit(keys.account(3), { Website: 'https://moved.example' });
  const { fresh } = await poll(first.cursor);
  assert.equal(fresh.length, 1);
  const [{ eventId, ...told } = {} as Inbound] = fresh;
  assert.deepEqual(told, {
    type: 'Account.changed',
    occurredAt: '2027-01-31T12:00:05.000Z',
    entity: `Account:${keys.account(3)}`,
    subjects: [`account:${keys.account(3)}`],
    customerId: keys.account(3),
    causedByKey: null,
    tells: 'CustomerChanged',
  });
  assert.doesNotMatch(JSON.stringify(fresh), /moved\.example/);
});

test('two changes of one second are two, also where the first was read in between', async () => {
  let { cursor } = await poll(null);
  await edit(keys.account(4), { Website: 'https://one.example' });
  const one = await poll(cursor);
  ({ cursor } = one);
  await edit(keys.account(4), { Website: 'https://two.example' });
  const two = await poll(cursor);
  assert.deepEqual([one.fresh.length, two.fresh.length], [1, 1]);
  assert.equal(one.fresh[0]?.occurredAt, two.fresh[0]?.occurredAt);
});

test('what the hub itself wrote is known by its user, and what another writes afterwards is not', async () => {
  let { cursor } = await poll(null);
  clock.advance(1_000);
  const crm = salesforce(readSalesforceConfig(org.environment), clock);
  const accountId = id<'CrmAccount'>(keys.account(5));
  await crm.updateAccount({ accountId, segment: 'ENTERPRISE' }, { ...call, key: 'prc_1:write', actingFor: 'CRM' });
  await crm.updateAccount({ accountId, segment: 'MID_MARKET' }, { ...call, key: 'prc_1:write', actingFor: 'CRM' });
  await crm.close();
  const own = await poll(cursor);
  ({ cursor } = own);
  assert.deepEqual(
    own.fresh.map(({ entity, byHub }) => [entity, byHub]),
    [[`Account:${accountId}`, true]],
  );
  clock.advance(1_000);
  await edit(accountId, { Website: 'https://theirs.example' });
  const theirs = await poll(cursor);
  assert.deepEqual(
    theirs.fresh.map(({ byHub }) => byHub),
    [undefined],
  );
});

test('more changes than a page holds come in several, each once, in the order in which they happened', async () => {
  let { cursor } = await poll(null);
  for (let nr = 0; nr < 20; nr += 1) {
    clock.advance(nr % 3 === 0 ? 1_000 : 0); // several in one second
    await edit(keys.account(20 + nr), { Website: `https://nr-${nr}.example` });
  }
  const all = await poll(cursor);
  ({ cursor } = all);
  assert.equal(all.fresh.length, 20);
  const times = all.fresh.map(({ occurredAt }) => occurredAt);
  assert.deepEqual(times, times.toSorted());
  assert.deepEqual((await poll(cursor)).fresh, []);
});

test('a record in the recycle bin is told from its row, and once', async () => {
  let { cursor } = await poll(null);
  clock.advance(400_000); // past the time at which deletions are asked for as well
  const contact = keys.contact(7, 0);
  const path = `/services/data/v66.0/sobjects/Contact/${contact}`;
  assert.equal((await org.asPerson({ vendor: 'salesforce', method: 'DELETE', path })).status, 204);
  const gone = await poll(cursor);
  ({ cursor } = gone);
  const [row, log] = gone.fresh;
  assert.equal(row?.type, 'Contact.deleted');
  assert.deepEqual(row?.subjects, [`contact:${contact}`, `account:${keys.account(7)}`]);
  // The log of deletions tells it too, as a state of the same instant: the inbox drops it.
  assert.deepEqual([log?.entity, log?.occurredAt, log?.state], [row?.entity, row?.occurredAt, true]);
  assert.equal(gone.fresh.length, 2);
});

test('it asks for all objects at once, and for deletions every five minutes only', async () => {
  const whole = salesforceFeed(readSalesforceConfig(org.environment), clock);
  let { cursor } = await whole.read(null, call);
  org.clearCalls();
  clock.advance(60_000);
  ({ cursor } = await whole.read(cursor, call));
  assert.deepEqual(
    org.calls().map(({ method, path }) => `${method} ${path}`),
    ['POST /services/data/v66.0/composite'],
  );
  clock.advance(300_000);
  org.clearCalls();
  await whole.read(cursor, call);
  await whole.close();
  const deletions = org.calls().filter(({ path }) => path.endsWith('/deleted/'));
  assert.equal(deletions.length, 5);
});

test('a poll that the org refuses fails, and moves nothing', async () => {
  const { cursor } = await poll(null);
  org.addFault({ vendor: 'salesforce', kind: 'status', status: 503, count: 1 });
  await assert.rejects(feed.read(cursor, call), { code: 'UNAVAILABLE' });
  org.addFault({ vendor: 'salesforce', kind: 'status', status: 429, retryAfter: '7', count: 1 });
  await assert.rejects(feed.read(cursor, call), { code: 'THROTTLED', retryAfterMs: 7_000 });
});
