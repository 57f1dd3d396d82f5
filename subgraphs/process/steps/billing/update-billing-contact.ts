import type { BillingCustomerId } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { EditableEmail } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** Where billing sends invoices and dunning letters. */
export const updateBillingContact = step({
  name: 'update-billing-contact',
  owner: 'BILLING',
  read: async ({ billing, reading }, { customerId }: { customerId: BillingCustomerId; email: string }) => {
    const [before] = await billing.customers([customerId], reading);
    return before?.email ?? null;
  },
  do: async ({ billing, call }, change) => {
    await billing.updateCustomer(change, call);
    return null;
  },
  editable: EditableEmail,
  stated: NOTHING,
  undo: async ({ billing, undoCall }, { input, before }) => {
    // An address that was empty cannot be emptied again: the port has no such write.
    if (before !== null) await billing.updateCustomer({ customerId: input.customerId, email: before }, undoCall);
  },
});
