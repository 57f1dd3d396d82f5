import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { graphql } from 'graphql';
import { type Principal, principalOf } from '../../../platform/principal.ts';
import { graphqlError } from '../../../platform/subgraph/errors.ts';
import { asSeenBy, type Subgraph } from '../../../platform/subgraph/subgraph.ts';
import { connectEvents } from '../../../subgraphs/events/connect.ts';
import { createEventsSubgraph } from '../../../subgraphs/events/subgraph.ts';
import { openWorld, receiver, SCOPES, type World } from '../../events/deliver/world.ts';

let world: World;
let subgraph: Subgraph;
let partner: Principal;
let other: Principal;
const OPERATOR = principalOf({ id: 'staff:ada', name: 'Ada', kind: 'USER', scopes: [...SCOPES, 'operate'] });
before(async () => {
  world = await openWorld();
  const others = { conflicts: null, reconciliation: { findingsFor: () => null } }; // nothing is asked of these parts here
  subgraph = createEventsSubgraph(connectEvents({ ...world, ...others } as never));
  const bearer = async () => principalOf({ id: await world.key(), name: 'Partner', scopes: SCOPES });
  [partner, other] = await Promise.all([bearer(), bearer()]);
});

// biome-ignore lint/suspicious/noExplicitAny: the test says what it expects of each answer
type Data = any;
async function ask(source: string, variableValues: Record<string, unknown> = {}, principal = partner) {
  const call = { correlationId: 'test', signal: new AbortController().signal };
  const contextValue = subgraph.contextFor(asSeenBy(principal, call));
  const { data, errors } = await graphql({ schema: subgraph.schema, source, variableValues, contextValue });
  const told = (errors ?? []).map((error) => {
    const { message, extensions } = graphqlError(error);
    return [extensions.code, extensions.field, message];
  });
  return { data: data as Data, errors: told };
}

const CREATE = `mutation ($input: CreateEventSubscriptionInput!) { createEventSubscription(input: $input) {
  secret replayed subscription { id keyId name url events customers state reason secrets { endsAt }
    delivery { behind waiting deadLetters delivered failed lastDeliveredAt failingSince heldUntil } } } }`;
const LIST = '{ eventSubscriptions(first: 50) { nodes { id keyId } pageInfo { hasNextPage } } }';
let made = 0;
const input = (more: object = {}) => ({
  ...{ idempotencyKey: `key-${++made}`, name: 'Billing sync', url: 'https://partner.example/events' },
  ...more,
});

test('a key subscribes, sees its own subscriptions alone, and the secret once', async () => {
  const wanted = input({ events: ['PaymentFailed', 'PaymentFailed'], customers: ['C-1'] });
  const first = await ask(CREATE, { input: wanted });
  assert.deepEqual(first.errors, []);
  const { secret, subscription } = first.data.createEventSubscription;
  assert.match(secret, /^whsec_/);
  assert.deepEqual(JSON.parse(JSON.stringify({ ...subscription, id: 0 })), {
    ...{ id: 0, keyId: partner.id, name: 'Billing sync', url: 'https://partner.example/events' },
    ...{ events: ['PaymentFailed'], customers: ['C-1'], state: 'ACTIVE', reason: null, secrets: [{ endsAt: null }] },
    delivery: {
      ...{ behind: 0, waiting: 0, deadLetters: 0, delivered: 0, failed: 0 },
      ...{ lastDeliveredAt: null, failingSince: null, heldUntil: null },
    },
  });
  const again = await ask(CREATE, { input: wanted });
  const { replayed, secret: none, subscription: same } = again.data.createEventSubscription;
  assert.deepEqual([replayed, none, same.id], [true, null, subscription.id]);
  assert.deepEqual((await ask(CREATE, { input: { ...wanted, name: 'Other' } })).errors[0]?.slice(0, 2), [
    'IDEMPOTENCY_KEY_REUSED',
    'idempotencyKey',
  ]);

  const listed = async (principal: Principal) =>
    (await ask(LIST, {}, principal)).data.eventSubscriptions.nodes.map(({ id }: { id: string }) => id);
  assert.deepEqual(
    [await listed(partner), await listed(other), (await listed(OPERATOR)).includes(subscription.id)],
    [[subscription.id], [], true],
  );
  const foreign = [
    `mutation ($id: ID!) { updateEventSubscription(input: { id: $id, name: "mine" }) { subscription { id } } }`,
    `mutation ($id: ID!) { rotateEventSecret(input: { id: $id }) { secret } }`,
    `mutation ($id: ID!) { sendTestEvent(id: $id) { delivered } }`,
    `mutation ($id: ID!) { replayEvents(input: { subscriptionId: $id, deadLetters: true }) { count } }`,
  ];
  for (const act of foreign) {
    const [mine, none] = await Promise.all([subscription.id, 'evs_none'].map((id) => ask(act, { id }, other)));
    assert.deepEqual(mine?.errors[0]?.slice(0, 2), ['NOT_FOUND', 'id'], act);
    assert.equal(String(mine?.errors[0]?.[2]).replace(subscription.id, 'evs_none'), none?.errors[0]?.[2]);
  }
  const remove = 'mutation ($id: ID!) { deleteEventSubscription(id: $id) { deleted } }';
  const removed = async (principal: Principal) =>
    (await ask(remove, { id: subscription.id }, principal)).data.deleteEventSubscription.deleted;
  assert.deepEqual([await removed(other), await removed(partner), await removed(partner)], [false, true, false]);
});

test('each wrong field is named, with what would be right', async () => {
  const wrong: [object, string, RegExp][] = [
    [{ url: 'http://partner.example/' }, 'url', /https/],
    [{ url: 'https://192.168.0.1/' }, 'url', /public/],
    [{ name: ' ' }, 'name', /1 to 100/],
    [{ events: ['PaymentFailled'] }, 'events', /"PaymentFailled" is none; there are CustomerChanged/],
    [{ events: [] }, 'events', /at least one/],
    [{ customers: [] }, 'customers', /1 to 1000/],
    [{ idempotencyKey: 'kéy' }, 'idempotencyKey', /ASCII/],
  ];
  for (const [more, field, message] of wrong) {
    const [[code, named, said] = []] = (await ask(CREATE, { input: input(more) })).errors;
    assert.deepEqual([code, named], ['BAD_USER_INPUT', field], JSON.stringify(more));
    assert.match(String(said), message);
  }
  const tooLong = 'mutation ($id: ID!) { rotateEventSecret(input: { id: $id, overlapSeconds: 7776001 }) { secret } }';
  const { data } = await ask(CREATE, { input: input() });
  const { errors } = await ask(tooLong, { id: data.createEventSubscription.subscription.id });
  assert.deepEqual(errors[0]?.slice(0, 2), ['BAD_USER_INPUT', 'overlapSeconds']);
});

test('an operator subscribes for a key, and for none that sees more than he does; a token names a key', async () => {
  const rich = await world.key({ scopes: [...SCOPES, 'support:read'] });
  const of = async (keyId: string | null, principal: Principal) =>
    (await ask(CREATE, { input: input({ keyId }) }, principal)).errors[0]?.slice(0, 2);
  assert.equal(await of(partner.id, OPERATOR), undefined);
  assert.deepEqual(await of(rich, OPERATOR), ['FORBIDDEN_ARGUMENT', 'keyId']);
  assert.deepEqual(await of('nokey', OPERATOR), ['NOT_FOUND', 'keyId']);
  assert.deepEqual(await of(other.id, partner), ['NOT_FOUND', 'keyId']);
  assert.deepEqual(await of(null, OPERATOR), ['BAD_USER_INPUT', 'keyId']);
  const limited = { ...OPERATOR, rows: { customers: ['C-1'] } };
  assert.deepEqual(await of(partner.id, limited), ['NOT_FOUND', 'keyId']);
});

test('a subscription is tried, paused, given another secret and another address, and its dead letters are read and sent again', async () => {
  const at = await receiver();
  const created = (await ask(CREATE, { input: input({ url: at.url }) })).data.createEventSubscription;
  const { id } = created.subscription;
  const tried = await ask('mutation ($id: ID!) { sendTestEvent(id: $id) { delivered status reason } }', { id });
  assert.deepEqual({ ...tried.data.sendTestEvent }, { delivered: true, status: 204, reason: null });

  at.answer = () => 500;
  const eventId = await world.tell('C-7');
  await world.deliver();
  for (let days = 0; days < 4; days++) {
    world.clock.advance(86_400_000);
    await world.deliver();
  }
  const letters = async (principal = partner) =>
    (
      await ask(
        'query ($id: ID!) { deadLetters(subscriptionId: $id) { nodes { eventId event customerId attempts reason } } }',
        { id },
        principal,
      )
    ).data.deadLetters.nodes;
  const dead = await letters();
  assert.deepEqual(
    dead.map((one: Data) => ({ ...one, attempts: one.attempts > 1 })),
    [{ eventId, event: 'CustomerChanged', customerId: 'C-7', attempts: true, reason: 'status 500' }],
  );
  assert.deepEqual([await letters(other), (await letters(OPERATOR)).length], [[], 1]);

  const update = `mutation ($input: UpdateEventSubscriptionInput!) { updateEventSubscription(input: $input) { subscription { state name } } }`;
  const paused = await ask(update, { input: { id, enabled: false, name: 'Later' } });
  assert.deepEqual({ ...paused.data.updateEventSubscription.subscription }, { state: 'PAUSED', name: 'Later' });
  const rotated = await ask(
    'mutation ($id: ID!) { rotateEventSecret(input: { id: $id }) { secret subscription { secrets { endsAt } } } }',
    { id },
  );
  assert.notEqual(rotated.data.rotateEventSecret.secret, created.secret);
  assert.equal(rotated.data.rotateEventSecret.subscription.secrets.length, 2);

  at.answer = () => 204;
  const again = await ask(
    'mutation ($id: ID!) { replayEvents(input: { subscriptionId: $id, deadLetters: true, mapping: NOW }) { count } }',
    { id },
  );
  assert.equal(again.data.replayEvents.count, 1);
  await world.deliver();
  assert.equal(at.taken.length, 1, 'it is paused');
  await ask(update, { input: { id, enabled: true } });
  await world.deliver();
  assert.deepEqual(
    at.taken.slice(1).map((one) => one.id),
    [eventId],
  );
});

test('every kind of event says whose word it is, its version, and which scope it asks for', async () => {
  const { data, errors } = await ask('{ eventKinds { name version saidBy scope says } }');
  assert.deepEqual(errors, []);
  const amended = data.eventKinds.find(({ name }: { name: string }) => name === 'SubscriptionAmended');
  assert.deepEqual([amended.version, amended.saidBy, amended.scope], [1, 'BILLING', 'subscription:read']);
});
