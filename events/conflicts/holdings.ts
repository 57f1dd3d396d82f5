import type { Call } from '../../platform/call.ts';
import { id } from '../../platform/ids.ts';
import type { BillingCustomer } from '../../subgraphs/billing/model.ts';
import type { BillingPort } from '../../subgraphs/billing/port.ts';
import type { CrmAccount, PostalAddress } from '../../subgraphs/crm/model.ts';
import type { CrmPort } from '../../subgraphs/crm/port.ts';
import type { ErpCustomer } from '../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../subgraphs/erp/port.ts';
import type { SupportOrg } from '../../subgraphs/support/model.ts';
import type { SupportPort } from '../../subgraphs/support/port.ts';

/** The systems that hold a record of each customer. */
export interface RecordPorts {
  readonly erp: Pick<ErpPort, 'customers'>;
  readonly billing: Pick<BillingPort, 'customers'>;
  readonly crm: Pick<CrmPort, 'accounts'>;
  readonly support: Pick<SupportPort, 'orgs'>;
}

interface Records {
  readonly ERP: ErpCustomer;
  readonly BILLING: BillingCustomer;
  readonly CRM: CrmAccount;
  readonly SUPPORT: SupportOrg;
}
export type Holder = keyof Records;

/**
 * The canonical fields that more than one system holds of a customer, each with how a record tells it, as text; null: it holds
 * none. Who owns them is not said here: that is the schema's. A field is in a system's list where its `observedBy…` can name
 * it, or where it is the field itself that the system gives to the graph.
 */
export const HOLDINGS: {
  readonly [System in Holder]: Readonly<Record<string, (record: Records[System]) => string | null>>;
} = {
  ERP: {
    'Customer.legalName': ({ legalName }) => legalName,
    'Customer.billingEmail': ({ email }) => email ?? null,
    'Customer.billingAddress': ({ billingAddress }) => lineOf(billingAddress),
  },
  BILLING: {
    'Customer.legalName': ({ name }) => name,
    'Customer.billingEmail': ({ email }) => email,
  },
  CRM: {
    'Customer.legalName': ({ name }) => name,
    'Customer.billingAddress': ({ billingAddress }) => lineOf(billingAddress),
  },
  SUPPORT: { 'Customer.legalName': ({ name }) => name },
};

export const isHolder = (system: string): system is Holder => Object.hasOwn(HOLDINGS, system);

/** What one system holds of one customer. */
export interface Held {
  /** By canonical field; null: nothing. */
  readonly values: ReadonlyMap<string, string | null>;
  /** Milestones that this record tells of. */
  readonly reached: readonly string[];
}

/** How a system's record is read, past the cache; null: there is none. */
const READ: {
  readonly [System in Holder]: (ports: RecordPorts, key: string, call: Call) => Promise<Records[System] | null>;
} = {
  ERP: async ({ erp }, key, call) => (await erp.customers([id<'ErpCustomer'>(key)], call))[0] ?? null,
  BILLING: async ({ billing }, key, call) => (await billing.customers([id<'BillingCustomer'>(key)], call))[0] ?? null,
  CRM: async ({ crm }, key, call) => (await crm.accounts([id<'CrmAccount'>(key)], call))[0] ?? null,
  SUPPORT: async ({ support }, key, call) => (await support.orgs([id<'SupportOrg'>(key)], call))[0] ?? null,
};

/** Reads what a system holds now; null: it has no such record. @throws UNAVAILABLE, TIMEOUT, THROTTLED */
export async function heldBy<System extends Holder>(
  system: System,
  key: string,
  ports: RecordPorts,
  call: Call,
): Promise<Held | null> {
  const record = await READ[system](ports, key, { ...call, fresh: true });
  if (record === null) return null;
  const fields = Object.entries(HOLDINGS[system]);
  return {
    values: new Map(fields.map(([field, tell]) => [field, tell(record)])),
    reached: 'hasOrders' in record && record.hasOrders ? ['ORDER_ACCEPTED'] : [],
  };
}

/** Its parts as they are on a letter. */
function lineOf(address: PostalAddress | null): string | null {
  if (address === null) return null;
  const { line1, line2, city, region, postalCode, country } = address;
  const place = [postalCode, city].filter(Boolean).join(' ');
  return [line1, line2, place, region, country].filter(Boolean).join(', ') || null;
}

/** Whether two systems mean the same by it: spaces and ways to write one character do not count, nor do capitals in an e-mail address. */
export function agree(field: string, one: string, other: string): boolean {
  const plain = (text: string) => text.normalize('NFC').replace(/\s+/g, ' ').trim();
  const [a, b] = [plain(one), plain(other)];
  return a === b || (field === 'Customer.billingEmail' && a.toLowerCase() === b.toLowerCase());
}
