import { amountText, negate } from '../../../platform/money.ts';
import type { PlannedWrite } from '../model.ts';
import type { IssueReturn } from '../sagas/issue-return.ts';
import { summaryOf } from '../sagas/submit-order.ts';

/** Each write of a return; nothing of it is there before. What is told to the account is the ERP's, handed on. */
export function plannedReturn(
  { customer, draft, charges }: Omit<IssueReturn, 'writes'>,
  ownerOf: (field: string) => PlannedWrite['owner'],
): PlannedWrite[] {
  const write = (system: PlannedWrite['system'], field: string, newValue: string): PlannedWrite => ({
    system,
    owner: ownerOf(field),
    field,
    oldValue: null,
    newValue,
  });
  const lines = summaryOf(draft.lines);
  return [
    write('ERP', 'Return.lines', lines),
    write('ERP', 'Return.restock', String(draft.restock)),
    ...(customer.crmAccountId === null ? [] : [write('CRM', 'SalesOrder.returns', `note for sales: ${lines}`)]),
    write('ERP', 'CreditNote.total', `${amountText(negate(charges.oneTime))} ${charges.currency} before tax`),
  ];
}
