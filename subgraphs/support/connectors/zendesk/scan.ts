import type { SupportScanPort } from '../../scan-port.ts';
import type { ZendeskApi } from './api.ts';
import { RECORDS } from './entitlements.ts';
import { entitlementOf } from './translate.ts';
import { OneOrganization, OrganizationPage, RecordPage } from './wire.ts';

/** Most that a page with a cursor holds: introduction/pagination/#cursor-pagination */
const MOST = 100;

/** Everything that the desk holds, by cursor pages of organizations and of the records of the object `entitlement`. */
export function createScans(api: ZendeskApi): SupportScanPort {
  const paging = (first: number, after: string | null) => ({
    'page[size]': Math.min(first, MOST),
    'page[after]': after ?? undefined,
  });
  return {
    async scanOrgs({ first, after }, call) {
      const { organizations, meta } = await api.get('/organizations', paging(first, after), OrganizationPage, call);
      const entries = organizations.map(({ id, external_id, name }) => ({
        externalId: String(id),
        hubId: external_id ?? null,
        state: 'STANDS' as const, // Zendesk tells nothing of an organization that was deleted
        values: { 'Customer.legalName': name },
      }));
      return { entries, hasMore: meta.has_more, endCursor: meta.after_cursor ?? after };
    },

    async scanEntitlements({ first, after }, call) {
      const { custom_object_records, meta } = await api.get(RECORDS, paging(first, after), RecordPage, call);
      const entries = custom_object_records.map(entitlementOf);
      return { entries, hasMore: meta.has_more, endCursor: meta.after_cursor ?? after };
    },

    async correctCopy({ externalId, values }, call) {
      const { 'Customer.legalName': name } = values;
      if (typeof name !== 'string') return;
      const path = `/organizations/${encodeURIComponent(externalId)}`;
      await api.write({ method: 'PUT', path, body: { organization: { name } } }, OneOrganization, call);
    },
  };
}
