import type { ErpCustomerDraft } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { EditableNewRecord } from '../editable.ts';
import { StatedId } from '../stated.ts';

/** The legal and financial record; undone it is inactive, for the ERP keeps what was booked. */
export const openCustomerRecord = step({
  name: 'open-customer-record',
  owner: 'ERP',
  do: ({ erp, call }, draft: ErpCustomerDraft) => erp.openCustomer(draft, call),
  editable: EditableNewRecord,
  stated: StatedId,
  undo: ({ erp, call }, { input }) => erp.closeCustomer(input, call),
});
