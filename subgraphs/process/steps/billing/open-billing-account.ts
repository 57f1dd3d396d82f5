import type { BillingCustomerDraft } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { EditableNewPayer } from '../editable.ts';
import { StatedId } from '../stated.ts';

/** Who is billed. */
export const openBillingAccount = step({
  name: 'open-billing-account',
  owner: 'BILLING',
  do: ({ billing, call }, draft: BillingCustomerDraft) => billing.openCustomer(draft, call),
  editable: EditableNewPayer,
  stated: StatedId,
  undo: ({ billing, call }, { input }) => billing.closeCustomer(input, call),
});
