import { id } from '../../../platform/ids.ts';
import { scrub } from '../../../platform/mask/scrub.ts';
import { pageSize } from '../../../platform/page.ts';
import type { Context } from '../loaders.ts';
import type { Resolvers } from '../schema.generated.ts';
import { toldSnapshot, toldText } from '../told.ts';
import type { HistoryEntry, StepEdit } from './desk-store.ts';
import { confirmEdit, editableOf, isSkippable, proposeEdit, rejectEdit, retryAll, skipStep } from './remedies.ts';

/** The exceptions desk: what an operator sees of a process that waits, and does about it. */
export const desk = {
  Mutation: {
    editAndRetryProcess: async (_root, { id: processId, changes, reason }, context) => ({
      edit: await proposeEdit(context, id<'Process'>(processId), { changes, reason }),
    }),
    confirmEdit: async (_root, { id: editId }, context) => shown(context, await confirmEdit(context, editId)),
    rejectEdit: async (_root, { id: editId, reason }, context) => ({ edit: await rejectEdit(context, editId, reason) }),
    skipStep: async (_root, { id: processId, reason, stated }, context) => {
      await skipStep(context, id<'Process'>(processId), { reason, stated });
      return shown(context, processId);
    },
    retryExceptions: (_root, { causeClass, system, first }, context) =>
      retryAll(context, { causeClass, system, first: pageSize(first) }),
  },

  ProcessException: {
    editable: (exception, _args, context) => editableOf(context, exception),
    skippable: (exception, _args, context) => isSkippable(context, exception),
    edit: (exception, _args, { loaders }) => loaders.editFor.load(exception.processId),
    history: (exception, _args, { loaders }) => loaders.historyOf.load(exception.processId),
  },
  ProcessStep: {
    input: ({ input }, _args, context) => toldSnapshot(input, context),
    before: ({ before }, _args, context) => toldSnapshot(before, context),
  },
  ProcessHistoryEntry: { detail: ({ detail }: HistoryEntry) => toldText(detail) },
  StepEdit: {
    process: (edit: StepEdit, _args, context) => known(context, edit.processId),
    reason: ({ reason }) => scrub(reason),
    changes: ({ changes, former }, _args, context) => {
      const [then, now] = [toldSnapshot(former, context), toldSnapshot(changes, context)] as Record<string, unknown>[];
      return Object.keys(changes).map((field) => ({ field, oldValue: then?.[field], newValue: now?.[field] }));
    },
  },
} satisfies Pick<Resolvers, 'Mutation' | 'ProcessException' | 'ProcessStep' | 'ProcessHistoryEntry' | 'StepEdit'>;

const shown = async (context: Context, processId: string) => ({ process: await known(context, processId) });

/** A process that was seen a moment ago. */
async function known({ loaders }: Context, processId: string) {
  const process = await loaders.process.load(id<'Process'>(processId));
  if (process === null) throw new Error(`process ${processId} is gone`);
  return process;
}
