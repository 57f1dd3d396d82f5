import type { Kind } from '../../events/reconcile/kinds.ts';
import { exponentOf } from '../../platform/money.ts';
import { netsuite, salesforce, stripe, zendesk } from '../../sandbox/data/keys.ts';
import type { World, WorldCustomer } from '../../sandbox/data/world.ts';
import type { RunningSandbox } from '../../sandbox/start.ts';

/** A difference that was planted, as a run has to tell it. */
export interface Planted {
  readonly kind: Kind;
  readonly system: string;
  readonly customerId: string;
}

/** BEFORE the register is filled, or AFTER: what is deleted later is still linked. */
export type Moment = 'BEFORE' | 'AFTER';

interface Seed {
  readonly kind: Kind;
  readonly system: string;
  readonly moment: Moment;
  /** Whether the customer has what it takes. */
  readonly fits: (customer: WorldCustomer) => boolean;
  /** The edits, straight in the vendors' records. */
  readonly plant: (customer: WorldCustomer, edit: RunningSandbox['edit'], today: string) => void;
}

const DAY_MS = 86_400_000;
const major = (minor: number, currency: string): number => minor / 10 ** exponentOf(currency);

const orderInvoice = ({ invoices, orders }: WorldCustomer): number =>
  invoices.findIndex(
    ({ order, status }) => order !== null && status !== 'VOIDED' && orders[order]?.status === 'BILLED',
  );
const monthInvoice = ({ invoices }: WorldCustomer): number =>
  invoices.findIndex(({ order, status }) => order === null && status !== 'VOIDED');
const firstRight = (customer: WorldCustomer): string => {
  const [right] = customer.entitlements;
  return `${stripe.subscription(customer.index, right?.subscription ?? 0)}:${right?.sku ?? ''}`;
};
/** The oldest payment is old enough to be in the books. */
const oldestPaid = ({ payments }: WorldCustomer): boolean => payments.at(-1)?.status === 'SUCCEEDED';
const always = (): boolean => true;

/** An invoice that is there again, owed in full. */
const again = (customer: WorldCustomer, nth: number, set: Record<string, unknown>) => ({
  ...{ record: 'transaction', id: String(netsuite.invoice(customer.index, nth)), copy: true },
  set: {
    ...{ status: 'A', tranid: `AGAIN-${customer.index}` },
    foreignamountunpaid: major(customer.invoices[nth]?.total ?? 0, customer.currency),
    ...set,
  },
});

function removeOrg(customer: WorldCustomer, edit: RunningSandbox['edit']): void {
  for (const { subscription, sku } of customer.entitlements) {
    const id = `${stripe.subscription(customer.index, subscription)}:${sku}`;
    edit('zendesk', { record: 'entitlement', id, remove: true });
  }
  edit('zendesk', { record: 'organization', id: String(zendesk.organization(customer.index)), remove: true });
}

const right = (customer: WorldCustomer, edit: RunningSandbox['edit'], more: number): void =>
  edit('zendesk', {
    ...{ record: 'entitlement', id: firstRight(customer) },
    set: { seats: (customer.entitlements[0]?.seats ?? 0) + more },
  });

const AFTER = { moment: 'AFTER', fits: always } as const;
const ELSEWHERE = { line1: 'Hafenstr. 99', city: 'Bremen', state: null, postal_code: '28195', country: 'DE' };

/** How each kind comes about: somebody edits one system. */
const SEEDS: readonly Seed[] = [
  {
    ...{ ...AFTER, kind: 'FIELD_DIFFERS', system: 'CRM' },
    plant: ({ index, crmName }, edit) =>
      edit('salesforce', { record: 'Account', id: salesforce.account(index), set: { Name: `${crmName} (old)` } }),
  },
  {
    ...{ ...AFTER, kind: 'FIELD_DIFFERS', system: 'BILLING' },
    plant: ({ index }, edit) =>
      edit('stripe', { record: 'customer', id: stripe.customer(index), set: { address: ELSEWHERE } }),
  },
  {
    ...{ ...AFTER, kind: 'FIELD_DIFFERS', system: 'SUPPORT' },
    plant: ({ index, crmName }, edit) =>
      edit('zendesk', {
        ...{ record: 'organization', id: String(zendesk.organization(index)) },
        set: { name: crmName.toUpperCase() },
      }),
  },
  {
    ...{ kind: 'CUSTOMER_MISSING', system: 'SUPPORT', moment: 'BEFORE', fits: always },
    plant: (customer, edit) => removeOrg(customer, edit),
  },
  {
    ...{ ...AFTER, kind: 'RECORD_DELETED', system: 'CRM' },
    plant: ({ index }, edit) => edit('salesforce', { record: 'Account', id: salesforce.account(index), remove: true }),
  },
  {
    ...{ ...AFTER, kind: 'LINK_TO_NOTHING', system: 'SUPPORT' },
    plant: (customer, edit) => removeOrg(customer, edit),
  },
  {
    ...{ ...AFTER, kind: 'DUPLICATE_RECORD', system: 'BILLING' },
    plant: ({ index }, edit) => edit('stripe', { record: 'customer', id: stripe.customer(index), copy: true }),
  },
  {
    ...{ ...AFTER, kind: 'BOOKINGS_DIFFER', system: 'CRM' },
    plant: ({ index }, edit) =>
      edit('salesforce', {
        ...{ record: 'Account', id: salesforce.account(index) },
        set: { Contracted_Monthly__c: 77 },
      }),
  },
  {
    ...{ ...AFTER, kind: 'ENTITLEMENT_MISSING', system: 'SUPPORT' },
    plant: (customer, edit) => edit('zendesk', { record: 'entitlement', id: firstRight(customer), remove: true }),
  },
  {
    ...{ ...AFTER, kind: 'UNDER_LICENSED', system: 'SUPPORT' },
    fits: ({ entitlements }) => (entitlements[0]?.seats ?? 0) > 1,
    plant: (customer, edit) => right(customer, edit, -1),
  },
  { ...AFTER, kind: 'OVER_LICENSED', system: 'SUPPORT', plant: (customer, edit) => right(customer, edit, 5) },
  {
    ...{ ...AFTER, kind: 'ORDER_NOT_INVOICED', system: 'ERP' },
    fits: (customer) => orderInvoice(customer) >= 0,
    plant: (customer, edit, today) => {
      const nth = orderInvoice(customer);
      const order = customer.invoices[nth]?.order ?? 0;
      const trandate = new Date(Date.parse(today) - 60 * DAY_MS).toISOString().slice(0, 10);
      edit('netsuite', { record: 'transaction', id: String(netsuite.invoice(customer.index, nth)), remove: true });
      edit('netsuite', {
        ...{ record: 'transaction', id: String(netsuite.salesOrder(customer.index, order)) },
        set: { status: 'F', trandate, billed: 0 },
      });
    },
  },
  {
    ...{ ...AFTER, kind: 'INVOICE_WITHOUT_ORDER', system: 'ERP' },
    fits: (customer) => monthInvoice(customer) >= 0,
    plant: (customer, edit) =>
      edit('netsuite', again(customer, monthInvoice(customer), { custbody_concord_subscription: null })),
  },
  {
    ...{ ...AFTER, kind: 'INVOICE_POSTED_TWICE', system: 'ERP' },
    fits: (customer) => orderInvoice(customer) >= 0,
    plant: (customer, edit) => edit('netsuite', again(customer, orderInvoice(customer), {})),
  },
  {
    ...{ ...AFTER, kind: 'PAYMENT_NOT_POSTED', system: 'ERP', fits: oldestPaid },
    plant: ({ index }, edit) =>
      edit('netsuite', { record: 'transaction', id: String(netsuite.payment(index, 0)), remove: true }),
  },
  {
    ...{ ...AFTER, kind: 'PAYMENT_DIFFERS', system: 'ERP', fits: oldestPaid },
    plant: ({ index, payments, currency }, edit) =>
      edit('netsuite', {
        ...{ record: 'transaction', id: String(netsuite.payment(index, 0)) },
        set: { foreigntotal: major((payments.at(-1)?.amount ?? 0) * 2, currency) },
      }),
  },
];

/** An ordinary customer, held by every system, with a running subscription. */
const isPlain = ({ traits, known, subscriptions }: WorldCustomer): boolean =>
  traits.length === 0 && known.erp && known.billing && known.crm && known.support && subscriptions.length > 0;

/**
 * Plants `count` differences, one for each of as many customers all over the company, in turn of every kind. Each moment is
 * called on its own; the same arguments choose the same customers.
 */
export function plant(sandbox: Pick<RunningSandbox, 'edit'>, world: World, count: number, moment: Moment): Planted[] {
  const step = Math.max(1, Math.floor(world.size / (count * 1.05)));
  const planted: Planted[] = [];
  let index = 1;
  for (let nth = 0; nth < count; nth += 1) {
    const seed = SEEDS[nth % SEEDS.length] as Seed; // within the table
    let customer = world.customer(index);
    while (!isPlain(customer) || !seed.fits(customer)) {
      index += 1;
      customer = world.customer(index);
    }
    if (seed.moment === moment) {
      seed.plant(customer, sandbox.edit, world.today);
      planted.push({ kind: seed.kind, system: seed.system, customerId: customer.hubId });
    }
    index = Math.max(index + 1, Math.min((nth + 1) * step, world.size - 1));
  }
  return planted;
}

/** As text, so that two lists of differences can be compared. */
export const told = ({ kind, system, customerId }: Planted): string => `${kind} in ${system} of ${customerId}`;
