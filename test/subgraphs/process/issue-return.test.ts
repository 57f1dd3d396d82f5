import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import {
  type AfterSalesAnswer,
  afterSalesGrounds,
  ISSUE_RETURN,
  PREVIEW_RETURN,
  returnInput,
} from './support/after-sales.ts';
import { correlated, type Hub, startHubOfProcesses } from './support/systems.ts';

let hub: Hub;
let grounds: Awaited<ReturnType<typeof afterSalesGrounds>>;
before(async () => {
  hub = await startHubOfProcesses();
  grounds = await afterSalesGrounds(hub);
});
after(() => hub.close());

const issue = async (input: object): Promise<AfterSalesAnswer> =>
  (await hub.ask<{ issueReturn: AfterSalesAnswer }>(ISSUE_RETURN, { input })).issueReturn;
const refused = async (input: object, field: string, code: string): Promise<void> => {
  const answer = await issue(input);
  assert.equal(answer.__typename, 'ReturnRejected', `${field} ${JSON.stringify(answer)}`);
  const found = answer.reasons.find((reason) => reason.field === field && reason.code === code);
  assert.ok(found, `${code} of ${field} in ${JSON.stringify(answer.reasons)}`);
  assert.match(found.message, /\w+ \w+/);
};

test('goods come back at the order’s price: authorized, told to sales, and credited', async () => {
  const ground = grounds.returnable();
  const { order } = ground;
  const input = returnInput(ground, 'whole');
  const { previewIssueReturn: preview } = await hub.ask<{ previewIssueReturn: AfterSalesAnswer }>(PREVIEW_RETURN, {
    input,
  });
  assert.equal(preview.__typename, 'Preview', JSON.stringify(preview));
  assert.ok(preview.writes.some(({ system, field }) => system === 'ERP' && field === 'CreditNote.total'));
  assert.ok(Number(preview.charges.oneTime?.amount) < 0, 'a credit is a charge below zero');
  const answer = await issue(input);
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
  assert.deepEqual(answer.charges, preview.charges);
  assert.deepEqual(
    answer.process.steps.map(({ name, system, state }) => `${system} ${name} ${state}`),
    ['ERP authorize-return DONE', 'CRM note-activity DONE', 'ERP credit-return DONE'],
  );
  const effects = hub.effectsOf(answer.process.id);
  assert.deepEqual(
    [effects.netsuite, effects.salesforce, effects.zendesk, effects.stripe],
    [['return.authorized', 'credit-note.posted'], ['activity.noted'], [], []],
  );
  assert.deepEqual(await hub.toldBy(answer.process.id), [`ReturnCredited return:${answer.return?.id}`]);
  const [back] = await hub.ports.erp.returns([id(answer.return?.id ?? '')], correlated);
  assert.deepEqual(back?.netTotal, order.lines[0]?.unitPrice);
  assert.deepEqual(back?.creditNote?.total, back?.total);
  assert.equal((await issue(input)).replayed, true);
});

test('what came back already cannot come back again, over however many returns', async () => {
  const ground = grounds.returnable();
  const [line] = ground.order.lines;
  assert.ok(line?.fulfilledQuantity);
  const all = { lines: [{ sku: line.sku, quantity: line.fulfilledQuantity, reason: 'all of them' }] };
  assert.equal((await issue(returnInput(ground, 'all', all))).process?.state, 'COMPLETED');
  await refused(returnInput(ground, 'one more'), 'lines.0.quantity', 'NOT_RETURNABLE');
});

test('a credit note that the ERP refuses closes the return again, and the note goes', async () => {
  hub.sandbox.addFault({
    vendor: 'netsuite',
    kind: 'status',
    match: 'POST .*transform/creditMemo',
    status: 400,
    contentType: 'application/json',
    body: JSON.stringify({ title: 'Bad Request', 'o:errorDetails': [{ detail: 'The period is closed.' }] }),
  });
  const ground = grounds.returnable();
  const answer = await issue(returnInput(ground, 'refused'));
  hub.sandbox.removeFaults();
  assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
  const effects = hub.effectsOf(answer.process.id);
  assert.deepEqual(
    [effects.netsuite, effects.salesforce],
    [
      ['return.authorized', 'return.cancelled'],
      ['activity.noted', 'activity.retracted'],
    ],
  );
  assert.equal(
    (await issue(returnInput(ground, 'again'))).process?.state,
    'COMPLETED',
    'what was closed counts no more',
  );
});

test('a credit note whose answer was lost is found by its key, and posted once', async () => {
  hub.sandbox.addFault({
    vendor: 'netsuite',
    kind: 'apply-then-time-out',
    match: 'POST .*transform/creditMemo',
    count: 1,
  });
  const answer = await issue(returnInput(grounds.returnable(), 'lost'));
  hub.sandbox.removeFaults();
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
  assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, ['return.authorized', 'credit-note.posted']);
});

test('every wrong input is named, with what would be right, and nothing is written', async () => {
  const ground = grounds.returnable();
  const written = hub.sandbox.ledger('netsuite').length;
  const [line] = ground.order.lines;
  assert.ok(line);
  const input = (more: object) => returnInput(ground, 'bad', more);
  const lines = (...asked: readonly object[]) =>
    input({ lines: asked.map((one) => ({ sku: line.sku, quantity: 1, reason: 'why', ...one })) });
  await refused(input({ salesOrderId: '999999999' }), 'salesOrderId', 'UNKNOWN_SALES_ORDER');
  await refused(input({ salesOrderId: "1' OR '1'='1" }), 'salesOrderId', 'UNKNOWN_SALES_ORDER');
  await refused(returnInput(grounds.tooOld(), 'old'), 'salesOrderId', 'RETURN_WINDOW_CLOSED');
  await refused(input({ lines: [] }), 'lines', 'BAD_VALUE');
  await refused(lines({ sku: 'NO-SUCH' }), 'lines.0.sku', 'NOT_RETURNABLE');
  await refused(lines({}, {}), 'lines.1.sku', 'BAD_VALUE');
  await refused(lines({ quantity: 0 }), 'lines.0.quantity', 'BAD_QUANTITY');
  await refused(lines({ quantity: 99_999 }), 'lines.0.quantity', 'NOT_RETURNABLE');
  await refused(lines({ reason: '' }), 'lines.0.reason', 'BAD_VALUE');
  await refused(lines({ reason: 'two\nlines' }), 'lines.0.reason', 'BAD_VALUE');
  await refused(input({ idempotencyKey: 'ü' }), 'idempotencyKey', 'BAD_VALUE');
  assert.equal(hub.sandbox.ledger('netsuite').length, written);
});

test('the limit of the caller’s key counts by what is credited', async () => {
  const input = returnInput(grounds.returnable(), 'limit');
  const limited = { acts: { issueReturn: { upTo: { EUR: '1.00', USD: '1.00', GBP: '1.00', CHF: '1.00', JPY: '1' } } } };
  const errors = await hub.errorsOf(ISSUE_RETURN, { input }, limited);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['LIMIT_EXCEEDED'],
  );
});
