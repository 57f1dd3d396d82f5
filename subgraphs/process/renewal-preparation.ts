import type { Call } from '../../platform/call.ts';
import { day } from '../../platform/clock.ts';
import { HubError } from '../../platform/errors.ts';
import { id } from '../../platform/ids.ts';
import { money } from '../../platform/money.ts';
import type { Page } from '../../platform/page.ts';
import { overageOf, type Subscription } from '../billing/model.ts';
import type { ErpCustomerId, Invoice } from '../erp/model.ts';
import type { Case, CaseSeverity, Entitlement, SupportOrgId } from '../support/model.ts';
import type { Context } from './loaders.ts';
import type { KnownCustomer, Process } from './model.ts';
import { type Part, type Source, type Sources, sourcesFor } from './renewal-sources.ts';
import type { Ports } from './systems.ts';
import { isId } from './verdicts/input.ts';
import { asKnown } from './verdicts/known-customer.ts';

const OPEN_CASES = ['NEW', 'OPEN', 'PENDING', 'ON_HOLD'] as const;
const OPEN_INVOICES = ['OPEN', 'OVERDUE'] as const;
const SEVERITIES: readonly CaseSeverity[] = ['LOW', 'NORMAL', 'HIGH', 'URGENT'];
const MOST_COUNTED = 100;
const MOST_NEWEST = 5;
const MOST_ACTS = 20;
const MOST_SEATS = 100;

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

function besideEachOther(rights: readonly Entitlement[], items: Subscription['items']) {
  const skus = [...new Set([...items, ...rights].map(({ sku }) => sku))].slice(0, MOST_SEATS);
  return skus.map((sku) => {
    const licensed = sum(rights.filter((right) => right.sku === sku).map(({ seats }) => seats));
    const billed = sum(items.filter((item) => item.sku === sku).map(({ quantity }) => quantity));
    const standing =
      licensed === billed ? ('EVEN' as const) : licensed > billed ? ('OVER' as const) : ('UNDER' as const);
    return { sku, licensed, billed, standing };
  });
}

async function casesOf({ support }: Ports, of: SupportOrgId, call: Call) {
  const lists = OPEN_CASES.map((status) => ({ of, first: MOST_COUNTED, after: null, status }));
  const [pages] = await Promise.all([support.casesOf(lists, call), mustKnow(support.orgs([of], call))]);
  const { entries, hasMore } = joined<Case>(pages);
  const newest = entries.toSorted((one, other) => (one.openedAt < other.openedAt ? 1 : -1)).slice(0, MOST_NEWEST);
  const highest = Math.max(...entries.map(({ severity }) => SEVERITIES.indexOf(severity)));
  return {
    count: entries.length,
    hasMore,
    highestSeverity: SEVERITIES[highest] ?? null,
    newest: newest.map(({ id: caseId }) => ({ id: caseId })),
  };
}

async function invoicesOf({ erp }: Ports, of: ErpCustomerId, call: Call) {
  const lists = OPEN_INVOICES.map((status) => ({ of, first: MOST_COUNTED, after: null, status }));
  const [pages] = await Promise.all([erp.invoicesOf(lists, call), mustKnow(erp.customers([of], call))]);
  const { entries, hasMore } = joined<Invoice>(pages);
  const due = new Map<string, bigint>();
  for (const { balance } of entries) due.set(balance.currency, (due.get(balance.currency) ?? 0n) + balance.minor);
  return {
    count: entries.length,
    hasMore,
    totalDue: [...due].map(([currency, minor]) => money(minor, currency)),
    oldestDueOn: entries.flatMap(({ dueOn }) => dueOn ?? []).toSorted()[0] ?? null,
  };
}

/** Pages of several statuses as one list. A page that could not be had fails it: part of a sum is not the sum. */
function joined<T extends { readonly id: string }>(pages: readonly Page<T>[]) {
  const entries = pages.flatMap((page) => told(page).entries);
  return {
    entries: [...new Map(entries.map((one) => [one.id, one])).values()], // one whose status changed meanwhile is in two
    hasMore: pages.some(({ hasMore }) => hasMore),
  };
}

/** A linked customer whom the system holds no more is not one without cases or invoices. @throws NOT_FOUND */
async function mustKnow(answer: Promise<readonly (object | null)[]>): Promise<void> {
  if (only(await answer) === null) throw new HubError('NOT_FOUND', 'the system holds this customer no more');
}

const only = <T>([first]: readonly (T | null)[]): T | null => (first == null ? null : told(first));

/** A batch may answer one key by the error that it met. */
function told<T>(answer: T): T {
  if (answer instanceof Error) throw answer;
  return answer;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
