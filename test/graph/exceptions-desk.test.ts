import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type GraphAnswer, type StartedHub, startHub } from '../support/hub.ts';
import { freePort } from '../support/free-port.ts';
import { freshCustomer, orderLines } from './behaviours/world.ts';

let hub: StartedHub;
before(async () => {
  hub = await startHub({ port: await freePort() });
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
  let waiting: Waiting | undefined;
  while (waiting === undefined) {
    [waiting] = (await hub.ask<{ exceptions: { nodes: Waiting[] } }>(DESK, { customerId })).data.exceptions.nodes;
  }
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
  for (let now = ''; now !== 'COMPLETED'; ) {
    const run = (await hub.ask<{ process: Run }>(STATE, { id })).data.process;
    now = run.state;
    assert.ok(['RUNNING', 'ACCEPTED', 'RETRYING', 'COMPLETED'].includes(now), JSON.stringify(run));
    assert.deepEqual([run.steps[0]?.state, run.steps[0]?.error], ['SKIPPED', 'done in the ERP']);
  }
});
