/** A company that no system knows; a word of its name and its e-mail domain are its own. */
export const newcomer = (word: string, key = word) => ({
  idempotencyKey: key,
  legalName: `${word} Maschinenbau GmbH`,
  billingAddress: { line1: 'Hafenweg 3', city: 'Bremen', postalCode: '28195', country: 'DE' },
  billingEmail: `billing@${word.toLowerCase()}.example`,
  currency: 'EUR',
  paymentTerms: 'NET_30',
  legalEntityId: '2',
  taxId: 'DE811234567',
  region: 'EMEA',
  segment: 'MID_MARKET',
  supportTier: 'PREMIUM',
  contact: { firstName: 'Ada', lastName: 'Lund', email: `ada@${word.toLowerCase()}.example` },
});

/** What one onboarding leaves in the ledgers, by vendor. */
export const OPENED = {
  netsuite: ['customer.opened'],
  stripe: ['customer.opened'],
  salesforce: ['account.created', 'contact.created', 'activity.noted'],
  zendesk: ['organization.created'],
} as const;
