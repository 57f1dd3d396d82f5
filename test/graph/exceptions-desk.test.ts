import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { eventually, type GraphAnswer, type StartedHub } from '../support/hub.ts';
import { startHubOnTestDatabase } from '../support/hub-on-test-database.ts';
import { freshCustomer, orderLines } from './behaviours/world.ts';

let hub: StartedHub;
before(async () => {
  hub = await startHubOnTestDatabase({ port: await freePort() });
});
after(() => hub.close());

const PREVIEW = `query ($input: SubmitOrderInput!) { previewSubmitOrder(input: $input) { __typename
  ... on Preview { planId approval { limitOf } writes { field oldValue newValue } } } }`;
const SUBMIT = `mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { __typename
  ... on OrderAccepted { process { id state } } ... on OrderRejected { reasons { code field newPlanId } } } }`;
const DESK = `query ($customerId: ID!) { exceptions(customerId: $customerId, system: ERP) { nodes {
  process { id steps { name state input } } inDoubt mappingVersion editable history { event by } } } }`;
const EDIT = `mutation ($id: ID!, $changes: JSON!) {
  editAndRetryProcess(id: $id, changes: $changes, reason: "a typing error") { edit { id changes { field oldValue newValue } } } }`;
const CONFIRM = 'mutation ($id: ID!) { confirmEdit(id: $id) { process { id state } } }';
const SKIP = `mutation ($id: ID!, $stated: JSON) {
  skipStep(id: $id, reason: "done in the ERP", stated: $stated) { process { id state } } }`;
const STATE = 'query ($id: ID!) { process(id: $id) { state steps { name state error } } }';

interface Submitted {
  readonly process: { readonly id: string; readonly state: string };
  readonly reasons: readonly { readonly code: string; readonly field: string }[];
}
interface Waiting {
  readonly process: { readonly id: string; readonly steps: readonly { name: string; state: string; input: unknown }[] };
  readonly inDoubt: boolean;
  readonly mappingVersion: string;
  readonly editable: readonly string[];
  readonly history: readonly { event: string }[];
}
interface Run {
  readonly state: string;
  readonly steps: readonly { readonly state: string; readonly error: string | null }[];
}
const verdict = ({ status, errors }: GraphAnswer<unknown>) => [
  status,
  ...errors.map(({ extensions }) => extensions.code),
];

test('an act is held to its preview, and what waits is seen, edited and skipped at the desk, through the whole hub', async () => {
  const customer = freshCustomer();
  const { hubId: customerId, currency } = customer;
  const order = (idempotencyKey: string) => ({
    idempotencyKey,
    customerId,
    currency,
    purchaseOrderNumber: 'PO-1',
    lines: orderLines(customer),
    waitSeconds: 30,
  });
  const submit = async (input: object) => {
    const { data, errors } = await hub.ask<{ submitOrder: Submitted }>(SUBMIT, { input }, 'portal');
    assert.deepEqual(errors, []);
    return data.submitOrder;
  };

  const input = order('held to its plan');
  const { data } = await hub.ask<{ previewSubmitOrder: { planId: string } }>(PREVIEW, { input }, 'portal');
  const confirm = data.previewSubmitOrder.planId;
  const other = await submit({ ...input, purchaseOrderNumber: 'PO-2', confirm });
  assert.deepEqual(
    other.reasons.map(({ code, field }) => `${code} ${field}`),
    ['BAD_VALUE confirm'],
  );
  const confirmed = await submit({ ...input, confirm });
  assert.equal(confirmed.process?.state, 'COMPLETED', JSON.stringify(confirmed));

  hub.sandbox.addFault({ vendor: 'netsuite', match: '^PUT .*salesOrder', kind: 'status', status: 503, body: '{}' });
  const { id } = (await submit({ ...order('stuck'), waitSeconds: 0 })).process;
  const waiting = await eventually('it waits at the desk', async () => {
    const { data: desk } = await hub.ask<{ exceptions: { nodes: Waiting[] } }>(DESK, { customerId });
    return desk.exceptions.nodes[0];
  });
  hub.sandbox.removeFaults();
  assert.deepEqual([waiting.process.id, waiting.inDoubt, waiting.editable], [id, true, ['purchaseOrderNumber']]);
  assert.equal(waiting.process.steps[0]?.state, 'UNKNOWN');
  assert.match(JSON.stringify(waiting.process.steps[0]?.input), /"purchaseOrderNumber":"PO-1"/);
  assert.match(waiting.mappingVersion, /^[0-9a-f]{12}$/);
  assert.equal(waiting.history.at(-1)?.event, 'EXCEPTION');

  const changes = { purchaseOrderNumber: 'PO-3' };
  const asked = await hub.ask<{ editAndRetryProcess: { edit: { id: string; changes: unknown } } }>(EDIT, {
    id,
    changes,
  });
  assert.deepEqual(verdict(asked), [200], JSON.stringify(asked.errors));
  const { edit } = asked.data.editAndRetryProcess;
  assert.deepEqual(edit.changes, [{ field: 'purchaseOrderNumber', oldValue: 'PO-1', newValue: 'PO-3' }]);
  assert.deepEqual(verdict(await hub.ask(CONFIRM, { id: edit.id })), [403, 'SELF_APPROVAL']);
  const wrong = await hub.ask(EDIT, { id, changes: { customerId: '1' } });
  assert.equal(wrong.errors[0]?.extensions.field, 'changes.customerId');
  for (const [query, variables] of [
    [EDIT, { id, changes }],
    [SKIP, { id }],
    [CONFIRM, { id: edit.id }],
  ] as const) {
    assert.deepEqual(verdict(await hub.ask(query, variables, 'portal')), [403, 'FORBIDDEN']);
  }
  const amount = { amount: '10.00', currency };
  const stated = { id: '990001', number: 'SO-BY-HAND', netTotal: amount, tax: null, total: amount };
  assert.deepEqual(verdict(await hub.ask(SKIP, { id, stated })), [200]);
  await eventually('it is completed', async () => {
    const run = (await hub.ask<{ process: Run }>(STATE, { id })).data.process;
    assert.ok(['RUNNING', 'ACCEPTED', 'RETRYING', 'COMPLETED'].includes(run.state), JSON.stringify(run));
    assert.deepEqual([run.steps[0]?.state, run.steps[0]?.error], ['SKIPPED', 'done in the ERP']);
    return run.state === 'COMPLETED';
  });
});

const CLOSE = `mutation ($input: CloseSystemInput!) {
  closeSystem(input: $input) { id system step until reason closedBy waiting } }`;
const OPEN = 'mutation ($id: ID!) { openSystem(id: $id) { id waiting } }';
const CLOSURES = '{ systemClosures { id system step waiting } postingWindows { system days from to zone opensAt } }';
const WAITS = 'query ($id: ID!) { process(id: $id) { state resumesAt waitsFor steps { name state } } }';

interface Put {
  readonly state: string;
  readonly resumesAt: string | null;
  readonly waitsFor: string | null;
  readonly steps: readonly { readonly name: string; readonly state: string }[];
}

test('acts that come in during maintenance are accepted, shown with the promised time, and go on when the system is opened', async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const closing = { until, reason: 'year-end closing' };
  const close = (input: object, key?: 'portal') =>
    hub.ask<{ closeSystem: { id: string } }>(CLOSE, { input: { ...closing, ...input } }, key);
  const put = async (id: string) => (await hub.ask<{ process: Put }>(WAITS, { id })).data.process;
  const submit = async (idempotencyKey: string) => {
    const customer = freshCustomer();
    const { hubId: customerId, currency } = customer;
    const input = { idempotencyKey, customerId, currency, lines: orderLines(customer), waitSeconds: 30 };
    const { data } = await hub.ask<{ submitOrder: Submitted }>(SUBMIT, { input }, 'portal');
    return data.submitOrder.process;
  };
  const completes = (id: string) => eventually(`${id} completes`, async () => (await put(id)).state === 'COMPLETED');

  const erp = await close({ system: 'ERP' });
  assert.deepEqual(verdict(erp), [200], JSON.stringify(erp.errors));
  const { id: closed, ...shown } = erp.data.closeSystem;
  const { closedBy: _operator, ...about } = shown as Record<string, unknown>;
  assert.deepEqual(about, { system: 'ERP', step: null, ...closing, waiting: 0 });
  const waiting = await submit('during maintenance'); // answered long before its 30 seconds are over
  assert.equal(waiting.state, 'WAITING');
  assert.deepEqual(await put(waiting.id), {
    state: 'WAITING',
    resumesAt: until,
    waitsFor: `ERP takes nothing until ${until}: year-end closing`,
    steps: [],
  });
  assert.deepEqual((await hub.ask(CLOSURES)).data, {
    systemClosures: [{ id: closed, system: 'ERP', step: null, waiting: 1 }],
    postingWindows: [],
  });
  assert.equal((await hub.ask<{ openSystem: { waiting: number } }>(OPEN, { id: closed })).data.openSystem.waiting, 1);
  await completes(waiting.id);

  const part = await close({ system: 'SUPPORT', step: 'grant-entitlement' });
  const behind = await submit('one step alone');
  assert.equal(behind.state, 'WAITING');
  assert.deepEqual(
    (await put(behind.id)).steps.map(({ name, state }) => `${name} ${state}`),
    ['open-sales-order DONE', 'open-subscription DONE'],
  );
  await hub.ask(OPEN, { id: part.data.closeSystem.id });
  await completes(behind.id);
});

test('only operators close a system, and what makes no sense is refused with its field', async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const right = { system: 'ERP', until, reason: 'upgrade' };
  assert.deepEqual(verdict(await hub.ask(CLOSE, { input: right }, 'portal')), [403, 'FORBIDDEN']);
  assert.deepEqual(verdict(await hub.ask(OPEN, { id: 'cls_1' }, 'portal')), [403, 'FORBIDDEN']);
  for (const [wrong, field] of [
    [{ until: '2020-01-01T00:00:00.000Z' }, 'until'],
    [{ from: until }, 'until'],
    [{ until: new Date(Date.now() + 40 * 86_400_000).toISOString() }, 'until'],
    [{ system: 'SUCCESS' }, 'system'],
    [{ step: 'grant-entitlement' }, 'step'],
    [{ reason: ' ' }, 'reason'],
  ] as const) {
    const { errors } = await hub.ask(CLOSE, { input: { ...right, ...wrong } });
    assert.equal(errors[0]?.extensions.field, field, JSON.stringify(errors));
  }
  assert.equal((await hub.ask(OPEN, { id: 'cls_1' })).errors[0]?.extensions.code, 'NOT_FOUND');
  assert.deepEqual((await hub.ask<{ systemClosures: unknown[] }>(CLOSURES)).data.systemClosures, []);
});
