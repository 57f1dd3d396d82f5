import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { before, test } from 'node:test';
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { readFigures } from '../../../events/deliver/figures.ts';
import { prune } from '../../../events/deliver/prune.ts';
import { deliverDue, runLanes } from '../../../events/deliver/run-lanes.ts';
import { createSender } from '../../../events/deliver/send.ts';
import { closeBeforeDatabase } from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { eventually } from '../../support/hub.ts';
import { HOUR_MS, openWorld, type Received, receiver, type World } from './world.ts';

let world: World;
before(async () => {
  world = await openWorld();
});

const JSON_EVENT = JSON.stringify({ type: 'concord.CustomerChanged.v1', subject: 'customer/C-1' });
const ids = (messages: readonly Received[]) => messages.map(({ id }) => id);
/** Moves the clock on and delivers, until so much time has passed. */
async function pass(ms: number, stepMs = ms): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    world.clock.advance(stepMs);
    await world.deliver();
  }
}
const end = (id: string) => world.delivery.subscriptions.remove(id);

test('the signature is what the reference implementation of Standard Webhooks expects, of either secret while one is rotated', async () => {
  const at = await receiver();
  const { id, secret } = await world.subscribe(at.url);
  await world.tell('C-1', { id: 'stripe:evt_1.2' });
  await world.deliver();
  const [message] = at.taken as [Received];
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const headers = message.headers as Record<string, string>;
  const event = new Webhook(secret).verify(message.body, headers) as { id: string; specversion: string };
  assert.deepEqual([event.id, event.specversion, message.id], ['stripe:evt_1.2', '1.0', 'stripe:evt_1%2E2']);
  assert.throws(() => new Webhook(secret).verify(`${message.body} `, headers), /No matching signature/);

  const second = (await world.delivery.subscriptions.rotate(id, HOUR_MS)) ?? '';
  await world.tell('C-1');
  await world.deliver();
  for (const one of [secret, second]) new Webhook(one).verify(at.taken[1]?.body ?? '', at.taken[1]?.headers as never);
  assert.equal(String(at.taken[1]?.headers['webhook-signature']).split(' ').length, 2);
  const { rows } = await sql<{
    sealed: string;
  }>`select sealed from deliver.secret where subscription_id = ${id}`.execute(world.db);
  assert.ok(rows.every(({ sealed }) => !sealed.includes(secret.slice(6)) && !sealed.includes('whsec_')));

  world.clock.advance(HOUR_MS);
  await world.tell('C-1');
  await world.deliver();
  assert.equal(String(at.taken[2]?.headers['webhook-signature']).split(' ').length, 1);
  await end(id);
});

test('of three subscribers one is dead for the whole run: two get every event once and in order, and the third gets all when it is back', async () => {
  const [one, two, dead] = await Promise.all([receiver(), receiver(), receiver()]);
  dead.answer = () => 503;
  const subscriptions = await Promise.all([one, two, dead].map(({ url }) => world.subscribe(url)));
  const told = new Map<string, string[]>();
  for (let nr = 0; nr < 120; nr++) {
    const customer = `C-${nr % 7}`;
    told.set(customer, [...(told.get(customer) ?? []), await world.tell(customer)]);
    if (nr % 20 === 0) await pass(60_000);
  }
  await pass(30 * HOUR_MS, 2 * HOUR_MS);
  for (const { taken, asked } of [one, two]) {
    assert.equal(asked.length, 120);
    assert.equal(new Set(ids(taken)).size, 120);
    for (const [customer, expected] of told) {
      assert.deepEqual(ids(taken.filter(({ event }) => event.subject === `customer/${customer}`)), expected);
    }
  }
  assert.equal(dead.taken.length, 0);
  assert.ok(dead.asked.length > 5 && dead.asked.length < 100, `a dead one is asked now and then: ${dead.asked.length}`);
  const third = subscriptions[2]?.id ?? '';
  assert.equal((await world.show(third)).state, 'ACTIVE');
  assert.match((await world.show(third)).lastFailure ?? '', /status 503/);

  dead.answer = () => 200;
  await pass(HOUR_MS);
  assert.equal(dead.taken.length, 120);
  for (const [customer, expected] of told) {
    assert.deepEqual(ids(dead.taken.filter(({ event }) => event.subject === `customer/${customer}`)), expected);
  }
  const { delivered, failingSince } = await world.show(third);
  assert.deepEqual([delivered, failingSince], [120, null]);
  await Promise.all(subscriptions.map(({ id }) => end(id)));
});

test('a subscriber is told what its key may see when the event is sent: its customers, its scopes, and no id beyond them', async () => {
  await sql`insert into identity.customer (id, display_name, name_key, search_text, created_at)
    select id, id, id, id, now() from unnest(array['C-own', 'C-foreign']) as id`.execute(world.db);
  const [all, own, narrow, chosen] = await Promise.all([receiver(), receiver(), receiver(), receiver()]);
  const ofOwn = await world.key({ rows: { customers: ['C-own'] } });
  const ofNarrow = await world.key({ scopes: ['subscription:read', 'events:subscribe'] });
  const made = await Promise.all([
    world.subscribe(all.url),
    world.subscribe(own.url, { keyId: ofOwn }),
    world.subscribe(narrow.url, { keyId: ofNarrow }),
    world.subscribe(chosen.url, { events: ['PaymentFailed'], customers: ['C-foreign'] }),
  ]);
  const data = { processId: 'prc_1', thresholdPercent: 80, secretNote: 'for nobody' };
  await world.tell('C-own', { id: 'own', name: 'SubscriptionAmended', data });
  await world.tell('C-foreign', { id: 'foreign', name: 'SubscriptionAmended' });
  await world.tell('C-own', { id: 'paid', name: 'PaymentFailed' });
  await world.tell('C-foreign', { id: 'foreign-paid', name: 'PaymentFailed' });
  await world.tell('C-own', { id: 'case', name: 'CaseChanged' });
  await world.deliver();
  assert.deepEqual(ids(all.taken).sort(), ['foreign', 'foreign-paid', 'own', 'paid']);
  assert.deepEqual(ids(own.taken), ['own', 'paid']);
  assert.deepEqual(ids(narrow.taken).sort(), ['foreign', 'own']);
  assert.deepEqual(ids(chosen.taken), ['foreign-paid']);
  const shown = (at: typeof all) => at.taken.find(({ id }) => id === 'own')?.event;
  assert.deepEqual(shown(all)?.data, { system: 'CRM', customerId: 'C-own', entity: 'account:1', thresholdPercent: 80 });
  assert.deepEqual(shown(narrow)?.data, { system: 'CRM', entity: 'account:1', thresholdPercent: 80 });
  assert.ok(!JSON.stringify(shown(narrow)).includes('C-own'));

  await world.keys.update(
    ofOwn,
    { rows: { customers: ['C-foreign'] } },
    { by: 'test', kind: 'HUB', actsFor: null, correlationId: 't' },
  );
  await world.tell('C-own', { id: 'later-own' });
  await world.tell('C-foreign', { id: 'later-foreign' });
  await world.deliver();
  assert.deepEqual(ids(own.taken), ['own', 'paid', 'later-foreign']);
  await Promise.all(made.map(({ id }) => end(id)));
});

test('an event that fails holds up its own customer alone, is given up after its time with the reason, and what waits behind goes on', async () => {
  const at = await receiver();
  const { id } = await world.subscribe(at.url);
  at.answer = ({ event }) => (event.id === 'poison' ? 422 : 204);
  await world.tell('C-1', { id: 'poison' });
  await world.tell('C-1', { id: 'behind' });
  await world.tell('C-2', { id: 'other' });
  await world.deliver();
  await pass(48 * HOUR_MS, 6 * HOUR_MS);
  assert.deepEqual(ids(at.taken), ['other']);
  await world.tell('C-3', { id: 'long-after' });
  await pass(HOUR_MS);
  assert.deepEqual(ids(at.taken.splice(1)), ['long-after']);
  const lag = (await world.delivery.lag([id])).get(id);
  assert.deepEqual([lag?.behind, lag?.waiting, lag?.dead], [0, 2, 0]);
  await pass(36 * HOUR_MS, 6 * HOUR_MS);
  assert.deepEqual(ids(at.taken), ['other', 'behind']);
  const { entries } = await world.delivery.deadLetters({ subscriptionId: id, keyId: null }, { first: 10, after: null });
  assert.deepEqual(
    entries.map(({ eventId, event, customerId, reason }) => [eventId, event, customerId, reason]),
    [['poison', 'CustomerChanged', 'C-1', 'status 422']],
  );
  assert.ok((entries[0]?.attempts ?? 0) > 10);

  at.answer = () => 204;
  const again = { eventIds: null, recorded: null, causedBy: null, deadLetters: true, mapping: 'THEN' } as const;
  assert.equal(await world.delivery.replay(id, again), 1);
  await world.deliver();
  assert.deepEqual(ids(at.taken), ['other', 'behind', 'poison']);
  assert.equal(
    (await world.delivery.deadLetters({ subscriptionId: id, keyId: null }, { first: 10, after: null })).entries.length,
    0,
  );
  await end(id);
});

test('events are replayed by id, by time and by cause, in their order, with the data of then or of now', async () => {
  const at = await receiver();
  const { id } = await world.subscribe(at.url);
  const from = (await sql<{ now: string }>`select now()::text as now`.execute(world.db)).rows[0]?.now ?? '';
  for (const [event, correlationId] of [
    ['r1', 'prc_a'],
    ['r2', 'prc_b'],
    ['r3', 'prc_a'],
  ] as const) {
    await world.tell('C-9', { id: event, correlationId, data: { processId: 'prc_a' } });
  }
  await world.deliver();
  at.taken.length = 0;
  const none = { eventIds: null, recorded: null, causedBy: null, deadLetters: false, mapping: 'THEN' } as const;
  assert.equal(await world.delivery.replay(id, { ...none, eventIds: ['r3', 'r1', 'unknown'] }), 2);
  await world.deliver();
  assert.deepEqual(ids(at.taken), ['r1', 'r3']);
  assert.equal(await world.delivery.replay(id, { ...none, causedBy: 'prc_a' }), 2);
  assert.equal(
    await world.delivery.replay(id, { ...none, recorded: { from: new Date(from).toISOString(), to: null } }),
    3,
  );
  await world.deliver();
  assert.deepEqual(ids(at.taken).slice(2), ['r1', 'r3', 'r1', 'r2', 'r3']);

  at.taken.length = 0;
  const upgrades = { CustomerChanged: { 0: (data: object) => ({ ...data, entity: 'account:in-new-words' }) } };
  await world.tell('C-9', { id: 'old', version: 0 });
  await world.deliver();
  for (const mapping of ['THEN', 'NOW'] as const) {
    await world.delivery.replay(id, { ...none, eventIds: ['old'], mapping });
    await deliverDue({ ...world.turn, upgrades });
  }
  assert.deepEqual(
    at.taken.map(({ event }) => [event.type, event.data.entity]),
    [
      ['concord.CustomerChanged.v0', 'account:1'],
      ['concord.CustomerChanged.v0', 'account:1'],
      ['concord.CustomerChanged.v1', 'account:in-new-words'],
    ],
  );
  const wrong: [object, RegExp][] = [
    [{ ...none }, /exactly one/],
    [{ ...none, eventIds: [] }, /1 to 100/],
    [{ ...none, eventIds: ['r1'], causedBy: 'prc_a' }, /exactly one/],
    [{ ...none, recorded: { from: '2027-01-02', to: '2027-01-01' } }, /after from/],
  ];
  for (const [input, message] of wrong) await assert.rejects(world.delivery.replay(id, input as never), message);
  await end(id);
});

test('a subscription ends when its receiver says 410, when nothing but failures comes for days, and when its key holds no more; and the world is told', async () => {
  const [gone, failing, keyless, operator] = await Promise.all([receiver(), receiver(), receiver(), receiver()]);
  gone.answer = () => 410;
  failing.answer = () => 500;
  const keyId = await world.key();
  const [a, b, c] = await Promise.all([
    world.subscribe(gone.url),
    world.subscribe(failing.url),
    world.subscribe(keyless.url, { keyId }),
  ]);
  const d = await world.subscribe(operator.url, {
    keyId: await world.key({ scopes: ['operate'] }),
    events: ['EventSubscriptionDisabled'],
  });
  await world.keys.revoke(keyId);
  await world.tell('C-1');
  await world.deliver();
  assert.deepEqual([(await world.show(a.id)).state, gone.asked.length], ['DISABLED', 1]);
  assert.match((await world.show(a.id)).reason ?? '', /410/);
  assert.deepEqual([(await world.show(c.id)).reason, keyless.asked.length], ['its key does not hold any more', 0]);
  await pass(100 * HOUR_MS, 10 * HOUR_MS);
  await world.tell('C-1');
  await pass(19 * HOUR_MS, 19 * HOUR_MS);
  assert.equal((await world.show(b.id)).state, 'ACTIVE');
  await pass(2 * HOUR_MS, HOUR_MS);
  assert.match((await world.show(b.id)).reason ?? '', /nothing but failures since .*; the last: status 500/);
  const asked = failing.asked.length;
  await world.tell('C-2', { id: 'while-disabled' });
  await pass(HOUR_MS);
  assert.equal(failing.asked.length, asked);
  assert.deepEqual(
    new Set(operator.taken.map(({ event }) => event.subject)),
    new Set([a.id, b.id, c.id].map((id) => `event-subscription/${id}`)),
  );

  failing.answer = () => 200;
  await world.delivery.subscriptions.update(b.id, { enabled: true });
  await world.deliver();
  assert.ok(ids(failing.taken).includes('while-disabled'));
  await Promise.all([a, b, c, d].map(({ id }) => end(id)));
});

test('no redirect is followed, a receiver that asks for time gets it, and one that never answers is left', async () => {
  const [at, elsewhere] = await Promise.all([receiver(), receiver()]);
  const { id } = await world.subscribe(at.url);
  at.answer = () => ({ status: 307, headers: { location: elsewhere.url } });
  const [subscription] = await world.delivery.subscriptions.show([id]);
  const tested = () => world.delivery.test(subscription as never);
  assert.deepEqual(
    { ...(await tested()), ms: 0 },
    { delivered: false, status: 307, reason: 'status 307', retryAfterMs: null, ms: 0 },
  );
  assert.equal(elsewhere.asked.length, 0);
  at.answer = () => 202;
  assert.equal((await tested()).delivered, true);
  assert.equal(at.taken[0]?.event.type, 'concord.Test.v1');

  at.answer = () => ({ status: 429, headers: { 'retry-after': '1800' } });
  await world.tell('C-1');
  await world.deliver();
  const { length } = at.asked;
  await pass(29 * 60_000, 60_000);
  assert.equal(at.asked.length, length);
  at.answer = () => 204;
  await pass(2 * 60_000);
  assert.equal(at.asked.length, length + 1);
  at.answer = () => null;
  const hasty = createSender({ ...world.settings, timeoutMs: 100 }, world.clock);
  const { reason } = await hasty.send(at.url, { id: 'x', body: '{}' }, ['whsec_AAAA']);
  assert.equal(reason, 'no answer within 100 ms');
  await hasty.close();
  await at.close();
  assert.match((await tested()).reason ?? '', /refused|failed/);
  await end(id);
});

test('an address that is not on the public internet is refused, by its number, its name and what its name leads to', async () => {
  const refused = [
    ['http://example.com/', /https/],
    ['https://10.0.0.1/', /public/],
    ['https://[::1]:9/', /public/],
    ['https://[::ffff:10.0.0.1]/', /public/],
    ['https://169.254.169.254/latest', /public/],
    ['https://0x0a000001/', /public/],
    ['https://localhost/', /public/],
    ['https://db.internal/', /public/],
    ['https://me:secret@example.com/', /password/],
    ['https://example.com/#part', /after #/],
    ['ftp://example.com/', /https/],
    ['events', /absolute/],
  ] as const;
  for (const [url, message] of refused) {
    await assert.rejects(world.subscribe(url), message, url);
  }
  // Loopback is allowed to these tests; without that it is as any other private network, also written as a number.
  const strict = createSender({ allowed: () => false, timeoutMs: 2_000 }, world.clock);
  const at = await receiver();
  const message = { id: 'x', body: '{}' };
  const { port } = new URL(at.url);
  for (const url of [`https://2130706433:${port}/`, `https://localtest.localhost:${port}/`, at.url]) {
    assert.equal(
      (await strict.send(url, message, ['whsec_AAAA'])).reason,
      'its address may not be sent to any more',
      url,
    );
  }
  // A name that passes and leads to loopback all the same is found out when the connection is made.
  const { reason } = await strict.send(`https://${hostname()}:${port}/`, message, ['whsec_AAAA']);
  assert.match(reason ?? '', /not on the public internet|leads nowhere/);
  assert.equal(at.asked.length, 0);
  await strict.close();
});

test('old events are dropped once nobody waits for them, and a paused subscription goes on with what is left', async () => {
  const at = await receiver();
  const { id } = await world.subscribe(at.url);
  await world.tell('C-1', { id: 'dropped' });
  await world.deliver();
  at.answer = () => 500;
  await world.tell('C-2', { id: 'waits' });
  await world.deliver();
  await world.delivery.subscriptions.update(id, { enabled: false });
  await sql`update outbox.event set recorded_at = recorded_at - interval '40 days'`.execute(world.db);
  await world.tell('C-3', { id: 'fresh' });
  assert.ok((await prune(world.db, new Date(Date.now() - 30 * 24 * HOUR_MS))) > 0);
  const { rows } = await sql<{ event_id: string }>`select event_id from outbox.event order by id`.execute(world.db);
  assert.deepEqual(
    rows.map(({ event_id }) => event_id),
    ['waits', 'fresh'],
  );
  at.answer = () => 204;
  await world.delivery.subscriptions.update(id, { enabled: true });
  await pass(HOUR_MS);
  assert.deepEqual(ids(at.taken).slice(-2).sort(), ['fresh', 'waits']);
  await end(id);
});

test('a subscriber that never answers holds up none of the others', async () => {
  const [well, stuck] = await Promise.all([receiver(), receiver()]);
  stuck.answer = () => null;
  const made = await Promise.all([well, stuck].map(({ url }) => world.subscribe(url)));
  for (let nr = 0; nr < 150; nr++) await world.tell(`C-${nr % 10}`);
  const lanes = runLanes({ ...world.turn, settings: world.settings });
  await eventually('the other has all', async () => well.taken.length === 150);
  assert.ok(stuck.asked.length <= 8, `${stuck.asked.length} in flight on one lane`);
  stuck.answer = () => 204;
  await stuck.close();
  await lanes.close();
  await Promise.all(made.map(({ id }) => end(id)));
});

test('figures tell of each subscription what it took, what failed, and how far behind it is', async () => {
  const at = await receiver();
  const { id } = await world.subscribe(at.url);
  await world.tell('C-1');
  await world.deliver();
  at.answer = () => 500;
  await world.tell('C-1');
  await world.tell('C-1');
  await world.deliver();
  const text = await readFigures(world.pool);
  for (const [name, value] of [
    ['delivered_total', 1],
    ['failed_total', 1],
    ['behind', 2],
    ['dead_letters', 0],
    ['active', 1],
  ] as const) {
    assert.ok(text.includes(`hub_events_${name}{subscription="${id}"} ${value}\n`), `${name} in\n${text}`);
  }
  await end(id);
});

test('the receiver of docs/events-out.md takes what is ours, and nothing else', async () => {
  const page = readFileSync(new URL('../../../docs/events-out.md', import.meta.url), 'utf8');
  const [, program = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
  const port = String(await freePort());
  const { id, secret } = await world.subscribe(`http://127.0.0.1:${port}/`);
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { SECRET: secret, PORT: port },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closeBeforeDatabase(async () => void child.kill('SIGKILL'));
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk;
  });
  const [subscription] = await world.delivery.subscriptions.show([id]);
  const nowClock = { now: () => Date.now() };
  const sender = createSender(world.settings, nowClock);
  const send = (secrets: string[]) => sender.send(subscription?.url ?? '', { id: 'x', body: JSON_EVENT }, secrets);
  await eventually('it listens', async () => (await send([secret])).status !== null);
  assert.deepEqual([(await send([secret])).status, (await send(['whsec_AAAA', secret])).status], [204, 204]);
  assert.equal((await send(['whsec_AAAA'])).status, 401);
  const early = createSender(world.settings, { now: () => Date.now() - 301_000 });
  assert.equal((await early.send(subscription?.url ?? '', { id: 'x', body: JSON_EVENT }, [secret])).status, 401);
  assert.equal(told, 'concord.CustomerChanged.v1 customer/C-1\n');
  await Promise.all([sender.close(), early.close()]);
  child.kill('SIGKILL');
  await end(id);
});
