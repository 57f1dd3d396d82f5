import { amountText } from '../../../platform/money.ts';
import type { ErpCustomer, ObservedByErp, PostalAddress } from '../model.ts';

/** What is compared, and told in one line each. */
const COMPARED: readonly (readonly [field: string, read: (customer: ErpCustomer) => string | null])[] = [
  ['Customer.legalName', ({ legalName }) => legalName],
  ['Customer.taxId', ({ taxId }) => taxId],
  ['Customer.billingAddress', ({ billingAddress }) => (billingAddress === null ? null : lineOf(billingAddress))],
  ['Customer.paymentTerms', ({ paymentTerms }) => paymentTerms],
  ['Customer.legalEntity', ({ legalEntityId }) => legalEntityId],
  ['Customer.taxCode', ({ taxCode }) => taxCode],
  ['Customer.credit.status', ({ credit }) => credit.status],
  ['Customer.credit.limit', ({ credit }) => (credit.limit === null ? null : moneyOf(credit.limit))],
  ['Customer.receivables.balance', ({ receivables }) => moneyOf(receivables.balance)],
  ['Customer.receivables.overdue', ({ receivables }) => moneyOf(receivables.overdue)],
];

/** Where another ERP tells something else about the customer than its owner does; a value that it lacks is no other value. */
export const differences = (owner: ErpCustomer, other: ErpCustomer): readonly ObservedByErp[] =>
  COMPARED.flatMap(([field, read]) => {
    const value = read(other);
    return value === null || value === read(owner) ? [] : [{ field, value, asOf: other.credit.asOf }];
  });

const lineOf = ({ line1, line2, city, region, postalCode, country }: PostalAddress): string =>
  [line1, line2, [postalCode, city].filter(Boolean).join(' '), region, country].filter(Boolean).join(', ');

const moneyOf = (money: ErpCustomer['receivables']['balance']): string => `${amountText(money)} ${money.currency}`;
