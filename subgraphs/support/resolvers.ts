import { GraphQLError } from 'graphql';
import { id } from '../../platform/ids.ts';
import { connection, type ListOf } from '../../platform/page.ts';
import type { Context } from './loaders.ts';
import { type CustomerRef, casePosition, type SupportOrg, type SupportOrgId } from './model.ts';
import type { Resolvers } from './schema.generated.ts';

/** One field of support's organization; null, without a call, where support does not know the customer. */
const ofOrg =
  <T>(read: (org: SupportOrg) => T) =>
  async ({ supportOrgId }: CustomerRef, _args: unknown, { loaders }: Context): Promise<T | null> => {
    if (supportOrgId === null) return null;
    const org = await loaders.org.load(supportOrgId);
    return org === null ? null : read(org);
  };

const customerRef = (supportOrgId: SupportOrgId | null): CustomerRef => ({ supportOrgId });

interface ListArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly status?: string | null;
}

function listOf<Key extends string>(of: Key, { first, after = null, status = null }: ListArguments): ListOf<Key> {
  if (first != null && (first < 1 || first > 100)) {
    const message = `first must be from 1 to 100; it is ${first}`;
    throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', field: 'first' } });
  }
  return { of, first: first ?? 10, after, status };
}

export const resolvers: Resolvers = {
  Query: {
    case: (_root, args, { loaders }) => loaders.case.load(id(args.id)),
    entitlement: (_root, args, { loaders }) => loaders.entitlement.load(id(args.id)),
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
    __resolveReference: (reference, { loaders }) => loaders.case.load(id(reference.id)),
    customer: ({ orgId }) => (orgId === null ? null : customerRef(orgId)),
  },
  Entitlement: {
    __resolveReference: (reference, { loaders }) => loaders.entitlement.load(id(reference.id)),
    overLicensed: ({ seats, seatsUsed }) => seatsUsed > seats,
    product: ({ sku }) => ({ sku }),
    customer: ({ orgId }) => customerRef(orgId),
  },
};
