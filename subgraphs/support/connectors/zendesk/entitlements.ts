import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import { emptyPage, type ListOf, type Page, pageOf } from '../../../../platform/page.ts';
import type { Entitlement, EntitlementId, SupportOrgId } from '../../model.ts';
import type { ZendeskApi } from './api.ts';
import { isNumber } from './cases.ts';
import { SYSTEM } from './failures.ts';
import { entitlementOf } from './translate.ts';
import { type EntitlementRecord, RecordPage } from './wire.ts';

/** The custom object's key is fixed: README says how it is set up. */
export const RECORDS = '/custom_objects/entitlement/records';
const PER_PAGE = 100;

/** A filter of custom-data/v2/searching-custom-object-records. */
type Filter =
  | { readonly [field: `custom_object_fields.${string}`]: { readonly $eq: string } }
  | { $or: readonly Filter[] };

export async function entitlementsById(
  ids: readonly EntitlementId[],
  api: ZendeskApi,
  call: Call,
): Promise<Map<string, Entitlement>> {
  // The ids go into a comma-separated list: anything else than an id would ask for other records.
  const askable = [...new Set(ids.filter((id) => /^[\w-]{1,64}$/.test(id)))];
  if (askable.length === 0) return new Map();
  const query = { 'filter[ids]': askable.join(','), 'page[size]': PER_PAGE };
  const { custom_object_records } = await api.get(RECORDS, query, RecordPage, call);
  return new Map(custom_object_records.map((record) => [record.id, entitlementOf(record)]));
}

/** Pages of entitlements of up to a hundred organizations, all by one filtered search and its pages. */
export async function entitlementsOf(
  lists: readonly ListOf<SupportOrgId>[],
  api: ZendeskApi,
  call: Call,
): Promise<readonly Page<Entitlement>[]> {
  const orgs = [...new Set(lists.map(({ of }) => of).filter(isNumber))];
  let byOrg = new Map<string, EntitlementRecord[]>();
  if (orgs.length > 0) {
    const filter = anyOf(orgs.map((org) => ({ 'custom_object_fields.organization': { $eq: org } })));
    await search(filter, api, call, (found) => {
      byOrg = Map.groupBy(found, ({ custom_object_fields }) => custom_object_fields.organization);
      return lists.every((list) => reaches(list, byOrg.get(list.of) ?? []));
    });
  }
  return lists.map((list) => {
    const records = byOrg.get(list.of) ?? [];
    if (list.after !== null && !records.some(({ id }) => id === list.after)) {
      const message = 'after must be the endCursor of an earlier page of entitlements';
      throw new HubError('INVALID', message, { system: SYSTEM, field: 'after' });
    }
    if (records.length === 0) return emptyPage;
    const page = pageOf(records, list.first, list.after, ({ id }) => id);
    return { ...page, entries: page.entries.map(entitlementOf) };
  });
}

/** Whether what was read holds the list's page and tells whether there is more. */
function reaches({ first, after }: ListOf, records: readonly EntitlementRecord[]): boolean {
  const start = after === null ? 0 : records.findIndex(({ id }) => id === after) + 1;
  return (after === null || start > 0) && records.length > start + first;
}

/** All records of a subscription that search and, because its index lags, the list of the last changes know of. */
export async function recordsOfSubscription(
  { orgId, subscriptionId }: { orgId: SupportOrgId; subscriptionId: string },
  api: ZendeskApi,
  call: Call,
): Promise<EntitlementRecord[]> {
  const filter: Filter = { 'custom_object_fields.subscription_id': { $eq: subscriptionId } };
  const latest = { sort: '-updated_at', 'page[size]': PER_PAGE };
  const [indexed, changed] = await Promise.all([
    search(filter, api, call, () => false),
    api.get(RECORDS, latest, RecordPage, call),
  ]);
  // Later entries win: the list is read from the database, the search from its index.
  const byId = new Map([...indexed, ...changed.custom_object_records].map((record) => [record.id, record]));
  return [...byId.values()].filter(
    ({ custom_object_fields: fields }) => fields.subscription_id === subscriptionId && fields.organization === orgId,
  );
}

/** Records by external id, read from the database and not from the search index. */
export async function recordsByExternalId(
  externalIds: readonly string[],
  api: ZendeskApi,
  call: Call,
): Promise<EntitlementRecord[]> {
  if (externalIds.length === 0) return [];
  const query = { 'filter[external_ids]': externalIds.join(','), 'page[size]': PER_PAGE };
  return (await api.get(RECORDS, query, RecordPage, call)).custom_object_records;
}

/** Newest first, until `enough` or the end. custom-data/custom-objects/custom_object_records/#filtered-search-of-custom-object-records */
async function search(
  filter: Filter,
  api: ZendeskApi,
  call: Call,
  enough: (found: EntitlementRecord[]) => boolean,
): Promise<EntitlementRecord[]> {
  const found = new Map<string, EntitlementRecord>();
  let after: string | undefined;
  for (;;) {
    const query = { sort: '-created_at', 'page[size]': PER_PAGE, 'page[after]': after };
    const { custom_object_records, meta } = await api.ask(`${RECORDS}/search`, query, { filter }, RecordPage, call);
    for (const record of custom_object_records) found.set(record.id, record);
    const sorted = [...found.values()].sort(newestFirst);
    if (enough(sorted) || !meta.has_more || meta.after_cursor == null) return sorted;
    after = meta.after_cursor;
  }
}

const anyOf = (filters: readonly Filter[]): Filter =>
  filters.length === 1 && filters[0] ? filters[0] : { $or: filters };

const newestFirst = (a: EntitlementRecord, b: EntitlementRecord): number =>
  Date.parse(b.created_at) - Date.parse(a.created_at) || (a.id < b.id ? 1 : -1);
