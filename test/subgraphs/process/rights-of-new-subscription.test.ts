import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import { moneyOf } from '../../../platform/money.ts';
import type { Run } from '../../../platform/saga/saga.ts';
import { type SubmitOrder, submitOrder } from '../../../subgraphs/process/sagas/submit-order.ts';
import { grantEntitlement } from '../../../subgraphs/process/steps/support/grant-rights.ts';
import type { StepContext } from '../../../subgraphs/process/systems.ts';
import type { EntitlementGrant } from '../../../subgraphs/support/model.ts';

const ORDER: SubmitOrder = {
  customer: {
    id: id('C-1001'),
    name: 'Aldgate Instruments Ltd',
    erpCustomerId: id('1'),
    billingCustomerId: id('cus_1'),
    crmAccountId: null,
    supportOrgId: id('7'),
  },
  legalEntityId: id('1'),
  currency: 'EUR',
  purchaseOrderNumber: null,
  opportunityId: null,
  lines: [{ sku: id('SUB-CARE'), quantity: 3 }],
  subscribed: [{ sku: id('SUB-CARE'), quantity: 3 }],
  contractId: 'K-1',
  paymentTerms: null,
  acceptedOn: '2026-11-21',
  charges: {
    currency: 'EUR',
    oneTime: moneyOf('0', 'EUR'),
    monthly: moneyOf('147', 'EUR'),
    monthlyDifference: moneyOf('147', 'EUR'),
    proration: null,
    tax: null,
  },
};

/** What support is asked to grant where billing's step ended with this. */
async function grantAfter(opened: object): Promise<EntitlementGrant> {
  const total = moneyOf('147', 'EUR');
  const results: Record<string, unknown> = {
    'open-sales-order': { id: '1', number: 'SO-1', netTotal: total, tax: null, total },
    'open-subscription': { id: 'sub_1', startedOn: '2026-11-21', currentTermEndsOn: null, items: [], ...opened },
    'grant-entitlement': [],
  };
  const asked = new Map<string, unknown>();
  const run = {
    id: 'prc_1',
    step: async ({ name }: { name: string }, input: unknown) => {
      asked.set(name, input);
      return results[name];
    },
    note: async () => {},
    tells: () => {},
  } as unknown as Run<StepContext>; // the story takes steps, and asks nothing else of a run
  await submitOrder.run(run, ORDER);
  return asked.get('grant-entitlement') as EntitlementGrant; // the step of that name takes it
}

/** What the step asks support for before it grants. */
async function readsOf(grant: EntitlementGrant): Promise<number> {
  let reads = 0;
  const support = {
    capabilities: { entitlements: true },
    rightsOf: async () => {
      reads += 1;
      return [];
    },
  };
  await grantEntitlement.read?.({ support } as unknown as StepContext, grant); // it asks support alone
  return reads;
}

test('a subscription that the hub opened has no rights, so none are looked for', async () => {
  const grant = await grantAfter({ isNew: true });
  assert.deepEqual([grant.isNew, await readsOf(grant)], [true, 0]);
});

test('one that an operator stated, or an older version opened, may have some: they are read before they are changed', async () => {
  const grant = await grantAfter({});
  assert.deepEqual([grant.isNew, await readsOf(grant)], [undefined, 1]);
});
