import { mergeCustomersAct, previewMerge, unmergeCustomersAct } from './acts/merge-customers.ts';
import type { Previewed } from './acts/preview.ts';
import { validateQuote } from './acts/validate-quote.ts';
import type { Rejection, Resolvers } from './schema.generated.ts';

/** Acts on the customers themselves, and what is asked before an order. */
export const ofCustomers = {
  Query: {
    previewMergeCustomers: async (_root, { input }, context) => previewed(await previewMerge(context, input)),
    validateQuote: (_root, { input }, context) => validateQuote(context, input),
  },
  Mutation: {
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
  types: {
    MergeCustomersResult: {
      __resolveType: (result) => ('process' in result ? 'CustomersMergeAccepted' : 'CustomersMergeRejected'),
    },
  },
} as const satisfies {
  readonly Query: Resolvers['Query'];
  readonly Mutation: Resolvers['Mutation'];
  readonly types: Resolvers;
};

const previewed = (answer: Previewed | { readonly no: readonly Rejection[] }) =>
  'no' in answer ? { reasons: answer.no } : answer;
