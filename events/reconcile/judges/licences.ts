import { times, toText } from '../../../platform/money.ts';
import { type CustomerFacts, standing } from '../facts.ts';
import type { Found } from '../found.ts';
import { moneyIn } from './at-stake.ts';

/**
 * What customers pay for against what they may use: seats by subscription and SKU. Nothing is said of who is not, or more
 * than once, in support: that is another finding.
 */
export function licencesThatDiffer(facts: CustomerFacts): Found[] {
  const { customerId } = facts;
  const org = standing(facts.support, customerId);
  if (org === null) return [];
  const subscriptions = facts.billing
    .filter(({ hubId, state }) => hubId === customerId && state === 'STANDS')
    .flatMap((record) => record.subscriptions);
  const rights = facts.rights.filter(({ status, subscriptionId }) => status === 'ACTIVE' && subscriptionId !== null);
  const found: Found[] = [];
  const tell = (kind: Found['kind'], subscriptionId: string, sku: string, paid: Paid | null, seats: number | null) => {
    const difference = Math.abs((paid?.quantity ?? 0) - (seats ?? 0));
    found.push({
      kind,
      customerId,
      customerName: facts.registered?.name ?? customerId,
      system: 'SUPPORT',
      owner: 'BILLING',
      field: 'Entitlement.seats',
      subject: `${subscriptionId}:${sku}`,
      ownerValue: `${sku}: ${paid?.quantity ?? 0}`,
      observedValue: seats === null ? null : `${sku}: ${seats}`,
      atStake: paid === null ? null : toText(times(moneyIn(paid.unitPrice), difference)),
      about: { subscriptionId, sku, orgId: org.externalId },
    });
  };

  const seen = new Set<unknown>();
  for (const { id, items } of subscriptions) {
    for (const [sku, same] of Map.groupBy(items, (item) => item.sku)) {
      const [first] = same as [Paid, ...Paid[]]; // groupBy makes no empty group
      const paid = { ...first, quantity: same.reduce((seats, { quantity }) => seats + quantity, 0) };
      const right = rights.find((one) => one.subscriptionId === id && one.sku === sku);
      seen.add(right);
      if (right === undefined) {
        if (paid.quantity > 0) tell('ENTITLEMENT_MISSING', id, sku, paid, null);
      } else if (right.seats < paid.quantity) tell('UNDER_LICENSED', id, sku, paid, right.seats);
      else if (right.seats > paid.quantity) tell('OVER_LICENSED', id, sku, paid, right.seats);
    }
  }
  for (const right of rights.filter((one) => !seen.has(one) && one.seats > 0)) {
    tell('OVER_LICENSED', right.subscriptionId ?? '', right.sku, null, right.seats);
  }
  return found;
}

type Paid = CustomerFacts['billing'][number]['subscriptions'][number]['items'][number];
