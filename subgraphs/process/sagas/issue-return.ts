import type { Money } from '../../../platform/money.ts';
import { saga } from '../../../platform/saga/saga.ts';
import type { ReturnDraft } from '../../erp/model.ts';
import type { ChargeSummary, KnownCustomer, PlannedWrite } from '../model.ts';
import { noteActivity } from '../steps/crm/note-activity.ts';
import { authorizeReturn } from '../steps/erp/authorize-return.ts';
import { creditReturn } from '../steps/erp/credit-return.ts';
import type { StepContext } from '../systems.ts';
import { telling } from '../telling.ts';
import { summaryOf } from './submit-order.ts';

/** A return that passed the verdict. */
export interface IssueReturn {
  readonly customer: KnownCustomer;
  readonly salesOrderNumber: string;
  readonly draft: ReturnDraft;
  readonly charges: ChargeSummary;
  readonly writes: readonly PlannedWrite[];
}

export interface ReturnIssued {
  readonly returnId: string;
  readonly returnNumber: string;
  readonly creditNoteId: string;
  readonly creditNoteNumber: string;
  /** With tax. */
  readonly credited: Money;
}

/** The ERP authorizes the return, sales is told, and the credit note comes last: it is the one thing that is not taken back. */
export const issueReturn = saga<StepContext, IssueReturn, ReturnIssued>({
  name: 'issue-return',
  steps: [authorizeReturn, noteActivity, creditReturn],
  run: async (run, { customer, salesOrderNumber, draft }) => {
    const { crmAccountId: accountId } = customer;
    const authorized = await run.step(authorizeReturn, draft);
    if (accountId !== null) {
      const reasons = [...new Set(draft.lines.map(({ reason }) => reason))].join('; ');
      await run.step(noteActivity, {
        accountId,
        subject: `Return ${authorized.number}`,
        text: `Return ${authorized.number} of order ${salesOrderNumber}: ${summaryOf(draft.lines)} (${reasons})`,
      });
    }
    const note = await run.step(creditReturn, { customerId: draft.customerId, returnId: authorized.id });
    run.tells(telling('ReturnCredited', customer, `return:${authorized.id}`, { creditNoteId: note.id }));
    return {
      returnId: authorized.id,
      returnNumber: authorized.number,
      creditNoteId: note.id,
      creditNoteNumber: note.number,
      credited: note.total,
    };
  },
});
