import assert from 'node:assert/strict';
import type { Principal } from '../../../platform/principal.ts';
import {
  afterSalesGrounds,
  ISSUE_RETURN,
  OPEN_SERVICE,
  returnInput,
  serviceInput,
} from '../../subgraphs/process/support/after-sales.ts';
import { AMEND, SUBMIT, UPDATE } from '../../subgraphs/process/support/operations.ts';
import { correlated, type Hub, sellable } from '../../subgraphs/process/support/systems.ts';

/** An act that can be asked for again and again; each time it takes effect anew. */
export interface RepeatableAct {
  readonly name: string;
  readonly query: string;
  readonly as?: Partial<Principal>;
  readonly input: () => Promise<object> | object;
}

/** Every act that writes to vendors, by one customer who is known everywhere. A new act gets its line here. */
export async function repeatableActs(hub: Hub): Promise<readonly RepeatableAct[]> {
  const grounds = await afterSalesGrounds(hub);
  const { hubId, currency } = hub.freshCustomer();
  let nr = 0;
  const lines = (quantity: number) => [
    { sku: sellable(hub.world, 'SERVICE', currency), quantity: 1 },
    { sku: sellable(hub.world, 'SUBSCRIPTION', currency), quantity },
  ];
  const update = (owner: string, field: string, value: (n: number) => string): RepeatableAct => ({
    name: `updateCustomer of ${owner}`,
    query: UPDATE,
    as: { actsFor: owner, id: owner },
    input: () => {
      nr += 1;
      return { customerId: hubId, [field]: value(nr) };
    },
  });
  /** With an opportunity that this order wins: each can be won once. */
  const winning = async () => {
    for (;;) {
      const customer = hub.freshCustomer();
      const [found] = await hub.ports.identity.customers([customer.hubId as never], correlated);
      const [sales] = await hub.ports.crm.opportunitiesOf(
        [{ of: found?.externalIdBySystem.CRM as never, first: 50, after: null }],
        correlated,
      );
      const open = sales?.entries.find(({ stage }) => !stage.startsWith('CLOSED'));
      if (open === undefined) continue;
      const line = { sku: sellable(hub.world, 'SERVICE', customer.currency), quantity: 1 };
      return { customerId: customer.hubId, currency: customer.currency, opportunityId: open.id, lines: [line] };
    }
  };
  /** Of a subscription that nobody amended: billing holds only so many changes that are not invoiced. */
  const amending = async () => {
    const customer = hub.freshCustomer();
    const [found] = await hub.ports.identity.customers([customer.hubId as never], correlated);
    const [page] = await hub.ports.billing.subscriptionsOf(
      [{ of: found?.externalIdBySystem.BILLING as never, first: 20, after: null, status: 'ACTIVE' }],
      correlated,
    );
    const [
      {
        id,
        items: [item],
      } = assert.fail('no subscription'),
    ] = page?.entries ?? [];
    const items = [{ sku: item?.sku, quantity: (item?.quantity ?? 0) + 3 }];
    return { subscriptionId: id, items, paymentTerms: 'NET_90' };
  };
  /** Another support plan than the organisation has now: the one that it has would not be written. */
  const otherTier = async () => {
    const [found] = await hub.ports.identity.customers([hubId as never], correlated);
    const [org] = await hub.ports.support.orgs([found?.externalIdBySystem.SUPPORT as never], {
      ...correlated,
      fresh: true,
    });
    return { customerId: hubId, supportTier: org?.supportTier === 'PREMIUM' ? 'STANDARD' : 'PREMIUM' };
  };
  return [
    { name: 'submitOrder', query: SUBMIT, input: () => ({ customerId: hubId, currency, lines: lines(2) }) },
    { name: 'submitOrder of an opportunity', query: SUBMIT, input: winning },
    {
      name: 'amendSubscription',
      query: AMEND,
      input: amending,
    },
    update('ERP', 'legalName', (n) => `Renamed ${n} AG`),
    update('CRM', 'website', (n) => `https://renamed-${n}.example`),
    update('BILLING', 'billingEmail', (n) => `billing-${n}@renamed.example`),
    { name: 'updateCustomer of SUPPORT', query: UPDATE, as: { actsFor: 'SUPPORT', id: 'SUPPORT' }, input: otherTier },
    {
      name: 'openServiceOrder',
      query: OPEN_SERVICE,
      input: () => serviceInput(grounds.expired(), 'later', { acceptCharges: true }),
    },
    { name: 'issueReturn', query: ISSUE_RETURN, input: () => returnInput(grounds.returnable(), 'later') },
  ];
}
