import { mergeCustomersAct, previewMerge, unmergeCustomersAct } from './acts/merge-customers.ts';
import { onboardCustomerAct, previewOnboarding } from './acts/onboard-customer.ts';
import type { Previewed } from './acts/preview.ts';
import { validateQuote } from './acts/validate-quote.ts';
import { onboardingOf } from './onboarding.ts';
import type { Rejection, Resolvers } from './schema.generated.ts';

/** Acts on the customers themselves, and what is asked before an order. */
export const ofCustomers = {
  Query: {
    previewMergeCustomers: async (_root, { input }, context) => previewed(await previewMerge(context, input)),
    previewOnboardCustomer: async (_root, { input }, context) => {
      const answer = await previewOnboarding(context, input);
      return 'no' in answer ? { reasons: answer.no.reasons } : answer;
    },
    validateQuote: (_root, { input }, context) => validateQuote(context, input),
  },
  Mutation: {
    onboardCustomer: async (_root, { input }, context) => {
      const answer = await onboardCustomerAct(context, input);
      if (!answer.accepted) return answer.no;
      const { process, replayed, act } = answer;
      return { process, replayed, customer: { id: act.customer.id }, writes: act.writes };
    },
    mergeCustomers: async (_root, { input }, context) => {
      const answer = await mergeCustomersAct(context, input);
      if (!answer.accepted) return { reasons: answer.no };
      const { process, replayed, act } = answer;
      return { process, replayed, customer: { id: act.customer.id }, writes: act.writes };
    },
    unmergeCustomers: async (_root, { input }, context) => {
      const answer = await unmergeCustomersAct(context, input);
      if (!answer.accepted) return { reasons: answer.no };
      const { process, replayed, act } = answer;
      return { process, replayed, customer: { id: act.survivor.id }, writes: [] };
    },
  },
  Customer: {
    onboarding: (customer, _args, context) => onboardingOf(context, customer.id),
  },
  types: {
    OnboardCustomerResult: {
      __resolveType: (result) => ('process' in result ? 'CustomerOnboarding' : 'CustomerNotOnboarded'),
    },
    MergeCustomersResult: {
      __resolveType: (result) => ('process' in result ? 'CustomersMergeAccepted' : 'CustomersMergeRejected'),
    },
  },
} as const satisfies {
  readonly Query: Resolvers['Query'];
  readonly Mutation: Resolvers['Mutation'];
  readonly Customer: Resolvers['Customer'];
  readonly types: Resolvers;
};

const previewed = (answer: Previewed | { readonly no: readonly Rejection[] }) =>
  'no' in answer ? { reasons: answer.no } : answer;
