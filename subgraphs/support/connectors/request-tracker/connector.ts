import { type Clock, instant } from '../../../../platform/clock.ts';
import { HubError } from '../../../../platform/errors.ts';
import { createOneAtATime } from '../../../../platform/one-at-a-time.ts';
import { emptyPage } from '../../../../platform/page.ts';
import type { SupportPort } from '../../port.ts';
import { withoutScans } from '../../scan-port.ts';
import { createRtApi } from './api.ts';
import { casesById, casesOf, type ReadCase } from './cases.ts';
import type { RtConfig } from './config.ts';
import { contactsOf, directory } from './customers.ts';
import { SYSTEM } from './failures.ts';
import { createSight } from './sight.ts';
import { caseOf, orgOf } from './translate.ts';
import { updateCase } from './update-case.ts';

/**
 * Request Tracker 5.0 (REST 2.0) as a support desk: tickets, and customers by their number. RT keeps no entitlements and no
 * support plans; the service level stands on each ticket.
 */
export function createRequestTrackerSupport(
  config: RtConfig,
  { clock }: { clock: Clock },
): SupportPort & { close(): Promise<void> } {
  const api = createRtApi(config);
  const sight = createSight(api);
  const oneAtATime = createOneAtATime();
  const asCase: ReadCase = (ticket) =>
    caseOf(ticket, { now: clock.now(), escalatedPriority: config.escalatedPriority });

  return {
    capabilities: {
      sla: true,
      entitlements: false,
      supportTiers: false,
      opensOrgs: false,
      caseNotes: false,
      scans: false,
    },
    close: () => api.close(),
    ...withoutScans(SYSTEM),

    async orgs(codes, call) {
      if (codes.length === 0) return [];
      await sight(call);
      const contacts = await contactsOf(codes, api, call);
      const asOf = instant(clock);
      return codes.map((code) => {
        const users = contacts.get(code);
        return users === undefined ? null : orgOf(code, users, asOf);
      });
    },

    async cases(ids, call) {
      if (ids.length === 0) return [];
      await sight(call);
      const byId = await casesById(ids, api, asCase, call);
      return ids.map((id) => byId.get(id) ?? null);
    },

    async casesOf(lists, call) {
      if (lists.length === 0) return [];
      await sight(call);
      return casesOf(lists, api, asCase, call);
    },

    async directory(page, call) {
      await sight(call);
      return directory(page, api, call);
    },

    updateCase: (change, call) =>
      oneAtATime(change.caseId, async () =>
        updateCase(change, api, { caseOf: asCase, fields: await sight(call) }, call),
      ),

    // RT takes comments, but keeps no key with them by which one in doubt could be found again.
    noteCase: async () => {
      throw new HubError('REFUSED', 'This support desk takes no notes from the hub', { system: SYSTEM });
    },
    withdrawCaseNote: async () => undefined,
    entitlements: async (ids) => ids.map(() => null),
    rightsOf: async () => [],
    grant: async () => {
      throw new HubError('REFUSED', 'This support desk keeps no entitlements', { system: SYSTEM });
    },
    openOrg: async () => {
      throw new HubError('REFUSED', 'This support desk knows a customer from its first contact on', { system: SYSTEM });
    },
    closeOrg: async () => {}, // none was opened
    updateOrg: async ({ supportTier }) => {
      if (supportTier === undefined) return;
      throw new HubError('REFUSED', 'This support desk keeps no support plans', { system: SYSTEM });
    },

    async entitlementsOf(lists) {
      if (lists.every(({ after }) => after === null)) return lists.map(() => emptyPage);
      const message = 'after must be the endCursor of an earlier page of entitlements';
      throw new HubError('INVALID', message, { system: SYSTEM, field: 'after' });
    },
  };
}
