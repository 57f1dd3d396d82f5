import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Principal } from '../../../platform/principal.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import { approvalRules } from '../../../subgraphs/process/approvals/approval-rules.ts';
import { eventually } from '../../support/hub.ts';
import { type ActAnswer, AMEND, MERGE, PROCESS, type Run, SUBMIT } from './support/operations.ts';
import { type Hub, sellable, startHubOfProcesses } from './support/systems.ts';

const HOUR_MS = 3_600_000;
/** The hub's clock: real time, and what a test adds to it. */
let laterMs = 0;
let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses('worker', {
    clock: { now: () => Date.now() + laterMs },
    approvals: approvalRules({
      HUB_APPROVALS: 'amendSubscription:EUR=0,USD=0,GBP=0;mergeCustomers',
      HUB_APPROVAL_HOURS: '24',
    }),
  });
});
after(() => hub.close());

const APPROVAL = `approval { amount { amount currency } limit { amount } limitOf requestedBy requestedAt expiresAt
  decision decidedBy decidedAt reason process { id } }`;
const APPROVE = `mutation ($id: ID!) { approveProcess(id: $id) { process { id state steps { name } ${APPROVAL} } } }`;
const REJECT = `mutation ($id: ID!, $reason: String!) { rejectProcess(id: $id, reason: $reason) { process { id state reason ${APPROVAL} } } }`;
const STATE = `query ($id: ID!) { process(id: $id) { id state reason steps { name } ${APPROVAL} } }`;
const WAITING = '{ approvals(first: 100) { nodes { process { id } amount { amount } } } }';

interface Waiting extends Run {
  readonly approval: Record<string, unknown> | null;
}

const PORTAL: Partial<Principal> = { id: 'portal' };
const APPROVER: Partial<Principal> = { id: 'approver' };
const limited = (customer: WorldCustomer, above?: 'refuse' | 'approval', amount = '0.01'): Partial<Principal> => ({
  ...PORTAL,
  acts: { submitOrder: { upTo: { [customer.currency]: amount }, ...(above ? { above } : {}) } },
});
const orderOf = (customer: WorldCustomer, key: string) => ({
  idempotencyKey: key,
  customerId: customer.hubId,
  currency: customer.currency,
  lines: [{ sku: sellable(hub.world, 'SERVICE', customer.currency), quantity: 1 }],
});
const submit = async (input: object, as: Partial<Principal>): Promise<ActAnswer> =>
  (await hub.ask<{ submitOrder: ActAnswer }>(SUBMIT, { input }, as)).submitOrder;
const stateOf = async (id: string): Promise<Waiting> => (await hub.ask<{ process: Waiting }>(STATE, { id })).process;
const codesOf = async (query: string, variables: object, as: Partial<Principal>) =>
  (await hub.errorsOf(query, variables, as)).map(({ code }) => code);
const written = () => hub.sandbox.ledger('netsuite').length + hub.sandbox.ledger('stripe').length;

/** An order that waits because it is above what its key may spend alone. */
async function waitingOrder(key: string): Promise<string> {
  const customer = hub.freshCustomer();
  const answer = await submit({ ...orderOf(customer, key), waitSeconds: 30 }, limited(customer, 'approval'));
  assert.equal(answer.process?.state, 'WAITING_FOR_APPROVAL', JSON.stringify(answer));
  return answer.process.id;
}

test('B17 an act above the amount of its key is refused as LIMIT_EXCEEDED, and nothing is run', async () => {
  const customer = hub.freshCustomer();
  const before = written();
  const [error, ...more] = await hub.errorsOf(SUBMIT, { input: orderOf(customer, 'over') }, limited(customer));
  assert.deepEqual([error?.code, more.length], ['LIMIT_EXCEEDED', 0]);
  assert.match(
    error?.message ?? '',
    /submitOrder would cost [\d.]+ [A-Z]{3}; your key allows up to 0\.01 [A-Z]{3}\. Nothing was run/,
  );
  const { processes } = await hub.ask<{ processes: { nodes: unknown[] } }>('{ processes(first: 1) { nodes { id } } }');
  assert.deepEqual(processes.nodes, []);
  assert.equal(written(), before);
});

test('B17 a currency that the limit does not name is above it; the very amount of the limit is not', async () => {
  const customer = hub.freshCustomer();
  const input = orderOf(customer, 'other currency');
  const other = { ...PORTAL, acts: { submitOrder: { upTo: { XXX: '1000000' } } } };
  assert.deepEqual(await codesOf(SUBMIT, { input }, other), ['LIMIT_EXCEEDED']);
  const priced = hub.world.products.find(({ sku }) => sku === input.lines[0]?.sku)?.prices[customer.currency];
  const [{ message } = { message: '' }] = await hub.errorsOf(SUBMIT, { input }, limited(customer));
  const cost = / would cost ([\d.]+) /.exec(message)?.[1] ?? '';
  assert.ok(priced !== undefined && Number(cost) > 0);
  const exact = await submit({ ...input, waitSeconds: 30 }, limited(customer, 'refuse', cost));
  assert.equal(exact.process.state, 'COMPLETED', JSON.stringify(exact));
});

test('an act that the key does not name is refused again inside the subgraph', async () => {
  const customer = hub.freshCustomer();
  const as = { ...PORTAL, acts: { amendSubscription: {} } };
  assert.deepEqual(await codesOf(SUBMIT, { input: orderOf(customer, 'unnamed') }, as), ['FORBIDDEN']);
});

test('B17 where the key says so, the act waits for a second person: nothing is run, and the same key finds it again', async () => {
  const before = written();
  const customer = hub.freshCustomer();
  const as = limited(customer, 'approval');
  const input = { ...orderOf(customer, 'waits'), waitSeconds: 30 };
  const [first, again] = [await submit(input, as), await submit(input, as)];
  assert.equal(first.process.state, 'WAITING_FOR_APPROVAL');
  assert.deepEqual([again.replayed, again.process.id], [true, first.process.id]);
  const process = await stateOf(first.process.id);
  assert.deepEqual(process.steps, []);
  assert.equal(process.approval?.limitOf, 'KEY');
  assert.deepEqual(process.approval?.limit, { amount: '0.01' });
  assert.equal(process.approval?.requestedBy, 'portal');
  assert.equal(process.approval?.decision, null);
  const { approvals } = await hub.ask<{ approvals: { nodes: { process: { id: string } }[] } }>(WAITING);
  assert.ok(approvals.nodes.some((one) => one.process.id === first.process.id));
  assert.equal(written(), before);
});

test('B20 who asked for a process cannot approve it: SELF_APPROVAL, and it waits on', async () => {
  const id = await waitingOrder('own');
  assert.deepEqual(await codesOf(APPROVE, { id }, PORTAL), ['SELF_APPROVAL']);
  assert.equal((await stateOf(id)).state, 'WAITING_FOR_APPROVAL');
});

test('a second person approves, and the process runs once, whoever asks again', async () => {
  const id = await waitingOrder('approved');
  const answers = await Promise.all(
    ['approver', 'second approver'].map((name) => hub.errorsOf(APPROVE, { id }, { id: name })),
  );
  assert.deepEqual(
    answers.flat().map(({ code }) => code),
    ['CONFLICT'],
  );
  const input = { id };
  for (let state = ''; state !== 'COMPLETED'; ) {
    state = (await hub.ask<{ process: Run }>(PROCESS, input)).process.state;
    assert.ok(['ACCEPTED', 'RUNNING', 'RETRYING', 'COMPLETED'].includes(state), state);
  }
  assert.deepEqual(hub.effectsOf(id).netsuite, ['sales-order.opened']);
  const { approval } = await stateOf(id);
  assert.equal(approval?.decision, 'APPROVED');
  assert.deepEqual(await hub.errorsOf(APPROVE, { id }, { id: String(approval?.decidedBy) }), []); // a lost answer
  assert.deepEqual(hub.effectsOf(id).netsuite, ['sales-order.opened']);
});

test('an approver approves up to the amount of its own key', async () => {
  const id = await waitingOrder('too much for the approver');
  const small = { ...APPROVER, acts: { approveProcess: { upTo: { EUR: '0.01', USD: '0.01', GBP: '0.01' } } } };
  assert.deepEqual(await codesOf(APPROVE, { id }, small), ['LIMIT_EXCEEDED']);
  assert.deepEqual(await codesOf(APPROVE, { id }, { ...APPROVER, acts: {} }), ['FORBIDDEN']);
  assert.equal((await stateOf(id)).state, 'WAITING_FOR_APPROVAL');
});

test('an approver whose rows do not hold the customer sees nothing that waits, and approves nothing', async () => {
  const id = await waitingOrder('not among the rows');
  const elsewhere = { ...APPROVER, rows: { customers: ['C-1'] } };
  assert.deepEqual(await codesOf(APPROVE, { id }, elsewhere), ['NOT_FOUND']);
  assert.deepEqual(await codesOf(REJECT, { id, reason: 'no' }, elsewhere), ['NOT_FOUND']);
  const { approvals } = await hub.ask<{ approvals: { nodes: unknown[] } }>(WAITING, {}, elsewhere);
  assert.deepEqual(approvals.nodes, []);
  assert.equal((await stateOf(id)).state, 'WAITING_FOR_APPROVAL');
});

test('what is rejected ends, with the reason; nothing of it ran, and it cannot be approved any more', async () => {
  const id = await waitingOrder('rejected');
  for (const reason of ['', ' ', 'x'.repeat(501), 'two\nlines']) {
    assert.deepEqual(await codesOf(REJECT, { id, reason }, APPROVER), ['INVALID'], reason);
  }
  const { rejectProcess } = await hub.ask<{ rejectProcess: { process: Waiting } }>(
    REJECT,
    { id, reason: 'over budget' },
    APPROVER,
  );
  assert.equal(rejectProcess.process.state, 'REJECTED');
  assert.equal(rejectProcess.process.reason, 'over budget');
  assert.equal(rejectProcess.process.approval?.decidedBy, 'approver');
  assert.deepEqual(await codesOf(APPROVE, { id }, APPROVER), ['CONFLICT']);
  assert.deepEqual(hub.effectsOf(id), { netsuite: [], stripe: [], zendesk: [], salesforce: [] });
});

test('what does not wait, or is not there, is NOT_FOUND', async () => {
  const customer = hub.freshCustomer();
  const { process } = await submit({ ...orderOf(customer, 'runs at once'), waitSeconds: 30 }, PORTAL);
  for (const id of [process.id, 'prc_nothing']) {
    assert.deepEqual(await codesOf(APPROVE, { id }, APPROVER), ['NOT_FOUND']);
    assert.deepEqual(await codesOf(REJECT, { id, reason: 'no' }, APPROVER), ['NOT_FOUND']);
  }
});

test('above the hub’s own limit any key waits, and what waits keeps others from amending; in time it ends as REJECTED', async () => {
  const customer = hub.freshCustomer();
  const [known] = await hub.ports.identity.customers([customer.hubId as never], {
    correlationId: 'cor-test',
    signal: AbortSignal.timeout(60_000),
  });
  const [page] = await hub.ports.billing.subscriptionsOf(
    [{ of: known?.externalIdBySystem.BILLING as never, first: 10, after: null, status: 'ACTIVE' }],
    { correlationId: 'cor-test', signal: AbortSignal.timeout(60_000) },
  );
  const subscription = page?.entries[0];
  assert.ok(subscription);
  const items = subscription.items.map(({ sku, quantity }) => ({ sku, quantity: quantity + 5 }));
  const amend = async (idempotencyKey: string) =>
    (
      await hub.ask<{ amendSubscription: ActAnswer }>(
        AMEND,
        { input: { idempotencyKey, subscriptionId: subscription.id, items, waitSeconds: 30 } },
        PORTAL,
      )
    ).amendSubscription;
  const first = await amend('more seats');
  assert.equal(first.process?.state, 'WAITING_FOR_APPROVAL', JSON.stringify(first));
  assert.equal((await stateOf(first.process.id)).approval?.limitOf, 'HUB');
  assert.ok((await amend('more seats too')).reasons.some(({ code }) => code === 'PROCESS_RUNNING'));

  laterMs = 24 * HOUR_MS + 1;
  const { approvals } = await hub.ask<{ approvals: { nodes: { process: { id: string } }[] } }>(WAITING);
  assert.ok(approvals.nodes.every((one) => one.process.id !== first.process.id));
  assert.deepEqual(await codesOf(APPROVE, { id: first.process.id }, APPROVER), ['CONFLICT']);
  const late = await stateOf(first.process.id);
  assert.deepEqual(
    [late.state, late.reason, late.approval?.decision],
    ['REJECTED', 'nobody approved it in time', 'EXPIRED'],
  );
  laterMs = 0;
  const next = await amend('more seats, again');
  assert.equal(next.process?.state, 'WAITING_FOR_APPROVAL', JSON.stringify(next));
});

test('four eyes: a merge waits for a second person, shows what it would write, keeps nobody else from merging, and then runs', async () => {
  const pair = () => ({ survivorId: hub.freshCustomer('EUR').hubId, mergedId: hub.freshCustomer('EUR').hubId });
  const merge = async (input: object, as = PORTAL) =>
    (await hub.ask<{ mergeCustomers: ActAnswer }>(MERGE, { input: { waitSeconds: 30, ...input } }, as)).mergeCustomers;
  const first = pair();
  const preview = `query ($input: MergeCustomersInput!) { previewMergeCustomers(input: $input) {
    ... on Preview { approval { amount { amount } limit { amount } limitOf } } } }`;
  const seen = await hub.ask(preview, { input: { ...first, idempotencyKey: 'pair' } }, PORTAL);
  assert.deepEqual(seen, { previewMergeCustomers: { approval: { amount: null, limit: null, limitOf: 'HUB' } } });
  const { process } = await merge({ ...first, idempotencyKey: 'pair' });
  assert.equal(process.state, 'WAITING_FOR_APPROVAL', JSON.stringify(process));
  const { approval } = await stateOf(process.id);
  assert.deepEqual([approval?.amount, approval?.limitOf, approval?.requestedBy], [null, 'HUB', 'portal']);
  assert.deepEqual(await codesOf(APPROVE, { id: process.id }, PORTAL), ['SELF_APPROVAL']);
  const again = await merge({ ...first, idempotencyKey: 'the same two' });
  assert.ok(again.reasons.every(({ code }) => code === 'PROCESS_RUNNING') && again.reasons.length > 0);
  const other = await merge({ ...pair(), idempotencyKey: 'another pair' });
  assert.equal(other.process?.state, 'WAITING_FOR_APPROVAL', JSON.stringify(other));
  for (const { id } of [process, other.process]) {
    await hub.ask(APPROVE, { id }, APPROVER);
    await eventually(`${id} completes`, async () => (await stateOf(id)).state === 'COMPLETED');
  }
});

test('HUB_APPROVALS is told what is wrong with it', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['submitOrder', /HUB_APPROVALS: must be like submitOrder:EUR=10000/],
    ['submitOrder:EUR', /must be like/],
    ['submitOrder:EUR=-5', /must be like/],
    ['submitOrder:eur=5', /must be like/],
    ['retryProcess:EUR=5', /unknown act retryProcess; there are submitOrder, amendSubscription/],
    ['submitOrder:EUR=5;submitOrder:USD=5', /names submitOrder twice/],
  ];
  for (const [text, wrong] of cases) assert.throws(() => approvalRules({ HUB_APPROVALS: text }), wrong, text);
  assert.throws(() => approvalRules({ HUB_APPROVAL_HOURS: '0' }), /HUB_APPROVAL_HOURS: must be a whole number from 1/);
  const read = approvalRules({ HUB_APPROVALS: ' submitOrder:EUR=10000,USD=12000.50 ; amendSubscription:EUR=0 ' });
  assert.deepEqual(read.upTo, { submitOrder: { EUR: '10000', USD: '12000.50' }, amendSubscription: { EUR: '0' } });
});
