import type { Clock } from '../../../../platform/clock.ts';
import { instant } from '../../../../platform/clock.ts';
import { HubError } from '../../../../platform/errors.ts';
import { createOneAtATime } from '../../../../platform/one-at-a-time.ts';
import type { SupportOrg } from '../../model.ts';
import type { SupportPort } from '../../port.ts';
import { createZendeskApi } from './api.ts';
import { casesById, casesOf, isNumber } from './cases.ts';
import type { ZendeskConfig } from './config.ts';
import { hasKey, withKey } from './effect-keys.ts';
import { entitlementsById, entitlementsOf, recordsOfSubscription } from './entitlements.ts';
import { SYSTEM } from './failures.ts';
import { grant } from './grant.ts';
import { noteCase, withdrawCaseNote } from './note-case.ts';
import { createOrgOpening } from './open-org.ts';
import { createScans } from './scan.ts';
import { directoryEntryOf, entitlementOf, orgOf, wireTierOf } from './translate.ts';
import { updateCase } from './update-case.ts';
import { OneOrganization, OrganizationPage, Organizations } from './wire.ts';

/** Zendesk Support (API v2) as a support desk: organizations, tickets, and entitlements as records of a custom object. */
export function createZendeskSupport(
  config: ZendeskConfig,
  { clock }: { clock: Clock },
): SupportPort & { close(): Promise<void> } {
  const api = createZendeskApi(config);
  const oneAtATime = createOneAtATime();
  return {
    capabilities: { sla: true, entitlements: true, supportTiers: true, opensOrgs: true, caseNotes: true, scans: true },
    close: () => api.close(),

    async orgs(ids, call) {
      const askable = [...new Set(ids.filter(isNumber))];
      if (askable.length === 0) return ids.map(() => null);
      const query = { ids: askable.join(',') };
      const { organizations } = await api.get('/organizations/show_many', query, Organizations, call);
      const asOf = instant(clock);
      const byId = new Map<string, SupportOrg>(organizations.map((entry) => [String(entry.id), orgOf(entry, asOf)]));
      return ids.map((id) => byId.get(id) ?? null);
    },

    async cases(ids, call) {
      const byId = await casesById(ids, api, clock, call);
      return ids.map((id) => byId.get(id) ?? null);
    },

    async entitlements(ids, call) {
      const byId = await entitlementsById(ids, api, call);
      return ids.map((id) => byId.get(id) ?? null);
    },

    casesOf: (lists, call) => casesOf(lists, api, clock, call),
    entitlementsOf: (lists, call) => entitlementsOf(lists, api, call),

    async directory({ first, after }, call) {
      const query = { 'page[size]': Math.min(first, 100), 'page[after]': after ?? undefined };
      const { organizations, meta } = await api.get('/organizations', query, OrganizationPage, call);
      const endCursor = meta.after_cursor ?? null;
      return { entries: organizations.map(directoryEntryOf), hasMore: meta.has_more, endCursor };
    },

    ...createOrgOpening(api),
    ...createScans(api),
    grant: (change, call) => grant(change, api, call),

    async rightsOf(subscription, call) {
      const records = await recordsOfSubscription(subscription, api, call);
      return records.map(entitlementOf).filter(({ status }) => status === 'ACTIVE');
    },

    async updateOrg({ orgId, supportTier }, call) {
      if (supportTier === undefined) return;
      if (!isNumber(orgId)) throw new HubError('NOT_FOUND', 'Support holds no such organization', { system: SYSTEM });
      const path = `/organizations/${encodeURIComponent(orgId)}`;
      const { organization } = await api.get(path, {}, OneOrganization, call);
      const held = organization.organization_fields ?? {};
      const tier = wireTierOf(supportTier);
      if (held.support_tier === tier || hasKey(held.hub_keys, call.key)) return;
      const fields = { support_tier: tier, hub_keys: withKey(held.hub_keys, call.key) };
      const body = { organization: { organization_fields: fields } };
      await api.write({ method: 'PUT', path, body }, OneOrganization, call);
    },

    noteCase: (note, call) => oneAtATime(note.caseId, () => noteCase(note, api, call)),
    withdrawCaseNote: (note, call) => oneAtATime(note.caseId, () => withdrawCaseNote(note, api, call)),
    updateCase: (change, call) => oneAtATime(change.caseId, () => updateCase(change, api, clock, call)),
  };
}
