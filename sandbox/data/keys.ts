/**
 * Ids that more than one vendor's records mention, by customer index and position: each vendor uses these for its seeded
 * records, so that the four systems refer to one another without knowing one another.
 */

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A number as fixed-width text over letters and digits, as vendors' ids look. */
function opaque(value: number, width: number): string {
  let text = '';
  for (let rest = value; text.length < width; rest = Math.floor(rest / 62)) text = BASE62.charAt(rest % 62) + text;
  return text;
}

/** The number in the hub id of the first customer, unless the world is told another. */
export const FIRST_HUB_NUMBER = 10_001;
export const contractId = (index: number, subscription: number): string =>
  `CT-${FIRST_HUB_NUMBER + index}-${subscription + 1}`;

export const netsuite = {
  /** Internal ids are numbers. */
  customer: (index: number): number => 1001 + index,
  /** One range per customer; at most 20 orders each. */
  salesOrder: (index: number, order: number): number => 10_000_000 + index * 20 + order,
  salesOrderNumber: (index: number, order: number): string => `SO${100_000 + index * 20 + order}`,
  /** What is on one instrument; begins with the customer's internal id. Example: `SN-1001-02-03`. */
  serialNumber: (index: number, order: number, unit: number): string =>
    `SN-${1001 + index}-${String(order + 1).padStart(2, '0')}-${String(unit).padStart(2, '0')}`,
  /** At most 40 invoices for each customer. */
  invoice: (index: number, invoice: number): number => 50_000_000 + index * 40 + invoice,
  invoiceNumber: (index: number, invoice: number): string => `INV${100_000 + index * 40 + invoice}`,
  /** Of the one large account (large-account.ts). */
  largeInvoice: (invoice: number): number => 80_000_000 + invoice,
  largeInvoiceNumber: (invoice: number): string => `INV${8_000_000 + invoice}`,
  /** At most 10 payments for each customer. */
  payment: (index: number, payment: number): number => 70_000_000 + index * 10 + payment,
  paymentNumber: (index: number, payment: number): string => `PYMT${100_000 + index * 10 + payment}`,
};

export const stripe = {
  customer: (index: number): string => `cus_${opaque(1_000_003 + index * 7, 14)}`,
  subscription: (index: number, subscription: number): string =>
    `sub_${opaque(5_000_011 + (index * 10 + subscription) * 7, 24)}`,
  /** Payment attempts of a customer, from the oldest; at most 200 for each. */
  charge: (index: number, attempt: number): string => `ch_3Q8S${opaque(index * 200 + attempt + 62 ** 3, 20)}`,
};

/** Salesforce ids: a three-character type prefix, then fifteen more; the last three are the case-safe suffix. */
export const salesforce = {
  account: (index: number): string => withSuffix(`001Q8${opaque(1_000_003 + index, 10)}`),
  opportunity: (index: number, opportunity: number): string =>
    withSuffix(`006Q8${opaque(1_000_003 + index * 20 + opportunity, 10)}`),
  contact: (index: number, contact: number): string =>
    withSuffix(`003Q8${opaque(1_000_003 + index * 20 + contact, 10)}`),
  /** Of the relation to the partner through whom the customer buys; one for each customer. */
  accountPartner: (index: number): string => withSuffix(`00IQ8${opaque(1_000_003 + index * 20, 10)}`),
  quote: (index: number, quote: number): string => withSuffix(`0Q0Q8${opaque(1_000_003 + index * 20 + quote, 10)}`),
};

export const zendesk = {
  organization: (index: number): number => 360_000_001_000 + index,
};

/** The 18-character form of a 15-character Salesforce id: one suffix character per five, a bit for each capital letter. */
export function withSuffix(id15: string): string {
  let suffix = '';
  for (let block = 0; block < 3; block += 1) {
    let bits = 0;
    for (let i = 0; i < 5; i += 1) if (/[A-Z]/.test(id15.charAt(block * 5 + i))) bits |= 1 << i;
    suffix += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'.charAt(bits);
  }
  return id15 + suffix;
}
