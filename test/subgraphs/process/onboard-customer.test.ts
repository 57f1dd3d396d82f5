import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { takeInDirectories } from '../../../events/register/take-in.ts';
import { silentLog } from '../../../platform/log.ts';
import type { Principal } from '../../../platform/principal.ts';
import { salesforce } from '../../../sandbox/data/keys.ts';
import { newcomer, OPENED } from './support/newcomer.ts';
import { type ActAnswer, ONBOARD, SUBMIT } from './support/operations.ts';
import { correlated, type Hub, sellable, startHubOfProcesses } from './support/systems.ts';

type Answer = ActAnswer & {
  readonly customer: { id: string; onboarding: { milestone: string; reached: boolean }[] };
  readonly candidates: readonly { customer: { id: string }; likelihood: number; reason: string }[];
};

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses();
});
after(() => hub.close());

const onboard = async (input: object, as: Partial<Principal> = {}): Promise<Answer> =>
  (await hub.ask<{ onboardCustomer: Answer }>(ONBOARD, { input: { waitSeconds: 30, ...input } }, as)).onboardCustomer;
const told = ({ reasons }: Answer) => reasons.map(({ code, system, field }) => [code, system, field].join(' '));
const registered = async (hubId: string) =>
  (await hub.ports.identity.customers([hubId as never], correlated))[0] ?? null;

test('a newcomer is opened once in every system, linked, and can order at once', async () => {
  const answer = await onboard(newcomer('Quellwerk'));
  assert.equal(answer.__typename, 'CustomerOnboarding', JSON.stringify(answer));
  assert.equal(answer.process.state, 'COMPLETED', JSON.stringify(answer.process));
  assert.deepEqual(hub.effectsOf(answer.process.id), OPENED);
  const { id } = answer.customer;
  assert.deepEqual(await hub.toldBy(answer.process.id), [`CustomerChanged customer:${id}`]);
  const known = await registered(id);
  assert.equal(known?.displayName, 'Quellwerk Maschinenbau GmbH');
  assert.deepEqual(
    Object.entries(known?.externalIdBySystem ?? {}).filter(([, held]) => held === null),
    [['SUCCESS', null]],
  );
  const reached = answer.customer.onboarding.filter((one) => one.reached).map(({ milestone }) => milestone);
  assert.deepEqual(reached, ['ERP_RECORD', 'BILLING_ACCOUNT', 'CRM_ACCOUNT', 'SUPPORT_ORGANISATION']);
  const [legal] = await hub.ports.erp.customers([known?.externalIdBySystem.ERP as never], correlated);
  assert.deepEqual(
    [legal?.hubId, legal?.legalEntityId, legal?.currency, legal?.paymentTerms, legal?.taxId],
    [id, '2', 'EUR', 'NET_30', newcomer('Quellwerk').taxId],
  );

  const before = await registered(id);
  const { erp, billing, crm, support, identity } = hub.ports;
  await takeInDirectories({
    identity,
    directories: { ERP: erp.directory, BILLING: billing.directory, CRM: crm.directory, SUPPORT: support.directory },
    log: silentLog,
    call: correlated,
  });
  assert.deepEqual(await registered(id), before, 'the directories tell of no second one');

  const again = await onboard(newcomer('Quellwerk'));
  assert.deepEqual([again.replayed, again.customer.id], [true, id]);
  const lines = (['SERVICE', 'SUBSCRIPTION'] as const).map((kind) => ({
    sku: sellable(hub.world, kind, 'EUR'),
    quantity: 1,
  }));
  const order = { idempotencyKey: 'first order', customerId: id, currency: 'EUR', lines, waitSeconds: 30 };
  const { submitOrder } = await hub.ask<{ submitOrder: ActAnswer }>(SUBMIT, { input: order });
  assert.equal(submitOrder.process?.state, 'COMPLETED', JSON.stringify(submitOrder));
});

test('a likely duplicate is refused with its candidates, unless each is named as another', async () => {
  const known = hub.freshCustomer('EUR');
  const alike = { ...newcomer('alike'), legalName: known.legalName, billingEmail: `new@${known.domain}` };
  const refused = await onboard(alike);
  assert.deepEqual(told(refused), ['LIKELY_DUPLICATE HUB legalName']);
  assert.equal(refused.candidates[0]?.customer.id, known.hubId, JSON.stringify(refused.candidates));
  assert.match(refused.candidates[0]?.reason ?? '', /same e-mail domain/);
  const ids = refused.candidates.map(({ customer }) => customer.id);
  const answer = await onboard({ ...alike, confirmNotDuplicateOf: ids });
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
});

test('the tax id of a customer that the ERP holds is a likely duplicate, however it is written, and is told to nobody', async () => {
  const known = hub.freshCustomer('EUR');
  const taxId = ` ${known.taxId.slice(0, 2).toLowerCase()} ${known.taxId.slice(2, 6)}-${known.taxId.slice(6)}`;
  const refused = await onboard({ ...newcomer('steuer'), taxId });
  assert.deepEqual(told(refused), ['LIKELY_DUPLICATE HUB taxId']);
  const [one, ...others] = refused.candidates;
  assert.deepEqual([one?.customer.id, others.length], [known.hubId, 0]);
  assert.equal(one?.reason, 'the same tax id in the ERP');
  assert.doesNotMatch(JSON.stringify(refused), new RegExp(known.taxId.slice(4)));
  const group = await onboard({ ...newcomer('steuer'), taxId, confirmNotDuplicateOf: [known.hubId] });
  assert.equal(group.process?.state, 'COMPLETED', JSON.stringify(group));
  assert.doesNotMatch(JSON.stringify(group.writes), new RegExp(known.taxId.slice(4)), 'masked in what is written');
});

test('an opportunity of a prospect brings its customer along, and only what is missing is opened', async () => {
  const prospect = hub.customerWith('prospect');
  const answer = await onboard({
    ...newcomer('prospekt'),
    legalName: prospect.legalName,
    billingEmail: prospect.email,
    opportunityId: salesforce.opportunity(prospect.index, 0),
  });
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
  assert.equal(answer.customer.id, prospect.hubId);
  assert.deepEqual(hub.effectsOf(answer.process.id), { ...OPENED, salesforce: ['activity.noted'] });
});

test('each bad input is told with its field', async () => {
  const good = newcomer('Schlechtes');
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{ legalName: 'x'.repeat(84) }, ['BAD_VALUE HUB legalName']],
    [{ billingEmail: 'nobody' }, ['BAD_VALUE HUB billingEmail']],
    [{ billingAddress: { ...good.billingAddress, country: 'Germany' } }, ['BAD_VALUE HUB billingAddress.country']],
    [
      { contact: { ...good.contact, email: '', lastName: ' ' } },
      ['BAD_VALUE HUB contact.lastName', 'BAD_VALUE HUB contact.email'],
    ],
    [{ legalEntityId: '99' }, ['UNKNOWN_LEGAL_ENTITY ERP legalEntityId']],
    [{ currency: 'USD' }, ['WRONG_CURRENCY ERP currency']],
    [{ opportunityId: '006' }, ['UNKNOWN_OPPORTUNITY CRM opportunityId']],
    [{ taxId: '\n', region: '' }, ['BAD_VALUE HUB taxId', 'BAD_VALUE HUB region']],
  ];
  for (const [wrong, reasons] of cases) {
    assert.deepEqual(told(await onboard({ ...good, ...wrong })), reasons, JSON.stringify(wrong));
  }
  assert.deepEqual(told(await onboard(good, { rows: { regions: ['EMEA'] } })), ['ROWS_LIMITED HUB ']);
});

test('refused by the last system, what was opened before is removed, or inactive in the ERP', async () => {
  const answer = await onboard({ ...newcomer('Rollback'), supportTier: 'GOLDEN' });
  assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
  assert.deepEqual(hub.effectsOf(answer.process.id), {
    netsuite: ['customer.opened', 'customer.deactivated'],
    stripe: ['customer.opened', 'customer.deleted'],
    salesforce: ['account.created', 'contact.created', 'contact.deleted', 'account.deleted'],
    zendesk: [],
  });
  assert.equal(await registered(answer.customer.id), null, 'the register has forgotten it');
  const second = await onboard(newcomer('Rollback', 'once more'));
  assert.equal(second.process?.state, 'COMPLETED', `nothing of it stands in the way: ${JSON.stringify(second)}`);
});
