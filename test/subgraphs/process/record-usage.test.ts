import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fixedClock } from '../../../platform/clock.ts';
import { createDb, type Db } from '../../../platform/db/db.ts';
import { readOutbox } from '../../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../../platform/outbox/tables.ts';
import { meteredOf } from '../../../sandbox/data/metered.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import type { Subscription, SubscriptionUsage } from '../../../subgraphs/billing/model.ts';
import { DEFAULT_USAGE_RULES, type UsageRules, usageRules } from '../../../subgraphs/process/usage/usage-rules.ts';
import { judgeUsage } from '../../../subgraphs/process/verdicts/record-usage.ts';
import { closeBeforeDatabase } from '../../support/database.ts';
import { PROCESS, RECORD_USAGE, type Run, type UsageAnswer } from './support/operations.ts';
import { correlated, type Hub, startHubOfProcesses } from './support/systems.ts';

let hub: Hub;
let db: Db;
let taken = 0;
let events = 0;

before(async () => {
  hub = await startHubOfProcesses('worker', {
    usage: { ...DEFAULT_USAGE_RULES, mostPerDay: 5_000, mostPerEvent: 4_000 },
  });
  db = createDb(hub.databaseUrl);
  closeBeforeDatabase(() => db.destroy());
});
after(() => hub.close());

interface Ground {
  readonly customer: WorldCustomer;
  readonly subscription: Subscription;
  readonly usage: SubscriptionUsage;
}

/** A customer that no test has touched, with a running subscription that is charged by use. */
async function metered(): Promise<Ground> {
  for (;;) {
    const customer = [...hub.world.customers()][taken];
    taken += 1;
    assert.ok(customer, 'the world has no metered customer left');
    if (meteredOf(customer.index, 0).length === 0 || !Object.values(customer.known).every(Boolean)) continue;
    const ground = await groundOf(customer);
    if (ground?.subscription.status === 'ACTIVE') return ground;
  }
}

async function groundOf(customer: WorldCustomer): Promise<Ground | null> {
  const { billing, identity } = hub.ports;
  const [known] = await identity.customers([customer.hubId as never], correlated);
  const of = known?.externalIdBySystem.BILLING as never;
  const [page] = await billing.subscriptionsOf([{ of, first: 20, after: null }], correlated);
  const subscription = page?.entries.find((one) => one.metered.length > 0);
  if (!subscription) return null;
  const [usage] = await billing.usage([{ subscriptionId: subscription.id, days: null }], correlated);
  return usage ? { customer, subscription, usage } : null;
}

const usedNow = async ({ customer }: Ground): Promise<string | undefined> =>
  (await groundOf(customer))?.usage.meters.find(({ sku }) => sku === 'USE-API-CALLS')?.used;

const now = (): string => new Date().toISOString();

const event = ({ subscription }: Ground, quantity = '10', other: object = {}) => {
  events += 1;
  return {
    id: `e-${events}`,
    subscriptionId: subscription.id,
    sku: 'USE-API-CALLS',
    quantity,
    occurredAt: now(),
    ...other,
  };
};

let keys = 0;
const record = async (input: object): Promise<UsageAnswer> => {
  keys += 1;
  const given = { idempotencyKey: `usage-${keys}`, waitSeconds: 30, ...input };
  return (await hub.ask<{ recordUsage: UsageAnswer }>(RECORD_USAGE, { input: given })).recordUsage;
};

const statesOf = (answer: UsageAnswer) => answer.events.map(({ state, reason }) => (reason === null ? state : reason));

test('events are posted once, and billing tells what was used', async () => {
  const ground = await metered();
  const before = Number(await usedNow(ground));
  const answer = await record({ events: [event(ground, '10'), event(ground, '5.00'), event(ground, '25')] });
  assert.equal(answer.__typename, 'UsageRecorded', JSON.stringify(answer));
  assert.deepEqual(statesOf(answer), ['ACCEPTED', 'ACCEPTED', 'ACCEPTED']);
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer.process));
  assert.deepEqual(
    answer.process.steps.map(({ name, system }) => `${system} ${name}`),
    ['BILLING post-usage-1', 'HUB note-thresholds'],
  );
  assert.deepEqual(hub.effectsOf(answer.process.id).stripe, ['usage.recorded', 'usage.recorded', 'usage.recorded']);
  assert.equal(Number(await usedNow(ground)), before + 40);
});

test('an id counts once for ever: in one batch, in another one, and under the same key', async () => {
  const ground = await metered();
  const [one, two] = [event(ground, '7'), event(ground, '8')];
  const before = Number(await usedNow(ground));
  const first = await record({ idempotencyKey: 'same', events: [one, one, two] });
  assert.deepEqual(statesOf(first), ['ACCEPTED', 'DUPLICATE', 'ACCEPTED']);
  const other = await record({ events: [{ ...one, quantity: '7.000' }, event(ground, '1')] });
  assert.deepEqual(statesOf(other), ['DUPLICATE', 'ACCEPTED']);
  assert.equal(other.events[0]?.countedBy?.id, first.process?.id);
  const again = await record({ idempotencyKey: 'same', events: [one, one, two] });
  assert.equal(again.replayed, true);
  assert.deepEqual(statesOf(again), statesOf(first));
  const nothing = await record({ events: [one, two] });
  assert.equal(nothing.process, null);
  assert.equal(nothing.duplicates, 2);
  assert.equal(Number(await usedNow(ground)), before + 16);
});

test('an id with other content is told, and not counted', async () => {
  const ground = await metered();
  const one = event(ground, '7');
  await record({ events: [one] });
  const answer = await record({ events: [event(ground, '1'), { ...one, quantity: '8' }] });
  assert.deepEqual(statesOf(answer), ['ACCEPTED', 'ID_REUSED']);
  assert.equal(answer.events[1]?.field, 'events.1.id');
});

test('50 equal batches at the same time count each event once', async () => {
  const ground = await metered();
  const before = Number(await usedNow(ground));
  const batch = [event(ground, '3'), event(ground, '4'), event(ground, '5')];
  const answers = await Promise.all(Array.from({ length: 50 }, () => record({ events: batch, waitSeconds: 0 })));
  assert.equal(answers.filter(({ accepted }) => accepted === 3).length, 1);
  assert.equal(answers.filter(({ duplicates }) => duplicates === 3).length, 49);
  const started = answers.find(({ process }) => process !== null)?.process;
  const { process } = await settled(started?.id ?? '');
  assert.equal(process.state, 'COMPLETED');
  assert.equal(Number(await usedNow(ground)), before + 12);
});

test('every event has its own verdict, with the path of what is wrong', async () => {
  const ground = await metered();
  const other = await metered();
  const licensed = ground.subscription.items[0]?.sku;
  const closed = new Date(Date.parse(ground.usage.periodStartsOn) - 1_000).toISOString();
  const cases: [object, string, string][] = [
    [event(ground, '1', { id: '' }), 'BAD_ID', 'id'],
    [event(ground, '1', { id: 'ä' }), 'BAD_ID', 'id'],
    [event(ground, '1', { subscriptionId: 'sub_unknown' }), 'UNKNOWN_SUBSCRIPTION', 'subscriptionId'],
    [event(ground, '1', { subscriptionId: '../x' }), 'UNKNOWN_SUBSCRIPTION', 'subscriptionId'],
    [event(other), 'OTHER_CUSTOMER', 'subscriptionId'],
    [event(ground, '1', { sku: 'USE-NOTHING' }), 'UNKNOWN_METER', 'sku'],
    [event(ground, '1', { sku: licensed }), 'NOT_METERED', 'sku'],
    [event(ground, '0'), 'BAD_QUANTITY', 'quantity'],
    [event(ground, '-3'), 'BAD_QUANTITY', 'quantity'],
    [event(ground, '1.5'), 'BAD_QUANTITY', 'quantity'],
    [event(ground, '1', { occurredAt: closed }), 'PERIOD_CLOSED', 'occurredAt'],
    [event(ground, '1', { occurredAt: '2099-01-01T00:00:00Z' }), 'IN_FUTURE', 'occurredAt'],
  ];
  const answer = await record({ events: [event(ground), ...cases.map(([one]) => one)] });
  assert.deepEqual(
    answer.events.slice(1).map(({ reason, field }) => [reason, field]),
    cases.map(([, reason, field], at) => [reason, `events.${at + 1}.${field}`]),
  );
  assert.ok(answer.events.slice(1).every(({ message }) => (message ?? '').length > 10));
  assert.deepEqual([answer.accepted, answer.rejected, answer.process?.state], [1, cases.length, 'COMPLETED']);
});

test('a batch of none, of too many and with a bad key is refused as a whole', async () => {
  const ground = await metered();
  for (const input of [
    { events: [] },
    { events: Array.from({ length: 1_001 }, () => event(ground)) },
    { events: [event(ground)], idempotencyKey: '' },
  ]) {
    const answer = await record(input);
    assert.equal(answer.__typename, 'UsageRefused', JSON.stringify(answer));
  }
});

test('with validateOnly nothing is accepted, and the same batch may come after it', async () => {
  const ground = await metered();
  const batch = [event(ground, '9'), event(ground, '-1')];
  const dry = await record({ events: batch, validateOnly: true });
  assert.deepEqual([dry.process, ...statesOf(dry)], [null, 'ACCEPTED', 'BAD_QUANTITY']);
  const real = await record({ events: batch });
  assert.deepEqual(statesOf(real), ['ACCEPTED', 'BAD_QUANTITY']);
});

test('a large batch is posted by the hundred', async () => {
  const ground = await metered();
  const before = Number(await usedNow(ground));
  const answer = await record({ events: Array.from({ length: 210 }, () => event(ground, '2')) });
  assert.equal(answer.accepted, 210);
  const { process } = await settled(answer.process?.id ?? '');
  assert.equal(process.state, 'COMPLETED', JSON.stringify(process));
  assert.deepEqual(
    process.steps.map(({ name }) => name),
    ['post-usage-1', 'post-usage-2', 'post-usage-3', 'note-thresholds'],
  );
  assert.equal(Number(await usedNow(ground)), before + 420);
});

test('unusual usage waits for a second person; a rejected batch leaves its ids free', async () => {
  const ground = await metered();
  const before = await usedNow(ground);
  const one = event(ground, '4001');
  const large = await record({ events: [one], waitSeconds: 0 });
  assert.equal(large.process?.state, 'WAITING_FOR_APPROVAL', JSON.stringify(large));
  assert.deepEqual(statesOf(await record({ events: [one] })), ['DUPLICATE']);
  const reject = 'mutation ($id: ID!) { rejectProcess(id: $id, reason: "a test run") { process { state } } }';
  await hub.ask(reject, { id: large.process.id }, { id: 'second' });
  assert.equal(await usedNow(ground), before);

  const again = await record({ events: [one], waitSeconds: 0 });
  assert.deepEqual(statesOf(again), ['ACCEPTED']);
  const approve = 'mutation ($id: ID!) { approveProcess(id: $id) { process { state } } }';
  await hub.ask(approve, { id: again.process?.id }, { id: 'second' });
  assert.equal((await settled(again.process?.id ?? '')).process.state, 'COMPLETED');
  assert.equal(Number(await usedNow(ground)), Number(before) + 4_001);
  const day = await record({ events: [event(ground, '1000')], waitSeconds: 0 });
  assert.equal(day.process?.state, 'WAITING_FOR_APPROVAL', 'the day has its own limit');
});

test('a threshold that is reached is told once in its period', async () => {
  const ground = await metered();
  const reached = async () =>
    (await readOutbox(db.withTables<OutboxTables>(), { after: '0', first: 1_000 }))
      .filter(
        ({ name, orderKey }) => name === 'UsageThresholdReached' && orderKey === `customer:${ground.customer.hubId}`,
      )
      .map(({ event: { data } }) => (data as { thresholdPercent: number }).thresholdPercent);
  await record({ events: [event(ground, '2500')] }); // 60 to 75 percent were used before
  assert.deepEqual(await reached(), [80]);
  await record({ events: [event(ground, '1')] });
  assert.deepEqual(await reached(), [80]);
  await record({ events: [event(ground, '2000')] });
  assert.deepEqual(await reached(), [80, 100]);
});

test('usage that billing refuses in the middle is taken back, and its ids are free again', async () => {
  const ground = await metered();
  const before = await usedNow(ground);
  const batch = Array.from({ length: 30 }, () => event(ground, '2'));
  hub.sandbox.addFault({
    vendor: 'stripe',
    kind: 'status',
    match: '^POST /v1/billing/meter_events$',
    status: 400,
    body: JSON.stringify({ error: { type: 'invalid_request_error', message: 'No active meter found.' } }),
    contentType: 'application/json',
    share: 0.2,
    count: 1,
  });
  const answer = await record({ events: batch });
  assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
  const effects = hub.effectsOf(answer.process.id).stripe;
  const recorded = effects.filter((effect) => effect === 'usage.recorded').length;
  assert.ok(recorded > 0, 'it was refused in the middle');
  assert.equal(effects.filter((effect) => effect === 'usage.cancelled').length, recorded);
  assert.equal(await usedNow(ground), before);
  const again = await record({ events: batch });
  assert.deepEqual([again.accepted, again.process?.state], [30, 'COMPLETED']);
  assert.equal(Number(await usedNow(ground)), Number(before) + 60);
});

describe('posting controls', () => {
  const judge = async (rules: Partial<UsageRules>, given: object, at = Date.now(), capabilities = {}) => {
    const { billing } = hub.ports;
    const ports = {
      ...hub.ports,
      billing: new Proxy(billing, {
        get: (target, name) =>
          name === 'capabilities' ? { ...target.capabilities, ...capabilities } : Reflect.get(target, name),
      }),
    };
    const usage = { claims: async () => new Map(), acceptedOn: async () => new Map() };
    const verdict = await judgeUsage(
      { ports, usage, rules: { ...DEFAULT_USAGE_RULES, ...rules }, now: at },
      { idempotencyKey: 'k', events: [given as never] },
      'prc_test' as never,
      { ...correlated, fresh: true },
    );
    if (verdict.kind === 'REFUSED') throw new Error(JSON.stringify(verdict.reasons));
    const [outcome] = verdict.kind === 'PASSED' ? verdict.plan.outcomes : verdict.outcomes;
    return { ...outcome, unusual: verdict.kind === 'PASSED' && verdict.unusual };
  };

  test('usage of a closed period is counted at the first instant of the open one, where the hub is set so', async () => {
    const ground = await metered();
    const late = event(ground, '1', {
      occurredAt: new Date(Date.parse(ground.usage.periodStartsOn) - 86_400_000).toISOString(),
    });
    assert.equal((await judge({}, late)).reason, 'PERIOD_CLOSED');
    assert.equal(
      (await judge({ closedPeriod: 'next' }, late)).countedAt,
      `${ground.usage.periodStartsOn}T00:00:00.000Z`,
    );
  });

  test('above the limit the event is rejected, where the hub is set so', async () => {
    const ground = await metered();
    const at = { mostPerEvent: 10, mostPerDay: 20 };
    assert.equal((await judge(at, event(ground, '10'))).unusual, false);
    assert.equal((await judge(at, event(ground, '11'))).unusual, true);
    assert.equal((await judge({ ...at, aboveLimit: 'reject' }, event(ground, '11'))).reason, 'ABOVE_LIMIT');
    assert.equal((await judge({ mostPerDay: 5, aboveLimit: 'reject' }, event(ground, '6'))).reason, 'ABOVE_LIMIT');
  });

  test('what billing does not take any more is told before it is sent', async () => {
    const ground = await metered();
    const clock = fixedClock(Date.parse(`${ground.usage.periodStartsOn}T00:00:00Z`));
    clock.advance(3 * 86_400_000);
    const given = event(ground, '1', { occurredAt: new Date(clock.now() - 2 * 86_400_000).toISOString() });
    assert.equal((await judge({ mostDaysBack: 1 }, given, clock.now())).reason, 'TOO_OLD');
    assert.equal((await judge({ mostDaysBack: 3 }, given, clock.now())).state, 'ACCEPTED');
  });

  test('fractions pass where billing counts them', async () => {
    const ground = await metered();
    assert.equal((await judge({}, event(ground, '0.000001'), Date.now(), { fractionalUsage: true })).state, 'ACCEPTED');
  });

  test('the settings are read from the environment, and wrong ones are named', () => {
    const read = usageRules({
      HUB_USAGE_MOST_PER_EVENT: '5',
      HUB_USAGE_ABOVE_LIMIT: 'reject',
      HUB_USAGE_CLOSED_PERIOD: 'next',
    });
    assert.deepEqual(read, { ...DEFAULT_USAGE_RULES, mostPerEvent: 5, aboveLimit: 'reject', closedPeriod: 'next' });
    assert.throws(() => usageRules({ HUB_USAGE_DAYS_BACK: '35' }), /HUB_USAGE_DAYS_BACK/);
    assert.throws(() => usageRules({ HUB_USAGE_CLOSED_PERIOD: 'drop' }), /HUB_USAGE_CLOSED_PERIOD/);
  });
});

/** The process once it has ended. */
async function settled(id: string): Promise<{ process: Run }> {
  for (const end = Date.now() + 60_000; ; ) {
    const found = await hub.ask<{ process: Run }>(PROCESS, { id });
    if (['COMPLETED', 'COMPENSATED', 'EXCEPTION'].includes(found.process.state)) return found;
    assert.ok(Date.now() < end, `${id} did not end: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
