import { recordUsageAct, type UsageAnswer } from './acts/record-usage.ts';
import type { Resolvers } from './schema.generated.ts';

/** What the graph tells of recorded usage. */
export const ofUsage = {
  Mutation: {
    recordUsage: async (_root, { input }, context) => {
      const answer = await recordUsageAct(context, input);
      return answer.kind === 'REFUSED' ? { reasons: answer.reasons } : toldBatch(answer);
    },
  },
  types: {
    RecordUsageResult: { __resolveType: (result) => ('events' in result ? 'UsageRecorded' : 'UsageRefused') },
    UsageEventOutcome: {
      countedBy: ({ processId }, _args, { loaders }) => (processId === null ? null : loaders.process.load(processId)),
    },
  },
} satisfies { readonly Mutation: Resolvers['Mutation']; readonly types: Resolvers };

function toldBatch({ outcomes, process, replayed, worth }: Extract<UsageAnswer, { kind: 'RECORDED' }>) {
  const count = (state: string) => outcomes.filter((one) => one.state === state).length;
  return {
    process,
    replayed,
    worth,
    events: outcomes,
    accepted: count('ACCEPTED'),
    duplicates: count('DUPLICATE'),
    rejected: count('REJECTED'),
  };
}
