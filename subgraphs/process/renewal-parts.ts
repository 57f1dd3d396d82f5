import type { Call } from '../../platform/call.ts';
import { HubError } from '../../platform/errors.ts';
import { money } from '../../platform/money.ts';
import type { Page } from '../../platform/page.ts';
import type { Subscription } from '../billing/model.ts';
import type { ErpCustomerId, Invoice } from '../erp/model.ts';
import type { Case, CaseSeverity, Entitlement, SupportOrgId } from '../support/model.ts';
import type { Ports } from './systems.ts';

const OPEN_CASES = ['NEW', 'OPEN', 'PENDING', 'ON_HOLD'] as const;
const OPEN_INVOICES = ['OPEN', 'OVERDUE'] as const;
const SEVERITIES: readonly CaseSeverity[] = ['LOW', 'NORMAL', 'HIGH', 'URGENT'];
const MOST_COUNTED = 100;
const MOST_NEWEST = 5;
const MOST_SEATS = 100;

/** Of each SKU, what support grants and what billing charges. */
export function besideEachOther(rights: readonly Entitlement[], items: Subscription['items']) {
  const skus = [...new Set([...items, ...rights].map(({ sku }) => sku))].slice(0, MOST_SEATS);
  return skus.map((sku) => {
    const licensed = sum(rights.filter((right) => right.sku === sku).map(({ seats }) => seats));
    const billed = sum(items.filter((item) => item.sku === sku).map(({ quantity }) => quantity));
    const standing =
      licensed === billed ? ('EVEN' as const) : licensed > billed ? ('OVER' as const) : ('UNDER' as const);
    return { sku, licensed, billed, standing };
  });
}

/** Cases that are not solved. @throws NOT_FOUND where support holds the customer no more */
export async function casesOf({ support }: Ports, of: SupportOrgId, call: Call) {
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

/** Invoices that are to be paid. @throws NOT_FOUND where the ERP holds the customer no more */
export async function invoicesOf({ erp }: Ports, of: ErpCustomerId, call: Call) {
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
export async function mustKnow(answer: Promise<readonly (object | null)[]>): Promise<void> {
  if (only(await answer) === null) throw new HubError('NOT_FOUND', 'the system holds this customer no more');
}

/** The answer to a batch of one. */
export const only = <T>([first]: readonly (T | null)[]): T | null => (first == null ? null : told(first));

/** A batch may answer one key by the error that it met. */
function told<T>(answer: T): T {
  if (answer instanceof Error) throw answer;
  return answer;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
