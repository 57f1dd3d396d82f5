import { amountText, money, toText } from '../../../platform/money.ts';
import { type CustomerFacts, standing } from '../facts.ts';
import type { Found } from '../found.ts';
import { moneyIn, monthlyOf } from './at-stake.ts';

/** What sales was last told is contracted, against what billing charges; who was told nothing, or sells in two currencies, is left out. */
export function bookingsThatDiffer(facts: CustomerFacts): Found[] {
  const { customerId } = facts;
  const account = standing(facts.crm, customerId);
  const charged = monthlyOf(facts);
  if (account?.contractedMonthly == null || charged === null) return [];
  const told = moneyIn(account.contractedMonthly);
  if (told.currency !== charged.currency || told.minor === charged.minor) return [];
  const subscription = facts.billing.find(({ hubId }) => hubId === customerId)?.subscriptions[0];
  const difference = told.minor - charged.minor;
  return [
    {
      kind: 'BOOKINGS_DIFFER',
      customerId,
      customerName: facts.registered?.name ?? customerId,
      system: 'CRM',
      owner: 'BILLING',
      field: 'CustomerSubscription.monthlyCharge',
      subject: account.externalId,
      ownerValue: `${amountText(charged)} ${charged.currency}`,
      observedValue: `${amountText(told)} ${told.currency}`,
      atStake: toText(money(difference < 0n ? -difference : difference, charged.currency)),
      about: { externalId: account.externalId, subscriptionId: subscription?.id ?? null },
    },
  ];
}
