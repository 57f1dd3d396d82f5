import { issueReturnAct, previewReturn } from './acts/issue-return.ts';
import { openServiceOrderAct, previewServiceOrder } from './acts/open-service-order.ts';
import type { ReturnIssued } from './sagas/issue-return.ts';
import type { Resolvers } from './schema.generated.ts';

/** Acts about what comes after a sale, for `resolvers.ts`. */
export const afterSales = {
  Query: {
    previewOpenServiceOrder: async (_root, { input }, context) => {
      const answer = await previewServiceOrder(context, input);
      return 'no' in answer ? { reasons: answer.no } : answer;
    },
    previewIssueReturn: async (_root, { input }, context) => {
      const answer = await previewReturn(context, input);
      return 'no' in answer ? { reasons: answer.no } : answer;
    },
  },
  Mutation: {
    openServiceOrder: async (_root, { input }, context) => {
      const answer = await openServiceOrderAct(context, input);
      if (!answer.accepted) return { reasons: answer.no };
      const { process, replayed, act } = answer;
      const serviceOrder = process.salesOrderId === null ? null : { id: process.salesOrderId };
      return { process, replayed, charges: act.charges, serviceOrder };
    },
    issueReturn: async (_root, { input }, context) => {
      const answer = await issueReturnAct(context, input);
      if (!answer.accepted) return { reasons: answer.no };
      const { process, replayed, act } = answer;
      const issued = process.outcome as Partial<ReturnIssued> | null; // of a run of this saga
      return { process, replayed, charges: act.charges, return: issued?.returnId ? { id: issued.returnId } : null };
    },
  },
  OpenServiceOrderResult: {
    __resolveType: (result) => ('process' in result ? 'ServiceOrderAccepted' : 'ServiceOrderRejected'),
  },
  IssueReturnResult: { __resolveType: (result) => ('process' in result ? 'ReturnAccepted' : 'ReturnRejected') },
} satisfies Resolvers;
