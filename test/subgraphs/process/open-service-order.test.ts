import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import {
  type AfterSalesAnswer,
  afterSalesGrounds,
  OPEN_SERVICE,
  PREVIEW_SERVICE,
  serviceInput,
  tomorrow,
} from './support/after-sales.ts';
import { correlated, type Hub, startHubOfProcesses } from './support/systems.ts';

let hub: Hub;
let grounds: Awaited<ReturnType<typeof afterSalesGrounds>>;
before(async () => {
  hub = await startHubOfProcesses();
  grounds = await afterSalesGrounds(hub);
});
after(() => hub.close());

const open = async (input: object): Promise<AfterSalesAnswer> =>
  (await hub.ask<{ openServiceOrder: AfterSalesAnswer }>(OPEN_SERVICE, { input })).openServiceOrder;
const available = async (sku: string) =>
  (await hub.ports.erp.products([id(sku)], correlated))[0]?.inventory?.available ?? Number.NaN;
const refused = async (input: object, field: string, code: string): Promise<void> => {
  const answer = await open(input);
  assert.equal(answer.__typename, 'ServiceOrderRejected', `${field} ${JSON.stringify(answer)}`);
  const found = answer.reasons.find((reason) => reason.field === field && reason.code === code);
  assert.ok(found, `${code} of ${field} in ${JSON.stringify(answer.reasons)}`);
  assert.match(found.message, /\w+ \w+/);
};

test('under warranty parts are reserved, a visit is planned, case and account are told, and nothing is invoiced', async () => {
  const ground = grounds.covered();
  const before = await available('GDS-CABLE-5M');
  const answer = await open(serviceInput(ground, 'covered'));
  assert.equal(answer.__typename, 'ServiceOrderAccepted', JSON.stringify(answer));
  assert.equal(answer.process.state, 'COMPLETED', JSON.stringify(answer.process));
  assert.deepEqual(
    answer.process.steps.map(({ name, system, state }) => `${system} ${name} ${state}`),
    ['ERP open-service-order DONE', 'ERP dispatch-technician DONE', 'SUPPORT note-case DONE', 'CRM note-activity DONE'],
  );
  assert.equal(answer.charges.oneTime?.amount, '0.00');
  const effects = hub.effectsOf(answer.process.id);
  assert.deepEqual(
    [effects.netsuite, effects.zendesk, effects.salesforce],
    [['service-order.opened', 'visit.planned'], ['case.noted'], ['activity.noted']],
  );
  assert.deepEqual(await hub.toldBy(answer.process.id), [
    `ServiceOrderOpened service-order:${answer.serviceOrder?.id}`,
  ]);
  assert.equal(await available('GDS-CABLE-5M'), before - 2);
  const [opened] = await hub.ports.erp.serviceOrders([id(answer.serviceOrder?.id ?? '')], correlated);
  assert.deepEqual(
    [opened?.caseId, opened?.assetSerialNumber, opened?.dispatchOn, opened?.billable],
    [ground.openCase.id, ground.asset.serialNumber, tomorrow(), false],
  );
  const again = await open(serviceInput(ground, 'covered'));
  assert.deepEqual([again.replayed, again.process.id], [true, answer.process.id]);
});

test('out of warranty it is done only for who accepts the charges, which are told, and then invoiced', async () => {
  const ground = grounds.expired();
  await refused(serviceInput(ground, 'not-agreed'), 'acceptCharges', 'NOT_UNDER_WARRANTY');
  const input = serviceInput(ground, 'agreed', { acceptCharges: true });
  const { previewOpenServiceOrder: preview } = await hub.ask<{ previewOpenServiceOrder: AfterSalesAnswer }>(
    PREVIEW_SERVICE,
    { input },
  );
  assert.equal(preview.__typename, 'Preview', JSON.stringify(preview));
  assert.ok(Number(preview.charges.oneTime?.amount) > 0);
  assert.ok(preview.writes.some(({ system, field }) => system === 'ERP' && field === 'Invoice.total'));
  assert.ok(preview.writes.some(({ system, owner }) => system === 'SUPPORT' && owner === 'ERP'));
  const answer = await open(input);
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
  assert.deepEqual(answer.charges, preview.charges);
  assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, [
    'service-order.opened',
    'visit.planned',
    'service-invoice.posted',
  ]);
  const invoiceId = String(answer.process.outcome?.invoiceId);
  const [invoice] = await hub.ports.erp.invoices([id(invoiceId)], correlated);
  assert.ok(invoice && invoice.total.minor > 0n);
});

test('an invoice that the ERP refuses undoes the visit, the notes and the order, last first', async () => {
  const ground = grounds.expired();
  const before = await available('GDS-CABLE-5M');
  hub.sandbox.addFault({
    vendor: 'netsuite',
    kind: 'status',
    match: 'POST .*transform/invoice',
    status: 400,
    contentType: 'application/json',
    body: JSON.stringify({ title: 'Bad Request', 'o:errorDetails': [{ detail: 'The period is closed.' }] }),
  });
  const answer = await open(serviceInput(ground, 'refused', { acceptCharges: true }));
  hub.sandbox.removeFaults();
  assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
  assert.match(answer.process.reason ?? '', /period is closed/);
  const effects = hub.effectsOf(answer.process.id);
  assert.deepEqual(effects.netsuite, [
    'service-order.opened',
    'visit.planned',
    'visit.cancelled',
    'service-order.cancelled',
  ]);
  assert.deepEqual(
    [effects.zendesk, effects.salesforce],
    [
      ['case.noted', 'case.noted'],
      ['activity.noted', 'activity.retracted'],
    ],
  );
  assert.equal(await available('GDS-CABLE-5M'), before);
});

test('an invoice whose answer was lost is found by its key, and made once', async () => {
  const lost = {
    vendor: 'netsuite',
    kind: 'apply-then-time-out',
    match: 'POST .*transform/invoice',
    count: 1,
  } as const;
  hub.sandbox.addFault(lost);
  const answer = await open(serviceInput(grounds.expired(), 'lost', { acceptCharges: true }));
  hub.sandbox.removeFaults();
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
  const invoice = answer.process.steps.find(({ name }) => name === 'invoice-service-order');
  assert.equal(invoice?.attempts, 2);
  assert.deepEqual(
    hub.effectsOf(answer.process.id).netsuite.filter((effect) => effect.startsWith('service-invoice')),
    ['service-invoice.posted'],
  );
});

test('every wrong input is named, with what would be right, and nothing is written', async () => {
  const [ground, other] = [grounds.covered(), grounds.covered()];
  const written = hub.sandbox.ledger('netsuite').length;
  const input = (more: object) => serviceInput(ground, 'bad', more);
  await refused(input({ caseId: '999999999' }), 'caseId', 'UNKNOWN_CASE');
  await refused(input({ caseId: "1' OR '1'='1" }), 'caseId', 'UNKNOWN_CASE');
  const closed = ground.closedCase ?? other.closedCase;
  if (closed !== null) await refused(input({ caseId: closed.id }), 'caseId', 'CASE_STATE');
  await refused(input({ assetSerialNumber: 'SN-0000-00-00' }), 'assetSerialNumber', 'UNKNOWN_ASSET');
  await refused(input({ assetSerialNumber: other.asset.serialNumber }), 'assetSerialNumber', 'UNKNOWN_ASSET');
  await refused(input({ dispatchOn: '2020-01-01' }), 'dispatchOn', 'BAD_VALUE');
  await refused(input({ dispatchOn: '2099-01-01' }), 'dispatchOn', 'BAD_VALUE');
  await refused(input({ parts: [] }), 'parts', 'BAD_VALUE');
  await refused(input({ parts: Array(21).fill({ sku: 'GDS-CABLE-5M', quantity: 1 }) }), 'parts', 'BAD_VALUE');
  await refused(input({ parts: [{ sku: 'NO-SUCH', quantity: 1 }] }), 'parts.0.sku', 'UNKNOWN_SKU');
  await refused(input({ parts: [{ sku: 'GDS-SENSOR-8', quantity: 1 }] }), 'parts.0.sku', 'INACTIVE_SKU');
  await refused(input({ parts: [{ sku: 'SUB-CLOUD-TEAM', quantity: 1 }] }), 'parts.0.sku', 'BAD_VALUE');
  await refused(input({ parts: [{ sku: 'GDS-CABLE-5M', quantity: 0 }] }), 'parts.0.quantity', 'BAD_QUANTITY');
  await refused(input({ parts: [{ sku: 'GDS-CALKIT', quantity: 1 }] }), 'parts.0.quantity', 'OUT_OF_STOCK');
  await refused(input({ idempotencyKey: '' }), 'idempotencyKey', 'BAD_VALUE');
  await refused(input({ waitSeconds: 31 }), 'waitSeconds', 'BAD_VALUE');
  const all = await open(input({ dispatchOn: '2020-01-01', parts: [{ sku: 'GDS-CALKIT', quantity: 0 }] }));
  assert.ok(all.reasons.length >= 2, 'all reasons come in one answer');
  assert.equal(hub.sandbox.ledger('netsuite').length, written);
});

test('credit counts only where the customer pays', async () => {
  const ground = grounds.expired();
  const many = { parts: [{ sku: 'SVC-AUDIT', quantity: 50_000 }], acceptCharges: true };
  const [legal] = await hub.ports.erp.customers([ground.erpId], correlated);
  if (legal?.credit.limit === null) return; // who has no limit is not over it
  const answer = await open(serviceInput(ground, 'too much', many));
  assert.ok(
    answer.reasons.some(({ code, field }) => code === 'CREDIT_LIMIT_EXCEEDED' && field === 'parts'),
    JSON.stringify(answer),
  );
});

test('above the amount of the caller’s key a service order is refused, and one under warranty is not', async () => {
  const limited = { acts: { openServiceOrder: { upTo: { EUR: '1.00' } } } };
  const ask = (input: object) => hub.errorsOf(OPEN_SERVICE, { input }, limited);
  const paid = serviceInput(grounds.expired(), 'limit-paid', { acceptCharges: true });
  assert.deepEqual(
    (await ask(paid)).map(({ code }) => code),
    ['LIMIT_EXCEEDED'],
  );
  const other = { acts: { submitOrder: {} } };
  assert.deepEqual(
    (await hub.errorsOf(OPEN_SERVICE, { input: paid }, other)).map(({ code }) => code),
    ['FORBIDDEN'],
  );
});
