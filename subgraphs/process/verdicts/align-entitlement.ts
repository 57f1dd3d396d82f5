import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import type { Subscription } from '../../billing/model.ts';
import type { Entitlement } from '../../support/model.ts';
import type { PlannedWrite } from '../model.ts';
import type { AlignEntitlementAsked } from '../port.ts';
import type { AlignEntitlement } from '../sagas/align-entitlement.ts';
import type { Ports } from '../systems.ts';
import { isId } from './input.ts';
import { asKnown, lacks } from './known-customer.ts';
import { collectReasons, rejected, type Verdict } from './verdict.ts';

/** Judges what a subscription gives now, by what billing and support hold: both are read past the cache. */
export async function judgeAlignment(
  ports: Ports,
  { subscriptionId }: AlignEntitlementAsked,
  given: { readonly today: string; readonly ownerOf: (field: string) => PlannedWrite['owner'] },
  reading: Call,
): Promise<Verdict<AlignEntitlement>> {
  const { billing, identity, support } = ports;
  const reasons = collectReasons();
  const key = id<'Subscription'>(subscriptionId);
  const [subscription] = isId(subscriptionId) ? await billing.subscriptions([key], reading) : [];
  if (!subscription) {
    reasons.add('UNKNOWN_SUBSCRIPTION', 'BILLING', 'billing has no such subscription', 'subscriptionId');
    return rejected(reasons);
  }
  if (subscription.status === 'INCOMPLETE') {
    reasons.add(
      'CONTRACT_STATE',
      'BILLING',
      'the subscription was never paid for, and gives nothing yet',
      'subscriptionId',
    );
    return rejected(reasons);
  }
  if (!support.capabilities.entitlements) {
    reasons.add('NOTHING_TO_CHANGE', 'SUPPORT', 'support keeps no entitlements');
    return rejected(reasons);
  }
  const [found] = await identity.byExternalId([{ system: 'BILLING', externalId: subscription.customerId }], reading);
  if (!found) {
    reasons.add('UNKNOWN_CUSTOMER', 'HUB', 'the register does not know whose subscription it is', 'subscriptionId');
    return rejected(reasons);
  }
  const customer = asKnown(found);
  const { supportOrgId: orgId } = customer;
  if (lacks('SUPPORT', orgId, reasons, 'subscriptionId') || orgId === null) return rejected(reasons);
  const held = await support.rightsOf({ orgId, subscriptionId }, reading);
  const rights = rightsGivenBy(subscription);
  if (summaryOf(held) === summaryOf(rights)) {
    reasons.add('NOTHING_TO_CHANGE', 'SUPPORT', 'support holds what the subscription gives already');
    return rejected(reasons);
  }
  const { cancelledOn, status, startedOn } = subscription;
  const ended = status === 'CANCELLED';
  const field = 'Entitlement.seats';
  const act: AlignEntitlement = {
    customer,
    grant: {
      orgId,
      subscriptionId,
      startsOn: ended ? startedOn : given.today,
      endsOn: cancelledOn,
      rights,
    },
    writes: [
      {
        system: 'SUPPORT',
        owner: given.ownerOf(field),
        field,
        oldValue: summaryOf(held) || null,
        newValue: summaryOf(rights) || null,
      },
    ],
  };
  return { passed: true, plan: act };
}

/** Rights are given for what runs, whether or not it was paid in time: that is for people to decide. */
const rightsGivenBy = ({ status, items }: Subscription): { sku: string; seats: number }[] =>
  status === 'CANCELLED' ? [] : items.map(({ sku, quantity }) => ({ sku, seats: quantity }));

const summaryOf = (rights: readonly Pick<Entitlement, 'sku' | 'seats'>[]): string =>
  rights
    .map(({ sku, seats }) => `${seats} × ${sku}`)
    .sort()
    .join(', ');
