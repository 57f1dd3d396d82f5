import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { takeInDirectories } from '../../../events/register/take-in.ts';
import { silentLog } from '../../../platform/log.ts';
import type { Principal } from '../../../platform/principal.ts';
import { judgeUnmerge } from '../../../subgraphs/process/verdicts/merge-customers.ts';
import { type ActAnswer, MERGE, PREVIEW_MERGE, SUBMIT, UNMERGE } from './support/operations.ts';
import { correlated, type Hub, sellable, startHubOfProcesses } from './support/systems.ts';

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses();
});
after(() => hub.close());

const merge = async (input: object, as: Partial<Principal> = {}): Promise<ActAnswer> =>
  (await hub.ask<{ mergeCustomers: ActAnswer }>(MERGE, { input: { waitSeconds: 30, ...input } }, as)).mergeCustomers;
const unmerge = async (input: object, as: Partial<Principal> = {}): Promise<ActAnswer> =>
  (await hub.ask<{ unmergeCustomers: ActAnswer }>(UNMERGE, { input: { waitSeconds: 30, ...input } }, as))
    .unmergeCustomers;
const customer = async (hubId: string) => (await hub.ports.identity.customers([hubId as never], correlated))[0] ?? null;
const told = ({ reasons }: ActAnswer) => reasons.map(({ code, system, field }) => [code, system, field].join(' '));

const takeInAll = () =>
  takeInDirectories({
    identity: hub.ports.identity,
    directories: {
      ERP: hub.ports.erp.directory,
      BILLING: hub.ports.billing.directory,
      CRM: hub.ports.crm.directory,
      SUPPORT: hub.ports.support.directory,
    },
    log: silentLog,
    call: correlated,
  });

test('two customers become one: the old id leads on, fields go to their owners, and taken back both stand as before', async () => {
  const [survivor, merged] = [hub.freshCustomer('EUR').hubId, hub.freshCustomer('EUR').hubId];
  const before = [await customer(survivor), await customer(merged)];
  const input = {
    idempotencyKey: 'whole',
    survivorId: survivor,
    mergedId: merged,
    fieldsFromMerged: ['INDUSTRY', 'BILLING_EMAIL'],
  };
  const { previewMergeCustomers: plan } = await hub.ask<{ previewMergeCustomers: ActAnswer & { planId: string } }>(
    PREVIEW_MERGE,
    { input },
  );
  assert.deepEqual(
    plan.writes.map(({ system, field }) => `${system} ${field}`),
    [
      'BILLING Customer.billingEmail',
      'CRM Customer.industry',
      'HUB Customer.mergedIds',
      ...Array(4).fill('HUB Customer.externalIds'),
    ],
  );
  assert.match(plan.writes.at(-1)?.newValue ?? '', /^SUPPORT \d+; \d+ stays a record of its own/);

  const answer = await merge({ ...input, confirm: plan.planId });
  assert.equal(answer.__typename, 'CustomersMergeAccepted', JSON.stringify(answer));
  assert.equal(answer.process.state, 'COMPLETED', JSON.stringify(answer.process));
  const systems = before[0]?.externalIdBySystem;
  assert.deepEqual(await hub.toldBy(answer.process.id), [
    `CustomerChanged customer:${systems?.BILLING}`,
    `CustomerChanged account:${systems?.CRM}`,
    `CustomerChanged customer:${survivor}`,
    `CustomerChanged customer:${merged}`,
  ]);
  const one = await customer(merged);
  assert.deepEqual([one?.id, one?.mergedIds], [survivor, [merged]]);
  assert.deepEqual(one?.externalIdBySystem, before[0]?.externalIdBySystem, 'the survivor’s own ids hold');
  const ended = one?.links.filter(({ endedAt }) => endedAt !== null).map(({ externalId }) => externalId);
  assert.deepEqual(
    ended?.sort(),
    Object.values(before[1]?.externalIdBySystem ?? {})
      .filter((id) => id !== null)
      .sort(),
  );
  const [byOld] = await hub.ports.identity.byExternalId(
    [{ system: 'ERP', externalId: before[1]?.externalIdBySystem.ERP ?? '' }],
    correlated,
  );
  assert.equal(byOld?.id, survivor, 'what the ERP calls the merged one is found as the survivor');

  await takeInAll();
  assert.deepEqual(await customer(merged), one, 'directories that tell both change nothing');

  const again = await unmerge({ idempotencyKey: 'apart', mergedId: merged });
  assert.equal(again.process.state, 'COMPLETED', JSON.stringify(again));
  const drop = (known: Awaited<ReturnType<typeof customer>>) => known && { ...known, displayName: '', email: null };
  assert.deepEqual([drop(await customer(survivor)), drop(await customer(merged))], before.map(drop));
  await takeInAll();
  assert.deepEqual((await customer(merged))?.id, merged, 'directories do not merge them again');
  assert.deepEqual(told(await unmerge({ idempotencyKey: 'twice', mergedId: merged })), [
    'NOT_UNMERGEABLE HUB mergedId',
  ]);
});

test('each reason against a merge is told with its field', async () => {
  const [one, other] = [hub.freshCustomer('EUR').hubId, hub.freshCustomer('EUR').hubId];
  const foreign = hub.freshCustomer('USD').hubId;
  const child = [...hub.world.customers()].find(({ parentIndex, known }) => parentIndex !== null && known.erp);
  const parent = hub.world.customer(child?.parentIndex ?? 0);
  const gone = [...hub.world.customers()].find(({ mergedIntoIndex }) => mergedIntoIndex !== null) ?? assert.fail();
  const into = hub.world.customer(gone.mergedIntoIndex ?? 0);
  const prospect = hub.customerWith('prospect').hubId;
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{ survivorId: one, mergedId: one }, ['BAD_VALUE HUB mergedId']],
    [{ survivorId: 'C-0', mergedId: "'" }, ['UNKNOWN_CUSTOMER HUB survivorId', 'UNKNOWN_CUSTOMER HUB mergedId']],
    [{ survivorId: one, mergedId: foreign }, ['WRONG_CURRENCY ERP mergedId']],
    [{ survivorId: one, mergedId: gone.hubId }, ['ALREADY_MERGED HUB mergedId']],
    [
      { survivorId: prospect, mergedId: one, fieldsFromMerged: ['LEGAL_NAME'] },
      ['SYSTEM_LACKS_CUSTOMER ERP fieldsFromMerged'],
    ],
    [
      { survivorId: one, mergedId: prospect, fieldsFromMerged: ['BILLING_EMAIL'] },
      ['BAD_VALUE BILLING fieldsFromMerged'],
    ],
    [{ survivorId: one, mergedId: other, waitSeconds: 31 }, ['BAD_VALUE HUB waitSeconds']],
  ];
  for (const [nr, [input, reasons]] of cases.entries()) {
    assert.deepEqual(told(await merge({ idempotencyKey: `bad ${nr}`, ...input })), reasons, JSON.stringify(input));
  }
  const related = await merge({ idempotencyKey: 'related', survivorId: parent.hubId, mergedId: child?.hubId });
  assert.ok(told(related).includes('RELATED_CUSTOMERS ERP mergedId'), told(related).join());
  const vendors = await unmerge({ idempotencyKey: 'vendors', mergedId: gone.hubId });
  assert.deepEqual(told(vendors), ['NOT_UNMERGEABLE HUB mergedId'], `${into.hubId} was merged by the CRM`);
  const late = { pendingOf: async () => [null], now: Date.now() + 31 * 86_400_000, days: 30 };
  await merge({ idempotencyKey: 'to be late', survivorId: one, mergedId: other });
  const verdict = await judgeUnmerge(hub.ports, { idempotencyKey: 'late', mergedId: other }, late, correlated);
  assert.equal(verdict.passed ? '' : verdict.reasons[0]?.code, 'NOT_UNMERGEABLE');
});

test('a customer with an open exception is not merged, either way round', async () => {
  const [stuck, other] = [hub.freshCustomer('EUR'), hub.freshCustomer('EUR')];
  const fault = hub.sandbox.addFault({
    vendor: 'netsuite',
    kind: 'status',
    match: '^PUT .*salesOrder',
    status: 500,
    body: '{}',
    contentType: 'application/json',
  });
  const lines = [{ sku: sellable(hub.world, 'SERVICE', 'EUR'), quantity: 1 }];
  const order = { idempotencyKey: 'stuck', customerId: stuck.hubId, currency: 'EUR', lines, waitSeconds: 30 };
  const { submitOrder } = await hub.ask<{ submitOrder: ActAnswer }>(SUBMIT, { input: order });
  hub.sandbox.removeFault(fault);
  assert.equal(submitOrder.process.state, 'EXCEPTION', JSON.stringify(submitOrder));
  for (const [survivorId, mergedId, field] of [
    [stuck.hubId, other.hubId, 'survivorId'],
    [other.hubId, stuck.hubId, 'mergedId'],
  ]) {
    assert.deepEqual(told(await merge({ idempotencyKey: `${field} stuck`, survivorId, mergedId })), [
      `PROCESS_RUNNING HUB ${field}`,
    ]);
  }
});

test('rows hold for both: another’s customer is answered as an unknown one', async () => {
  const [mine, other] = [hub.freshCustomer('EUR').hubId, hub.freshCustomer('EUR').hubId];
  const as = { rows: { customers: [mine] } };
  assert.deepEqual(told(await merge({ idempotencyKey: 'rows 1', survivorId: mine, mergedId: other }, as)), [
    'UNKNOWN_CUSTOMER HUB mergedId',
  ]);
  assert.deepEqual(told(await merge({ idempotencyKey: 'rows 2', survivorId: other, mergedId: mine }, as)), [
    'UNKNOWN_CUSTOMER HUB survivorId',
  ]);
  assert.deepEqual(told(await unmerge({ idempotencyKey: 'rows 3', mergedId: other }, as)), [
    'UNKNOWN_CUSTOMER HUB mergedId',
  ]);
});

test('a key that may merge nothing is refused before anything is looked at', async () => {
  const errors = await hub.errorsOf(
    MERGE,
    { input: { idempotencyKey: 'no act', survivorId: 'C-1', mergedId: 'C-2' } },
    { acts: {} },
  );
  assert.match(String(errors[0]?.code), /FORBIDDEN|LIMIT_EXCEEDED/);
});
