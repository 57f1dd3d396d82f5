import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ActAnswer, UPDATE } from './support/operations.ts';
import { correlated, type Hub, startHubOfProcesses } from './support/systems.ts';

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses();
});
after(() => hub.close());

const update = async (actsFor: string | null, input: object): Promise<ActAnswer> =>
  (await hub.ask<{ updateCustomer: ActAnswer }>(UPDATE, { input: { waitSeconds: 30, ...input } }, { actsFor }))
    .updateCustomer;

const ADDRESS = { line1: '1 New Street', city: 'Leipzig', postalCode: '04109', country: 'DE' };

test('each field goes to the system that owns it, when the caller acts for that system', async () => {
  const customer = hub.freshCustomer();
  const [known] = await hub.ports.identity.customers([customer.hubId as never], correlated);
  const ids = known?.externalIdBySystem;
  const acts: [string, object, string][] = [
    ['ERP', { legalName: 'Renamed Works AG', paymentTerms: 'NET_45', billingAddress: ADDRESS }, 'update-legal-record'],
    ['CRM', { segment: 'ENTERPRISE', website: 'https://renamed.example' }, 'update-account'],
    ['BILLING', { billingEmail: 'invoices@renamed.example' }, 'update-billing-contact'],
    ['SUPPORT', { supportTier: 'PREMIUM' }, 'update-support-plan'],
  ];
  for (const [actsFor, change, step] of acts) {
    const answer = await update(actsFor, { idempotencyKey: `to ${actsFor}`, customerId: customer.hubId, ...change });
    assert.equal(answer.__typename, 'CustomerUpdateAccepted', JSON.stringify(answer));
    assert.equal(answer.process.state, 'COMPLETED', JSON.stringify(answer.process));
    assert.deepEqual(
      answer.process.steps.map(({ name, system }) => `${system} ${name}`),
      [`${actsFor} ${step}`],
    );
    const [told, ...others] = await hub.toldBy(answer.process.id);
    assert.match(told ?? '', new RegExp(`^CustomerChanged \\w+:${ids?.[actsFor as 'ERP']}$`));
    assert.deepEqual(others, []);
    assert.ok(answer.writes.every(({ system, owner }) => system === actsFor && owner === actsFor));
  }
  const [legal] = await hub.ports.erp.customers([ids?.ERP as never], correlated);
  assert.equal(legal?.legalName, 'Renamed Works AG');
  assert.equal(legal?.paymentTerms, 'NET_45');
  assert.equal(legal?.billingAddress?.city, 'Leipzig');
  const [account] = await hub.ports.crm.accounts([ids?.CRM as never], correlated);
  assert.equal(account?.website, 'https://renamed.example');
  const [billed] = await hub.ports.billing.customers([ids?.BILLING as never], correlated);
  assert.equal(billed?.email, 'invoices@renamed.example');
  const [org] = await hub.ports.support.orgs([ids?.SUPPORT as never], correlated);
  assert.equal(org?.supportTier, 'PREMIUM');
});

test('a caller that does not act for the owner is told who is, and nothing runs, not even its own fields', async () => {
  const customer = hub.freshCustomer();
  const before = hub.sandbox.ledger('netsuite').length + hub.sandbox.ledger('salesforce').length;
  const input = {
    idempotencyKey: 'mixed',
    customerId: customer.hubId,
    legalName: 'Taken',
    segment: 'ENTERPRISE',
    paymentTerms: 'NET_60',
  };
  const answer = await update('CRM', input);
  assert.equal(answer.__typename, 'CustomerUpdateRefused');
  assert.deepEqual(
    answer.refusals.map(({ code, field, owner, since, useMutation }) => ({ code, field, owner, since, useMutation })),
    [
      { code: 'NOT_OWNER', field: 'Customer.legalName', owner: 'ERP', since: null, useMutation: null },
      {
        code: 'NOT_OWNER',
        field: 'Customer.paymentTerms',
        owner: 'ERP',
        since: 'ORDER_ACCEPTED',
        useMutation: 'amendSubscription',
      },
    ],
  );
  const nobody = await update(null, input);
  assert.equal(nobody.refusals.length, 3);
  assert.equal(hub.sandbox.ledger('netsuite').length + hub.sandbox.ledger('salesforce').length, before);
});

test('before the first order the address is the CRM’s; payment terms have no place there yet', async () => {
  const prospect = hub.customerWith('prospect');
  const mine = await update('CRM', { idempotencyKey: 'address', customerId: prospect.hubId, billingAddress: ADDRESS });
  assert.equal(mine.process?.state, 'COMPLETED', JSON.stringify(mine));
  assert.deepEqual(
    mine.process.steps.map(({ name }) => name),
    ['update-account'],
  );
  const theirs = await update('ERP', {
    idempotencyKey: 'address 2',
    customerId: prospect.hubId,
    billingAddress: ADDRESS,
  });
  assert.equal(theirs.refusals?.[0]?.owner, 'CRM');
  assert.equal(theirs.refusals[0]?.since, null);
  const terms = await update('CRM', { idempotencyKey: 'terms', customerId: prospect.hubId, paymentTerms: 'NET_15' });
  assert.deepEqual(
    terms.reasons?.map(({ code, field }) => `${code} ${field}`),
    ['BAD_VALUE paymentTerms'],
  );
});

test('values that no system could take are told together', async () => {
  const { hubId } = hub.freshCustomer();
  const answer = await update('ERP', {
    idempotencyKey: 'bad values',
    customerId: hubId,
    legalName: 'two\nlines',
    billingAddress: { ...ADDRESS, country: 'Germany' },
  });
  assert.deepEqual(answer.reasons.map(({ code, field }) => `${code} ${field}`).sort(), [
    'BAD_VALUE billingAddress.country',
    'BAD_VALUE legalName',
  ]);
  for (const [field, actsFor, values] of [
    ['billingEmail', 'BILLING', ['no-at-sign', 'a@b', 'a b@c.de', 'a@c.de\nbcc: x']],
    ['website', 'CRM', ['javascript:alert(1)', 'http://127.0.0.1', 'not a site', 'ftp://files.example']],
  ] as const) {
    for (const value of values) {
      const refused = await update(actsFor, { idempotencyKey: 'bad', customerId: hubId, [field]: value });
      assert.deepEqual(
        refused.reasons?.map((reason) => reason.field),
        [field],
        value,
      );
    }
  }
  const empty = await update('ERP', { idempotencyKey: 'nothing', customerId: hubId });
  assert.deepEqual(
    empty.reasons.map(({ code }) => code),
    ['NOTHING_TO_CHANGE'],
  );
});
