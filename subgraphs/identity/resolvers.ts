import type { WriteCall } from '../../platform/call.ts';
import { HubError } from '../../platform/errors.ts';
import { id } from '../../platform/ids.ts';
import { connection, pageSize } from '../../platform/page.ts';
import type { Context } from './loaders.ts';
import { type Customer, LINKED_SYSTEMS, type LinkedSystem } from './model.ts';
import type { LinkOfCustomer } from './port.ts';
import type { CustomerResolvers, LinkCustomerInput, Resolvers, System } from './schema.generated.ts';

/** The key field by which each system's subgraph refers to a customer. */
const KEY_FIELD = {
  ERP: 'erpCustomerId',
  BILLING: 'billingCustomerId',
  CRM: 'crmAccountId',
  SUPPORT: 'supportOrgId',
  SUCCESS: 'successAccountId',
} as const satisfies Record<LinkedSystem, string>;

const LONGEST_SEARCH = 200;

export const resolvers: Resolvers = {
  Query: {
    customer: (_root, args, { loaders }) => loaders.customers.load(id(args.id)),
    customerByExternalId: (_root, { system, externalId }, { loaders }) =>
      isLinked(system) ? loaders.byExternalId.load({ system, externalId }) : loaders.customers.load(id(externalId)),
    customers: async (_root, { search, first, after }, { port, call, principal }) =>
      connection(
        await port.search(
          {
            search: searchTerm(search),
            byEmail: principal.unmasked.includes('PERSONAL'), // who is shown a masked address must not find out the rest by trying
            first: pageSize(first),
            after: after ?? null,
          },
          call,
        ),
        ({ id: hubId }) => hubId,
      ),
    duplicateCustomers: (_root, { first }, { port, call }) => port.duplicates({ first: pageSize(first) }, call),
  },

  Mutation: {
    linkCustomer: async (_root, { input }, context) => {
      const link = await linkGiven(input, context);
      await context.port.link(link, asSteward(context));
      return context.loaders.customers.clear(link.customerId).load(link.customerId);
    },
    unlinkCustomer: async (_root, { input }, context) => {
      const link = await linkGiven(input, context);
      await context.port.endLink(link, asSteward(context));
      return context.loaders.customers.clear(link.customerId).load(link.customerId);
    },
  },

  Customer: {
    __resolveReference: (reference, context) => byReference(reference, context),
    erpCustomerId: ({ externalIdBySystem }) => externalIdBySystem.ERP,
    billingCustomerId: ({ externalIdBySystem }) => externalIdBySystem.BILLING,
    crmAccountId: ({ externalIdBySystem }) => externalIdBySystem.CRM,
    supportOrgId: ({ externalIdBySystem }) => externalIdBySystem.SUPPORT,
    successAccountId: ({ externalIdBySystem }) => externalIdBySystem.SUCCESS,
    externalIds: ({ links }) => links,
    parent: async ({ parentId }, _args, { loaders }) => {
      if (parentId === null) return null;
      const parent = await loaders.customers.load(parentId);
      if (parent !== null) return parent;
      throw new HubError('NOT_FOUND', 'there is no customer of this id'); // as for a caller who does not see it
    },
    children: async (customer, { first, after }, { loaders }) =>
      connection(
        await loaders.childrenOf.load({ of: customer.id, first: pageSize(first), after: after ?? null }),
        ({ id: hubId }) => hubId,
      ),
  },
};

type Reference = Parameters<NonNullable<CustomerResolvers['__resolveReference']>>[0];

/** By whichever key the reference carries; a null key means that the system knows no customer, which is no error. */
function byReference(reference: Reference, { loaders }: Context): Promise<Customer | null> | null {
  const keys: Partial<Record<string, unknown>> = { ...reference };
  if (typeof keys.id === 'string') return loaders.customers.load(id(keys.id));
  for (const system of LINKED_SYSTEMS) {
    const externalId = keys[KEY_FIELD[system]];
    if (typeof externalId === 'string') return loaders.byExternalId.load({ system, externalId });
  }
  return null;
}

/** The register itself refuses what cannot be. Who sees some customers only would learn of the others' records by it. */
async function linkGiven(
  { customerId, system, externalId }: LinkCustomerInput,
  { loaders, principal }: Context,
): Promise<LinkOfCustomer> {
  if (principal.rows !== null) {
    throw new HubError('REFUSED', 'a key that sees some customers only links none');
  }
  if (!isLinked(system)) {
    throw new HubError('INVALID', 'input.system must be another than HUB', { field: 'input.system' });
  }
  const customer = await loaders.customers.load(id(customerId));
  if (customer !== null) return { customerId: customer.id, system, externalId };
  throw new HubError('NOT_FOUND', 'there is no customer of this id', { field: 'input.customerId' });
}

/** The register owns the links, and has asked its own rules. Both writes may be said twice, so that any key does. */
const asSteward = ({ call }: Context): WriteCall => ({ ...call, key: call.correlationId, actingFor: 'HUB' });

/** `HUB` is the one system that has no links: its ids are the register's own. */
const isLinked = (system: System): system is LinkedSystem => system !== 'HUB';

function searchTerm(search: string | null | undefined): string | null {
  if (search != null && search.length > LONGEST_SEARCH) {
    throw new HubError('INVALID', `search must have at most ${LONGEST_SEARCH} characters`, { field: 'search' });
  }
  return search ?? null;
}
