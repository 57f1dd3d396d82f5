import { HubError } from '../../platform/errors.ts';
import { id } from '../../platform/ids.ts';
import { withConsent } from '../../platform/mask/consent.ts';
import { connection } from '../../platform/page.ts';
import { checkedPage, contactCursor, opportunityCursor, quoteCursor } from './cursor.ts';
import type { Context } from './loaders.ts';
import type { CrmAccount, CrmAccountId, CustomerRef } from './model.ts';
import { observedIn } from './observed.ts';
import type { Resolvers } from './schema.generated.ts';

/** One field of the CRM's account; null, without a call, where the CRM does not know the customer. */
const ofAccount =
  <T>(read: (account: CrmAccount) => T) =>
  async ({ crmAccountId }: CustomerRef, _args: unknown, { loaders }: Context): Promise<T | null> => {
    if (crmAccountId === null) return null;
    const account = await loaders.accounts.load(crmAccountId);
    return account === null ? null : read(account);
  };

/** Another customer that a record names. A caller with rows who does not see it is told what is told of one there is not. */
async function linked(accountId: CrmAccountId | null, { loaders, call }: Context): Promise<CustomerRef | null> {
  if (accountId === null) return null;
  if (call.rows != null && (await loaders.accounts.load(accountId)) === null) {
    throw new HubError('NOT_FOUND', 'there is no customer of this id');
  }
  return customerRef(accountId);
}

const customerRef = (crmAccountId: CrmAccountId | null): CustomerRef => ({ crmAccountId });

export const resolvers: Resolvers = {
  Query: {
    opportunity: (_root, args, { loaders }) => loaders.opportunities.load(id(args.id)),
    contact: (_root, args, { loaders }) => loaders.contacts.load(id(args.id)),
  },
  Customer: {
    __resolveReference: ({ crmAccountId }) =>
      customerRef(crmAccountId === null || crmAccountId === undefined ? null : id<'CrmAccount'>(crmAccountId)),
    segment: ofAccount(({ segment }) => segment),
    industry: ofAccount(({ industry }) => industry),
    region: ofAccount(({ region }) => region),
    website: ofAccount(({ website }) => website),
    accountOwner: ofAccount(({ accountOwner }) => accountOwner),
    accountHealth: ofAccount(({ health }) => health),
    accountHealthReason: ofAccount(({ healthReason }) => healthReason),
    salesParent: async (customer, args, context) =>
      linked(await ofAccount(({ salesParentId }) => salesParentId)(customer, args, context), context),
    observedByCrm: ofAccount(observedIn),
    contacts: async ({ crmAccountId }, args, { loaders }) => {
      const page = checkedPage(args, 'text');
      if (crmAccountId === null) return null;
      return connection(await loaders.contactsOf.load({ of: crmAccountId, ...page }), contactCursor);
    },
    opportunities: async ({ crmAccountId }, args, { loaders }) => {
      const page = checkedPage(args, 'day');
      if (crmAccountId === null) return null;
      return connection(await loaders.opportunitiesOf.load({ of: crmAccountId, ...page }), opportunityCursor);
    },
    quotes: async ({ crmAccountId }, args, { loaders, port }) => {
      const page = checkedPage(args, 'text');
      if (crmAccountId === null || !port.capabilities.quotes) return null;
      return connection(await loaders.quotesOf.load({ of: crmAccountId, ...page }), quoteCursor);
    },
  },
  Contact: {
    __resolveReference: (reference, { loaders }) => loaders.contacts.load(id(reference.id)),
    marketingEmail: ({ email, emailConsent }) => withConsent('MARKETING', emailConsent, email),
  },
  Opportunity: {
    __resolveReference: (reference, { loaders }) => loaders.opportunities.load(id(reference.id)),
    customer: ({ accountId }) => (accountId === null ? null : customerRef(accountId)),
  },
  Quote: {
    __resolveReference: (reference, { loaders }) => loaders.quotes.load(id(reference.id)),
    opportunity: ({ opportunityId }, _args, { loaders }) =>
      opportunityId === null ? null : loaders.opportunities.load(opportunityId),
  },
};
