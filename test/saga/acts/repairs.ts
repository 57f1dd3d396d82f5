import assert from 'node:assert/strict';
import { newFindingId } from '../../../events/reconcile/desk.ts';
import { keepFound } from '../../../events/reconcile/finding-store.ts';
import type { Found } from '../../../events/reconcile/found.ts';
import { netsuite, salesforce, stripe } from '../../../sandbox/data/keys.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import type { Hub } from '../../subgraphs/process/support/systems.ts';
import type { TriedAct } from './tried-act.ts';

const REPAIR = `mutation ($input: RepairFindingInput!) { repairFinding(input: $input) { __typename
  ... on RepairAccepted { replayed process { id state } } ... on RepairRejected { reasons { code message field } } } }`;

/** A finding of that kind about a customer, as a run would have told it. */
type Seeded = Pick<Found, 'kind' | 'system' | 'owner' | 'field' | 'about'> & Partial<Found>;

/** Every repair of what reconciliation finds. */
export function repairs(hub: Hub): readonly TriedAct[] {
  let nr = 0;
  // From the end of the company: the other acts take theirs from the beginning.
  const left = [...hub.world.customers()]
    .filter(({ traits, known }) => traits.length === 0 && Object.values(known).every(Boolean))
    .toReversed();
  const spare = (fits: (customer: WorldCustomer) => boolean): WorldCustomer => {
    const at = left.findIndex(fits);
    return (at < 0 ? undefined : left.splice(at, 1)[0]) ?? assert.fail('no customer is left for a repair');
  };
  const find = async ({ hubId, legalName }: WorldCustomer, seeded: Seeded): Promise<string> => {
    nr += 1;
    const id = newFindingId();
    const found: Found = {
      ...{ customerId: hubId, customerName: legalName, subject: `seeded ${nr}` },
      ...{ ownerValue: legalName, observedValue: 'other', atStake: null },
      ...seeded,
    };
    await keepFound(hub.db, [found], { runId: 'rec_seeded', at: new Date().toISOString(), newId: () => id });
    return id;
  };
  const repair = (
    name: string,
    seed: (customer: WorldCustomer) => Seeded,
    fits = (_: WorldCustomer) => true,
  ): TriedAct => ({
    name: `repairFinding ${name}`,
    ask: REPAIR,
    begin: async () => {
      const customer = spare(fits);
      return { input: { findingId: await find(customer, seed(customer)) } };
    },
  });
  const copy = (system: 'CRM' | 'BILLING' | 'SUPPORT', idOf: (customer: WorldCustomer) => string) =>
    repair(`in ${system}`, (customer) => ({
      ...{ kind: 'FIELD_DIFFERS', system, owner: 'ERP', field: 'Customer.legalName' },
      about: { externalId: idOf(customer), field: 'Customer.legalName' },
    }));
  const books =
    (kind: Found['kind'], about: (customer: WorldCustomer) => Record<string, unknown>) => (customer: WorldCustomer) =>
      ({
        ...{ kind, system: 'ERP', owner: 'ERP', field: 'Invoice.total' },
        about: { erpCustomerId: String(netsuite.customer(customer.index)), ...about(customer) },
      }) satisfies Seeded;
  const billed = ({ orders }: WorldCustomer) => orders.findIndex(({ status }) => status === 'BILLED');
  const invoiced = ({ invoices }: WorldCustomer) => invoices.findIndex(({ order }) => order !== null);

  return [
    copy('CRM', ({ index }) => salesforce.account(index)),
    copy('BILLING', ({ index }) => stripe.customer(index)),
    copy('SUPPORT', ({ index }) => String(360_000_001_000 + index)),
    repair('of a deleted record', ({ index }) => ({
      ...{ kind: 'RECORD_DELETED', system: 'CRM', owner: 'HUB', field: 'Customer.externalIds' },
      about: { externalId: salesforce.account(index) },
    })),
    repair('of a second record', ({ index }) => ({
      ...{ kind: 'DUPLICATE_RECORD', system: 'BILLING', owner: 'HUB', field: 'Customer.externalIds' },
      about: { externalId: stripe.customer(index), business: false },
    })),
    repair(
      'of a link to nothing',
      ({ index }) => {
        const org = String(360_000_001_000 + index);
        hub.sandbox.edit('zendesk', { record: 'organization', id: org, remove: true });
        return {
          ...{ kind: 'LINK_TO_NOTHING', system: 'SUPPORT', owner: 'HUB', field: 'Customer.externalIds' },
          about: { externalId: org, subscriptions: [stripe.subscription(index, 0)] },
        };
      },
      ({ entitlements }) => entitlements.length === 1,
    ),
    repair('of rights', ({ index, entitlements }) => {
      const [right] = entitlements;
      const subscriptionId = stripe.subscription(index, right?.subscription ?? 0);
      hub.sandbox.edit('zendesk', {
        ...{ record: 'entitlement', id: `${subscriptionId}:${right?.sku}` },
        set: { seats: (right?.seats ?? 0) + 5 },
      });
      return {
        ...{ kind: 'OVER_LICENSED', system: 'SUPPORT', owner: 'BILLING', field: 'Entitlement.seats' },
        about: { subscriptionId, sku: right?.sku },
      };
    }),
    repair('of what sales counts', ({ index, currency }) => ({
      ...{ kind: 'BOOKINGS_DIFFER', system: 'CRM', owner: 'BILLING', field: 'CustomerSubscription.monthlyCharge' },
      ownerValue: `1.00 ${currency}`,
      about: { externalId: salesforce.account(index), subscriptionId: stripe.subscription(index, 0) },
    })),
    repair(
      'of an order',
      books('ORDER_NOT_INVOICED', (customer) => {
        const id = String(netsuite.salesOrder(customer.index, billed(customer)));
        hub.sandbox.edit('netsuite', { record: 'transaction', id, set: { status: 'F', billed: 0 } });
        return { id, delivered: 'DELIVERED' };
      }),
      (customer) => billed(customer) >= 0,
    ),
    repair(
      'of an invoice',
      books('INVOICE_POSTED_TWICE', (customer) => {
        const id = String(netsuite.invoice(customer.index, invoiced(customer)));
        hub.sandbox.edit('netsuite', {
          ...{ record: 'transaction', id },
          set: { status: 'A', foreignamountunpaid: Number(customer.invoices[invoiced(customer)]?.total) },
        });
        return { id };
      }),
      (customer) => invoiced(customer) >= 0,
    ),
    repair(
      'of a payment',
      books('PAYMENT_NOT_POSTED', ({ index, currency }) => ({
        ...{ paymentId: `ch_seeded_${index}`, amount: { amount: '10', currency }, paidOn: '2026-11-01' },
      })),
    ),
  ];
}
