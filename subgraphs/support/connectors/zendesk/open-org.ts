import { z } from 'zod';
import { errorCode } from '../../../../platform/errors.ts';
import { id } from '../../../../platform/ids.ts';
import type { SupportPort } from '../../port.ts';
import type { ZendeskApi } from './api.ts';
import { hasKey, withKey } from './effect-keys.ts';
import { wireTierOf } from './translate.ts';
import { OneOrganization, Organizations } from './wire.ts';

/**
 * Organizations by their external id, the hub id: ticketing/organizations/organizations/#create-organization refuses a second
 * one of the same external id, and #search-organizations-by-external-id finds the first.
 */
export function createOrgOpening(api: ZendeskApi): Pick<SupportPort, 'openOrg' | 'closeOrg'> {
  async function held(hubId: string, call: Parameters<SupportPort['openOrg']>[1]) {
    const query = { external_id: hubId };
    const { organizations } = await api.get('/organizations/search', query, Organizations, call);
    return organizations.find(({ external_id: externalId }) => externalId === hubId) ?? null;
  }

  return {
    async openOrg({ hubId, name, supportTier }, call) {
      const before = await held(hubId, call);
      if (before) return id(String(before.id));
      const organization = {
        name,
        external_id: hubId,
        organization_fields: {
          ...(supportTier === null ? {} : { support_tier: wireTierOf(supportTier) }),
          hub_keys: withKey(null, call.key),
        },
      };
      const request = { method: 'POST', path: '/organizations', body: { organization } } as const;
      const answer = await api.write(request, OneOrganization, call);
      return id(String(answer.organization.id));
    },

    /** ticketing/organizations/organizations/#delete-organization */
    async closeOrg({ hubId }, call) {
      const made = await held(hubId, call);
      if (made === null || !hasKey(made.organization_fields?.hub_keys, call.key)) return;
      try {
        await api.write({ method: 'DELETE', path: `/organizations/${made.id}`, body: undefined }, z.unknown(), call);
      } catch (error) {
        if (errorCode(error) !== 'NOT_FOUND') throw error;
      }
    },
  };
}
