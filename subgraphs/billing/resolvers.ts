import { id } from '../../platform/ids.ts';
import { connection, listOf } from '../../platform/page.ts';
import type { Context } from './loaders.ts';
import type { BillingCustomer, CustomerRef } from './model.ts';
import { monthlyCharge, schedule } from './schedule.ts';
import type { ObservedValue, Resolvers } from './schema.generated.ts';
import { askedPeriod, toldUsage } from './usage.ts';

/** One field of billing's record; null, without a call, where billing does not know the customer. */
const ofRecord =
  <T>(read: (customer: BillingCustomer) => T) =>
  async ({ billingCustomerId }: CustomerRef, _args: unknown, { loaders }: Context): Promise<T | null> => {
    if (billingCustomerId === null) return null;
    const customer = await loaders.customers.load(billingCustomerId);
    return customer === null ? null : read(customer);
  };

/** What billing holds of fields that others own; a field that it leaves empty is not observed. */
const observed = ({ name, asOf }: BillingCustomer): readonly ObservedValue[] =>
  name === null ? [] : [{ field: 'Customer.legalName', system: 'BILLING', value: name, asOf }];

export const resolvers: Resolvers = {
  Query: {
    subscription: (_root, args, { loaders }) => loaders.subscriptions.load(id(args.id)),
  },
  Customer: {
    __resolveReference: ({ billingCustomerId }) => ({
      billingCustomerId: billingCustomerId == null ? null : id<'BillingCustomer'>(billingCustomerId),
    }),
    billingEmail: ofRecord(({ email }) => email),
    observedByBilling: ofRecord(observed),
    subscriptions: async ({ billingCustomerId }, args, { loaders }) =>
      billingCustomerId === null
        ? null
        : connection(await loaders.subscriptionsOf.load(listOf(billingCustomerId, args)), (held) => held.id),
    payments: async ({ billingCustomerId }, args, { loaders }) =>
      billingCustomerId === null
        ? null
        : connection(await loaders.paymentsOf.load(listOf(billingCustomerId, args)), (payment) => payment.id),
    collections: ({ billingCustomerId }, _args, { loaders }) =>
      billingCustomerId === null ? null : loaders.collections.load(billingCustomerId),
  },
  CustomerSubscription: {
    __resolveReference: (reference, { loaders }) => loaders.subscriptions.load(id(reference.id)),
    monthlyCharge,
    usage: async (subscription, args, { loaders }) =>
      toldUsage(await loaders.usage.load({ subscriptionId: subscription.id, days: askedPeriod(args) })),
    schedule,
    customer: ({ customerId }) => ({ billingCustomerId: customerId }),
  },
  SubscriptionItem: { product: ({ sku }) => ({ sku }) },
};
