import { HubError } from '../../platform/errors.ts';
import { repairFindingAct } from './acts/repair-finding.ts';
import type { Context } from './loaders.ts';
import type { RepairFindingInput, Resolvers } from './schema.generated.ts';

/** Findings repaired at a time: each reads systems before it is accepted. */
const AT_ONCE = 8;
const MOST = 100;

async function repaired(context: Context, input: RepairFindingInput) {
  const answer = await repairFindingAct(context, input);
  if (!answer.accepted) return { reasons: answer.no };
  return { process: answer.process, replayed: answer.replayed, finding: { id: input.findingId } };
}

/** Acts on what reconciliation found, for `resolvers.ts`. */
export const repairs = {
  Mutation: {
    repairFinding: (_root, { input }, context) => repaired(context, input),
    repairFindings: async (_root, { input: { idempotencyKey, findingIds } }, context) => {
      if (findingIds.length > MOST) {
        throw new HubError('INVALID', `at most ${MOST} findings are repaired in one call`, { field: 'findingIds' });
      }
      const answers = [];
      for (let at = 0; at < findingIds.length; at += AT_ONCE) {
        const some = findingIds.slice(at, at + AT_ONCE);
        const asked = some.map((findingId) =>
          repaired(context, { findingId, idempotencyKey: `${idempotencyKey}:${findingId}` }),
        );
        answers.push(...(await Promise.all(asked)));
      }
      return answers;
    },
  },
  RepairFindingResult: { __resolveType: (result) => ('process' in result ? 'RepairAccepted' : 'RepairRejected') },
} satisfies Resolvers;
