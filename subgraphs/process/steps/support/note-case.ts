import type { CaseNote } from '../../../support/model.ts';
import { step } from '../../systems.ts';
import { EditableCaseNote } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** Tells those who work on the case; a desk that takes no notes is left alone, and the run says so. */
export const noteCase = step({
  name: 'note-case',
  owner: 'SUPPORT',
  do: async ({ support, call }, note: CaseNote) => {
    if (!support.capabilities.caseNotes) return { notKept: 'support takes no notes' };
    await support.noteCase(note, call);
    return null;
  },
  editable: EditableCaseNote,
  stated: NOTHING,
  undo: async ({ support, call }, { input }) => {
    if (!support.capabilities.caseNotes) return;
    await support.withdrawCaseNote({ caseId: input.caseId, text: `Does not hold any more: ${input.text}` }, call);
  },
});
