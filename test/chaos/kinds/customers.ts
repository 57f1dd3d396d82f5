import type { Random } from '../../../sandbox/data/random.ts';
import type { Kind } from '../acts.ts';

const SYLLABLES = [
  'ba',
  'ce',
  'di',
  'fo',
  'gu',
  'ha',
  'ki',
  'lo',
  'mu',
  'ne',
  'pa',
  'ri',
  'so',
  'tu',
  'va',
  'we',
] as const;
/** No two are alike, so that none is taken for another. */
const newWord = (random: Random): string => {
  const word = Array.from({ length: 5 }, () => random.pick(SYLLABLES)).join('');
  return word.slice(0, 1).toUpperCase() + word.slice(1);
};

export const CUSTOMERS: readonly Kind[] = [
  {
    weight: 2,
    act: 'updateCustomer',
    key: 'crm',
    types: ['UpdateCustomerInput', 'CustomerUpdateAccepted'],
    input: ({ customer }, nr, random) => ({
      customerId: customer.hubId,
      industry: random.pick(['Retail', 'Energy', 'Media']),
      website: `https://site-${nr}.example`,
    }),
  },
  {
    weight: 2,
    act: 'onboardCustomer',
    key: 'operator',
    types: ['OnboardCustomerInput', 'CustomerOnboarding'],
    input: ({ customer, legalEntityId }, _nr, random) => {
      const word = newWord(random);
      const domain = `${word.toLowerCase()}.example`;
      return {
        legalName: `${word} ${random.pick(['Maschinenbau GmbH', 'Logistics Ltd', 'Energie AG', 'Foods Inc'])}`,
        billingAddress: { line1: 'Hafenweg 3', city: 'Bremen', postalCode: '28195', country: 'DE' },
        billingEmail: `billing@${domain}`,
        currency: customer.currency,
        paymentTerms: 'NET_30',
        legalEntityId,
        supportTier: random.pick(['STANDARD', 'PREMIUM']),
        contact: { firstName: 'Ada', lastName: 'Lund', email: `ada@${domain}` },
      };
    },
  },
  {
    weight: 2,
    act: 'mergeCustomers',
    key: 'operator',
    types: ['MergeCustomersInput', 'CustomersMergeAccepted'],
    input: ({ customer, twin }, _nr, random) =>
      twin && {
        survivorId: twin.hubId,
        mergedId: customer.hubId,
        fieldsFromMerged: random.pick([[], ['BILLING_EMAIL'], ['INDUSTRY', 'BILLING_EMAIL']]),
      },
  },
  {
    weight: 2,
    act: 'unmergeCustomers',
    key: 'operator',
    types: ['UnmergeCustomersInput', 'CustomersMergeAccepted'],
    input: ({ customer, twin }) => twin && { mergedId: customer.hubId },
  },
];
