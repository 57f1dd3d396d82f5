import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createDb } from '../../../platform/db/db.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import { closeBeforeDatabase } from '../../support/database.ts';
import { type ActAnswer, PROCESS, RETRY, type Run, SUBMIT } from './support/operations.ts';
import { type Hub, sellable, startHubOfProcesses } from './support/systems.ts';

/** The middle one of three writes to three systems, with one more after it. */
const THIRD = { vendor: 'zendesk', match: '^(POST|PUT|PATCH) .*records(?!/search)' } as const;
const REFUSED = JSON.stringify({ error: 'RecordInvalid', description: 'Record validation errors', details: {} });

let hub: Hub;
let db: ReturnType<typeof createDb>;
before(async () => {
  hub = await startHubOfProcesses();
  db = createDb(hub.databaseUrl);
  closeBeforeDatabase(() => db.destroy());
});
after(() => hub.close());
beforeEach(() => hub.sandbox.removeFaults());

const order = (idempotencyKey: string) => {
  const { hubId, currency } = hub.freshCustomer();
  const lines = [
    { sku: sellable(hub.world, 'SERVICE', currency), quantity: 1 },
    { sku: sellable(hub.world, 'SUBSCRIPTION', currency), quantity: 2 },
  ];
  return { idempotencyKey, customerId: hubId, currency, lines, waitSeconds: 30 };
};
const submit = async (input: object): Promise<ActAnswer> =>
  (await hub.ask<{ submitOrder: ActAnswer }>(SUBMIT, { input })).submitOrder;
const processOf = async (id: string): Promise<Run> => (await hub.ask<{ process: Run }>(PROCESS, { id })).process;

async function until(id: string, state: string): Promise<Run> {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const run = await processOf(id);
    if (run.state === state) return run;
  }
  return assert.fail(`${id} never was ${state}: ${JSON.stringify(await processOf(id))}`);
}
const eventsOf = async (id: string): Promise<string[]> => {
  const rows = await db
    .withTables<SagaTables>()
    .selectFrom('process.audit')
    .select(['event', 'step'])
    .where('run_id', '=', id)
    .orderBy('id')
    .execute();
  return rows.map(({ event, step }) => (step === null ? event : `${event} ${step}`));
};

test('C15 a system that asks to wait is waited for: RETRYING with the next time, then completed, and nothing is undone', async () => {
  hub.sandbox.addFault({ ...THIRD, kind: 'status', status: 429, retryAfter: '1', body: '{}', count: 1 });
  const { process } = await submit({ ...order('c15'), waitSeconds: 0 });
  await until(process.id, 'RETRYING');
  const row = await db
    .withTables<SagaTables>()
    .selectFrom('process.step')
    .selectAll()
    .where('run_id', '=', process.id)
    .where('name', '=', 'grant-entitlement')
    .executeTakeFirstOrThrow();
  assert.ok(row.next_attempt_at, 'the next attempt has its time');
  const run = await until(process.id, 'COMPLETED');
  assert.equal(run.steps.find(({ name }) => name === 'grant-entitlement')?.attempts, 2);
  assert.ok(!(await eventsOf(process.id)).some((event) => event.startsWith('UNDO')));
});

test('C16 a refusal at the third step undoes the second and the first, in that order, to net zero; the reason is kept', async () => {
  hub.sandbox.addFault({
    ...THIRD,
    kind: 'status',
    status: 422,
    body: REFUSED,
    contentType: 'application/json',
  });
  const { process } = await submit(order('c16'));
  assert.equal(process.state, 'COMPENSATED', JSON.stringify(process));
  assert.ok(process.reason);
  const undone = (await eventsOf(process.id)).filter((event) => event.startsWith('UNDONE '));
  assert.deepEqual(
    undone.filter((event) => !event.includes('grant-entitlement')),
    ['UNDONE open-subscription', 'UNDONE open-sales-order'],
  );
  const effects = hub.effectsOf(process.id);
  assert.deepEqual(effects.netsuite, ['sales-order.opened', 'sales-order.cancelled']);
  assert.deepEqual(
    effects.stripe.filter((effect) => effect.startsWith('subscription.')),
    ['subscription.opened', 'subscription.cancelled'],
  );
  assert.deepEqual([effects.zendesk, effects.salesforce], [[], []]);
  assert.deepEqual(await hub.toldBy(process.id), [], 'the world never hears of it');
});

test('C17 an undo that fails three times waits with its context, and is done when an operator retries', async () => {
  const input = order('c17');
  hub.sandbox.addFault({ ...THIRD, kind: 'status', status: 422, body: REFUSED, contentType: 'application/json' });
  const undoing = { vendor: 'stripe', match: '^DELETE /v1/subscriptions' } as const;
  const fault = hub.sandbox.addFault({ ...undoing, kind: 'status', status: 503, body: '{}' });
  const { process } = await submit(input);
  assert.equal(process.state, 'EXCEPTION', JSON.stringify(process));
  const { exception } = process;
  assert.deepEqual([exception?.causeClass, exception?.step], ['UNDO_FAILED', 'open-subscription']);
  assert.deepEqual(exception?.customer, { id: input.customerId });
  assert.ok(exception?.contractId && exception.amountAtRisk && exception.region, JSON.stringify(exception));
  assert.equal(
    (await eventsOf(process.id)).filter((event) => /^UNDO_(RETRIES|FAILED) open-subscription$/.test(event)).length,
    3,
  );
  hub.sandbox.removeFault(fault);
  for (;;) {
    const { state } = await processOf(process.id);
    if (state === 'COMPENSATED') break;
    if (state === 'EXCEPTION') await hub.errorsOf(RETRY, { id: process.id }); // the breaker may still be open
  }
  assert.deepEqual(hub.effectsOf(process.id).netsuite, ['sales-order.opened', 'sales-order.cancelled']);
});

test('C20 one key is one process: twice in a row, fifty at once, and after it has completed', async () => {
  const input = order('c20');
  const answers = await Promise.all(Array.from({ length: 50 }, () => submit(input)));
  const ids = new Set(answers.map(({ process }) => process.id));
  assert.equal(ids.size, 1);
  assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
  for (const again of [await submit(input), await submit({ ...input, waitSeconds: 0 })]) {
    assert.deepEqual([again.replayed, again.process.id, again.process.state], [true, [...ids][0], 'COMPLETED']);
  }
  assert.deepEqual(hub.effectsOf([...ids][0] ?? '').netsuite, ['sales-order.opened']);
});

test('C21 the same key with other input is refused, nothing runs, and the first process is as it was', async () => {
  const input = order('c21');
  const { process } = await submit(input);
  const events = await eventsOf(process.id);
  const written = hub.sandbox.ledger('netsuite').length;
  const [error] = await hub.errorsOf(SUBMIT, { input: { ...input, purchaseOrderNumber: 'another' } });
  assert.equal(error?.code, 'IDEMPOTENCY_KEY_REUSED');
  assert.equal(hub.sandbox.ledger('netsuite').length, written);
  assert.deepEqual(await eventsOf(process.id), events);
});

test('C22 a key whose input was refused is free: the right input runs under it', async () => {
  const input = order('c22');
  const bad = await submit({ ...input, lines: [{ sku: 'NO-SUCH-SKU', quantity: 1 }] });
  assert.equal(bad.__typename, 'OrderRejected');
  const good = await submit(input);
  assert.deepEqual([good.replayed, good.process.state], [false, 'COMPLETED']);
});
