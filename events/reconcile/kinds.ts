/** What of everything is compared; ALL is each of the others. */
export const SCOPES = ['ALL', 'MASTER_DATA', 'ENTITLEMENTS', 'BOOKS'] as const;
export type Scope = (typeof SCOPES)[number];

/** How systems can disagree, in the order of the trade: who the customer is, what he may use, what he owes. */
export const KINDS = {
  FIELD_DIFFERS: { scope: 'MASTER_DATA', says: 'A copy of a field is not what its owner holds.' },
  CUSTOMER_MISSING: { scope: 'MASTER_DATA', says: 'A system does not hold a customer with a running subscription.' },
  RECORD_DELETED: { scope: 'MASTER_DATA', says: 'A record was deleted in its system and is still linked.' },
  LINK_TO_NOTHING: { scope: 'MASTER_DATA', says: 'The register links to a record that its system does not hold.' },
  DUPLICATE_RECORD: { scope: 'MASTER_DATA', says: 'A system holds a customer twice.' },
  BOOKINGS_DIFFER: { scope: 'MASTER_DATA', says: 'Sales counts another value of contracts than billing charges.' },
  ENTITLEMENT_MISSING: { scope: 'ENTITLEMENTS', says: 'A subscription is charged and gives no right.' },
  UNDER_LICENSED: { scope: 'ENTITLEMENTS', says: 'A right has fewer seats than its subscription is charged for.' },
  OVER_LICENSED: {
    scope: 'ENTITLEMENTS',
    says: 'A right has more seats than are charged, or its subscription has ended.',
  },
  ORDER_NOT_INVOICED: { scope: 'BOOKS', says: 'An order was delivered and not invoiced in time.' },
  INVOICE_WITHOUT_ORDER: { scope: 'BOOKS', says: 'An invoice stands for no order and no subscription.' },
  INVOICE_POSTED_TWICE: { scope: 'BOOKS', says: 'An order was invoiced more than once.' },
  PAYMENT_NOT_POSTED: { scope: 'BOOKS', says: 'Billing took a payment that the ERP has not booked.' },
  PAYMENT_DIFFERS: { scope: 'BOOKS', says: 'The ERP booked a payment with another amount than billing took.' },
} as const satisfies Record<string, { scope: Exclude<Scope, 'ALL'>; says: string }>;

export type Kind = keyof typeof KINDS;

export const isIn = (kind: Kind, scope: Scope): boolean => scope === 'ALL' || KINDS[kind].scope === scope;

export const kindsOf = (scope: Scope): readonly Kind[] =>
  (Object.keys(KINDS) as Kind[]).filter((kind) => isIn(kind, scope)); // the table's own keys
