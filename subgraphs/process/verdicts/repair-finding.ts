import type { Finding } from '../../../events/reconcile/finding-store.ts';
import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import { moneyOf } from '../../../platform/money.ts';
import { type HeldValue, heldAddress } from '../../../platform/port/scan.ts';
import type { BillingCustomerId, Subscription, SubscriptionId } from '../../billing/model.ts';
import type { EntitlementGrant } from '../../support/model.ts';
import type { KnownCustomer } from '../model.ts';
import type { Repair } from '../sagas/repair-finding.ts';
import type { Ports } from '../systems.ts';

/** What puts a finding right, by what the systems hold now; or, in words, why a person has to. */
export type RepairVerdict = { readonly repair: Repair } | { readonly byHand: string };

interface Ground {
  readonly ports: Ports;
  readonly customer: KnownCustomer;
  readonly reading: Call;
}

/** Statuses of a subscription that gives no rights any more, or none yet. */
const ENDED: ReadonlySet<Subscription['status']> = new Set(['CANCELLED', 'INCOMPLETE']);

export function judgeRepair(finding: Finding, ground: Ground): Promise<RepairVerdict> | RepairVerdict {
  return REPAIRS[finding.kind](finding, ground);
}

type Judge = (finding: Finding, ground: Ground) => Promise<RepairVerdict> | RepairVerdict;
const byHand = (why: string): RepairVerdict => ({ byHand: why });

const REPAIRS: Readonly<Record<Finding['kind'], Judge>> = {
  FIELD_DIFFERS: correctCopy,
  CUSTOMER_MISSING: (finding, ground) =>
    finding.system === 'SUPPORT' ? openOrg(null, ground) : byHand('the ERP opens customers with their first order'),
  RECORD_DELETED: ({ system, about }, { customer }) =>
    system === 'CRM'
      ? { repair: { do: 'END_LINK', link: linkOf(customer, system, about) } }
      : byHand(`${system} has to say why it was deleted; put it back there, or end what still runs`),
  LINK_TO_NOTHING: ({ system, about }, ground) =>
    system === 'SUPPORT' && Array.isArray(about.subscriptions) && about.subscriptions.length > 0
      ? openOrg(linkOf(ground.customer, system, about), ground)
      : { repair: { do: 'END_LINK', link: linkOf(ground.customer, system, about) } },
  DUPLICATE_RECORD: ({ system, about }, { customer }) =>
    system === 'BILLING' && about.business === false
      ? {
          repair: {
            do: 'RELEASE_RECORD',
            record: id<'BillingCustomer'>(text(about.externalId)) as BillingCustomerId, // billing's own id, as its scan told it
            link: linkOf(customer, system, about),
          },
        }
      : byHand('business hangs on both records: join them in that system'),
  BOOKINGS_DIFFER: noteContract,
  ENTITLEMENT_MISSING: grant,
  UNDER_LICENSED: grant,
  OVER_LICENSED: grant,
  ORDER_NOT_INVOICED: ({ about }) =>
    about.delivered === 'DELIVERED'
      ? {
          repair: {
            do: 'INVOICE_ORDER',
            order: { customerId: id(text(about.erpCustomerId)), serviceOrderId: id(text(about.id)) },
          },
        }
      : byHand('the ERP says that it is invoiced, and holds no invoice: look there'),
  INVOICE_WITHOUT_ORDER: creditInvoice,
  INVOICE_POSTED_TWICE: creditInvoice,
  PAYMENT_NOT_POSTED: postPayment,
  PAYMENT_DIFFERS: postPayment,
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const linkOf = ({ id: customerId }: KnownCustomer, system: Finding['system'], about: Finding['about']) => ({
  customerId: id<'Customer'>(customerId),
  system: system as 'ERP' | 'BILLING' | 'CRM' | 'SUPPORT', // the register links those
  externalId: text(about.externalId),
});

/** The owner's value as it is now, not as it was when the difference was found. */
async function correctCopy({ system, owner, field, about }: Finding, ground: Ground): Promise<RepairVerdict> {
  const value = await heldNow(owner, field ?? '', ground);
  if (value === null) return byHand(`${owner} holds no ${field ?? 'value'} any more`);
  if (system === 'ERP' || system === 'HUB') return byHand('the ERP keeps no copies that the hub writes');
  const copy = { externalId: text(about.externalId), values: { [field ?? '']: value } };
  return { repair: { do: 'CORRECT_COPY', system, copy } };
}

async function heldNow(owner: string, field: string, { ports, customer, reading }: Ground): Promise<HeldValue | null> {
  if (owner === 'ERP' && customer.erpCustomerId !== null) {
    const [record] = await ports.erp.customers([customer.erpCustomerId], reading);
    if (!record) return null;
    return field === 'Customer.legalName'
      ? record.legalName
      : field === 'Customer.billingAddress'
        ? heldAddress(record.billingAddress)
        : null;
  }
  if (owner === 'CRM' && customer.crmAccountId !== null) {
    const [account] = await ports.crm.accounts([customer.crmAccountId], reading);
    return field === 'Customer.billingAddress' ? heldAddress(account?.billingAddress ?? null) : null;
  }
  return null;
}

/** The rights of a subscription as it is charged now: none once it has ended. */
async function grant({ about }: Finding, { ports, customer, reading }: Ground): Promise<RepairVerdict> {
  const subscriptionId = text(about.subscriptionId);
  if (customer.supportOrgId === null) return byHand('support does not hold the customer: repair that first');
  const [subscription] = await ports.billing.subscriptions(
    [id<'Subscription'>(subscriptionId) as SubscriptionId],
    reading,
  );
  const held = await ports.support.rightsOf({ orgId: customer.supportOrgId, subscriptionId }, reading);
  const runs = subscription != null && !ENDED.has(subscription.status);
  return {
    repair: {
      do: 'GRANT',
      grant: {
        orgId: customer.supportOrgId,
        subscriptionId,
        startsOn: subscription?.startedOn ?? held[0]?.startsOn ?? '',
        endsOn: held[0]?.endsOn ?? null,
        rights: runs ? rightsOf(subscription) : [],
      },
    },
  };
}

const rightsOf = ({ items }: Subscription): EntitlementGrant['rights'] =>
  [...Map.groupBy(items, ({ sku }) => sku)].map(([sku, same]) => ({
    sku,
    seats: same.reduce((seats, { quantity }) => seats + quantity, 0),
  }));

/** The organisation by what the ERP calls the customer, with the rights of every subscription that runs. */
async function openOrg(
  link: Extract<Repair, { do: 'OPEN_ORG' }>['link'],
  { ports, customer, reading }: Ground,
): Promise<RepairVerdict> {
  if (!ports.support.capabilities.opensOrgs) return byHand('this support desk opens no organisations for the hub');
  if (customer.billingCustomerId === null || customer.erpCustomerId === null) {
    return byHand('billing or the ERP does not hold the customer: repair that first');
  }
  const [[record], [page]] = await Promise.all([
    ports.erp.customers([customer.erpCustomerId], reading),
    ports.billing.subscriptionsOf([{ of: customer.billingCustomerId, first: 100, after: null }], reading),
  ]);
  const running = (page?.entries ?? []).filter(({ status }) => !ENDED.has(status));
  return {
    repair: {
      do: 'OPEN_ORG',
      link,
      org: { hubId: customer.id, name: record?.legalName ?? customer.name, supportTier: null },
      rights: running.map((one) => ({
        subscriptionId: one.id,
        startsOn: one.startedOn,
        endsOn: null,
        rights: rightsOf(one),
      })),
    },
  };
}

function noteContract({ about, ownerValue }: Finding, { customer }: Ground): RepairVerdict {
  const { billingCustomerId } = customer;
  if (billingCustomerId === null) return byHand('billing does not hold the customer any more');
  return {
    repair: {
      do: 'NOTE_CONTRACT',
      contract: {
        accountId: id(text(about.externalId)),
        billingCustomerId,
        subscriptionId: text(about.subscriptionId),
        currency: ownerValue?.split(' ')[1] ?? '',
        summary: 'Put right by reconciliation: what billing charges a month.',
      },
    },
  };
}

function creditInvoice({ about }: Finding): RepairVerdict {
  return {
    repair: {
      do: 'CREDIT_INVOICE',
      invoice: { customerId: id(text(about.erpCustomerId)), invoiceId: id(text(about.id)) },
    },
  };
}

/** As billing took it when it was found: a payment does not change. */
function postPayment({ about }: Finding): RepairVerdict {
  const { amount, currency } = about.amount as { amount: string; currency: string }; // as the judge of books told it
  return {
    repair: {
      do: 'POST_PAYMENT',
      payment: {
        customerId: id(text(about.erpCustomerId)),
        paymentId: text(about.paymentId),
        amount: moneyOf(amount, currency),
        paidOn: text(about.paidOn),
      },
    },
  };
}
