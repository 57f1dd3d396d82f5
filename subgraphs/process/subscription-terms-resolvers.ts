import { id } from '../../platform/ids.ts';
import { cancelSubscriptionAct, previewCancellation } from './acts/cancel-subscription.ts';
import { changeBillingEntityAct, previewMove } from './acts/change-billing-entity.ts';
import type { Previewed } from './acts/preview.ts';
import { previewRenewal, renewSubscriptionAct, withdrawRenewal } from './acts/renew-subscription.ts';
import type { Process } from './model.ts';
import type { Rejection, Resolvers } from './schema.generated.ts';

const previewed = (answer: Previewed | { readonly no: readonly Rejection[] }) =>
  'no' in answer ? { reasons: answer.no } : answer;

const acceptedAs = ({ process, replayed }: { readonly process: Process; readonly replayed: boolean }) => ({
  process,
  replayed,
  subscription: process.subscriptionId === null ? null : { id: process.subscriptionId },
});

/** Acts on the terms of running subscriptions, for `resolvers.ts`. */
export const terms = {
  Query: {
    previewRenewSubscription: async (_root, { input }, context) => previewed(await previewRenewal(context, input)),
    previewCancelSubscription: async (_root, { input }, context) =>
      previewed(await previewCancellation(context, input)),
    previewChangeBillingEntity: async (_root, { input }, context) => previewed(await previewMove(context, input)),
  },
  Mutation: {
    renewSubscription: async (_root, { input }, context) => {
      const answer = await renewSubscriptionAct(context, input);
      if (!answer.accepted) return { reasons: answer.no };
      const { charges, renewal } = answer.act;
      const { startsOn: takesEffectOn, endsOn } = renewal;
      return { ...acceptedAs(answer), charges, takesEffectOn, endsOn, beginsAt: answer.act.beginsAt ?? null };
    },
    withdrawRenewal: async (_root, { processId, reason }, context) => ({
      process: await withdrawRenewal(context, id<'Process'>(processId), reason),
    }),
    cancelSubscription: async (_root, { input }, context) => {
      const answer = await cancelSubscriptionAct(context, input);
      if (!answer.accepted) return { reasons: answer.no };
      const { charges, endsOn } = answer.act;
      return { ...acceptedAs(answer), charges, endsOn };
    },
    changeBillingEntity: async (_root, { input }, context) => {
      const answer = await changeBillingEntityAct(context, input);
      if (!answer.accepted) return { reasons: answer.no };
      const { process, replayed, act } = answer;
      return { process, replayed, subscriptions: act.amendments.map(({ subscriptionId }) => ({ id: subscriptionId })) };
    },
  },
  ChangeBillingEntityResult: {
    __resolveType: (result) => ('process' in result ? 'BillingEntityChangeAccepted' : 'BillingEntityChangeRejected'),
  },
  RenewSubscriptionResult: {
    __resolveType: (result) => ('process' in result ? 'RenewalAccepted' : 'RenewalRejected'),
  },
  CancelSubscriptionResult: {
    __resolveType: (result) => ('process' in result ? 'CancellationAccepted' : 'CancellationRejected'),
  },
} satisfies Resolvers;
