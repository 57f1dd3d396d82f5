/** Its own, too. Example: `DE811234567`. */
const taxIdOf = (word: string): string => {
  const number = [...word].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_000_000, 7);
  return `DE${String(number).padStart(9, '0')}`;
};

/** A company that no system knows; a word of its name and its e-mail domain are its own. */
export const newcomer = (word: string, key = word) => ({
  idempotencyKey: key,
  legalName: `${word} Maschinenbau GmbH`,
  billingAddress: { line1: 'Hafenweg 3', city: 'Bremen', postalCode: '28195', country: 'DE' },
  billingEmail: `billing@${word.toLowerCase()}.example`,
  currency: 'EUR',
  paymentTerms: 'NET_30',
  legalEntityId: '2',
  taxId: taxIdOf(word),
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
