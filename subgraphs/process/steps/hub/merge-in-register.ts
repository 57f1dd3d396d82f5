import type { CustomerId } from '../../../identity/model.ts';
import { step } from '../../systems.ts';

export interface MergeOfTwo {
  readonly survivorId: CustomerId;
  readonly mergedId: CustomerId;
}

/** One customer's id leads to the other's from now on. Not to be skipped: nobody but the hub does that. */
export const mergeInRegister = step({
  name: 'merge-in-register',
  owner: 'HUB',
  do: async ({ identity, call }, merge: MergeOfTwo) => {
    await identity.merge(merge, call);
    return null;
  },
  undo: ({ identity, call }, { input }) => identity.unmerge(input, call),
});

/** Both customers stand as before. */
export const unmergeInRegister = step({
  name: 'unmerge-in-register',
  owner: 'HUB',
  do: async ({ identity, call }, { mergedId }: MergeOfTwo) => {
    await identity.unmerge({ mergedId }, call);
    return null;
  },
  undo: ({ identity, undoCall }, { input }) => identity.merge(input, undoCall),
});
