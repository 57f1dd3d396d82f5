import type { Call } from '../../platform/call.ts';
import { day } from '../../platform/clock.ts';
import { id } from '../../platform/ids.ts';
import { overageOf, type Subscription } from '../billing/model.ts';
import type { Context } from './loaders.ts';
import type { KnownCustomer, Process } from './model.ts';
import { besideEachOther, casesOf, invoicesOf, mustKnow, only } from './renewal-parts.ts';
import { type Part, type Source, type Sources, sourcesFor } from './renewal-sources.ts';
import type { Ports } from './systems.ts';
import { isId } from './verdicts/input.ts';
import { asKnown } from './verdicts/known-customer.ts';

const MOST_ACTS = 20;

/** What a renewal of the subscription is prepared from, as far as the systems tell it; null: billing has no such subscription. */
export async function renewalPreparationOf(context: Context, subscriptionId: string) {
  const { ports, call, clock, loaders } = context;
  if (!isId(subscriptionId)) return null;
  const sources = sourcesFor(call, clock);
  const key = id<'Subscription'>(subscriptionId);
  const [found, journal] = await Promise.all([
    sources.read('BILLING', ['renewsOn', 'agreedTerm', 'usage', 'seats'], async (reading) =>
      only(await ports.billing.subscriptions([key], reading)),
    ),
    sources.read('HUB', ['acts'], () =>
      loaders.list.load({ of: `subscription:${subscriptionId}`, first: MOST_ACTS, after: null, status: null }),
    ),
  ]);
  if (found === null) return null;
  const customer = await customerOf(ports, found, journal?.entries ?? [], sources);
  const [usage, seats, openCases, openInvoices] = await Promise.all([
    found && usageOf(ports, found, sources),
    seatsOf(ports, found, customer, sources),
    knownTo('SUPPORT', customer?.supportOrgId, ['openCases'], sources, (of, reading) => casesOf(ports, of, reading)),
    knownTo('ERP', customer?.erpCustomerId, ['openInvoices'], sources, (of, reading) => invoicesOf(ports, of, reading)),
  ]);
  const since = found === undefined ? '' : termStartOf(found, day(clock));
  return {
    renewsOn: found?.renewsOn ?? null,
    agreedTerm: found?.agreedTerm ?? null,
    usage: usage ?? null,
    seats: seats ?? null,
    openCases: openCases ?? null,
    openInvoices: openInvoices ?? null,
    acts: journal?.entries.filter(({ startedAt }) => startedAt >= since) ?? null,
    completeness: sources.told(),
  };
}

/** Whose subscription it is; while billing does not say, the journal does where an act of the hub was about it. */
async function customerOf(
  { identity }: Ports,
  subscription: Subscription | undefined,
  acts: readonly Process[],
  sources: Sources,
): Promise<KnownCustomer | undefined> {
  const known = acts.find(({ customerId }) => customerId !== null)?.customerId;
  const found = await sources.read('HUB', [], async (call) => {
    if (subscription !== undefined) {
      return only(await identity.byExternalId([{ system: 'BILLING', externalId: subscription.customerId }], call));
    }
    return known == null ? null : only(await identity.customers([id<'Customer'>(known)], call));
  });
  return found ? asKnown(found) : undefined;
}

const termStartOf = ({ agreedTerm, currentTermStartsOn }: Subscription, today: string): string =>
  agreedTerm !== null && agreedTerm.startsOn <= today ? agreedTerm.startsOn : currentTermStartsOn;

/** Asks a system by its own id of the customer: null: it has none; undefined: nobody could tell which customer it is. */
function knownTo<Id, T>(
  system: Source,
  of: Id | null | undefined,
  parts: readonly Part[],
  sources: Sources,
  ask: (of: Id, call: Call) => Promise<T>,
): Promise<T | undefined> {
  if (of == null) return Promise.resolve(sources.lacks(system, parts, of === null ? 'ABSENT' : 'NOT_ASKED'));
  return sources.read(system, parts, (call) => ask(of, call));
}

function usageOf({ billing }: Ports, { id: subscriptionId, metered }: Subscription, sources: Sources) {
  if (metered.length === 0) return [];
  return sources.read('BILLING', ['usage'], async (call) => {
    const used = only(await billing.usage([{ subscriptionId, days: null }], call));
    return (used?.meters ?? []).map((meter) => ({ ...meter, overage: overageOf(meter) }));
  });
}

async function seatsOf(
  { support }: Ports,
  subscription: Subscription | undefined,
  customer: KnownCustomer | undefined,
  sources: Sources,
) {
  if (!support.capabilities.entitlements) return sources.lacks('SUPPORT', ['seats'], 'ABSENT');
  if (subscription === undefined) return undefined; // noted as missing of billing
  return knownTo('SUPPORT', customer?.supportOrgId, ['seats'], sources, async (orgId, call) => {
    const about = { orgId, subscriptionId: subscription.id };
    const [rights] = await Promise.all([support.rightsOf(about, call), mustKnow(support.orgs([orgId], call))]);
    return besideEachOther(rights, subscription.items);
  });
}
