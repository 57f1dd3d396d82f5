import { id } from '../../platform/ids.ts';
import { connection, listOf } from '../../platform/page.ts';
import type { Context } from './loaders.ts';
import { type CustomerRef, casePosition, type SupportOrg, type SupportOrgId } from './model.ts';
import type { Resolvers } from './schema.generated.ts';

/** One field of support's organization; null, without a call, where support does not know the customer. */
const ofOrg =
  <T>(read: (org: SupportOrg) => T) =>
  async ({ supportOrgId }: CustomerRef, _args: unknown, { loaders }: Context): Promise<T | null> => {
    if (supportOrgId === null) return null;
    const org = await loaders.orgs.load(supportOrgId);
    return org === null ? null : read(org);
  };

const customerRef = (supportOrgId: SupportOrgId | null): CustomerRef => ({ supportOrgId });

export const resolvers: Resolvers = {
  Query: {
    case: (_root, args, { loaders }) => loaders.cases.load(id(args.id)),
    entitlement: (_root, args, { loaders }) => loaders.entitlements.load(id(args.id)),
  },
  Customer: {
    __resolveReference: ({ supportOrgId }) =>
      customerRef(supportOrgId === null || supportOrgId === undefined ? null : id<'SupportOrg'>(supportOrgId)),
    supportTier: ofOrg(({ supportTier }) => supportTier),
    cases: async ({ supportOrgId }, args, { loaders }) =>
      supportOrgId === null ? null : connection(await loaders.casesOf.load(listOf(supportOrgId, args)), casePosition),
    entitlements: async ({ supportOrgId }, args, { loaders }) =>
      supportOrgId === null
        ? null
        : connection(await loaders.entitlementsOf.load(listOf(supportOrgId, args)), (entitlement) => entitlement.id),
    observedBySupport: ofOrg(({ name, asOf }) => [
      { field: 'Customer.legalName', system: 'SUPPORT' as const, value: name, asOf },
    ]),
  },
  Case: {
    __resolveReference: (reference, { loaders }) => loaders.cases.load(id(reference.id)),
    customer: ({ orgId }) => (orgId === null ? null : customerRef(orgId)),
  },
  Entitlement: {
    __resolveReference: (reference, { loaders }) => loaders.entitlements.load(id(reference.id)),
    overLicensed: ({ seats, seatsUsed }) => seatsUsed > seats,
    product: ({ sku }) => ({ sku }),
    customer: ({ orgId }) => customerRef(orgId),
  },
};
