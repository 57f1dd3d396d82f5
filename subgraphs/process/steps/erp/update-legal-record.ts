import type { ErpCustomerChange } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { EditableLegalRecord } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** Legal name, billing address and payment terms. */
export const updateLegalRecord = step({
  name: 'update-legal-record',
  owner: 'ERP',
  read: async ({ erp, reading }, { customerId }: ErpCustomerChange) => {
    const [before] = await erp.customers([customerId], reading);
    return before ? { legalName: before.legalName, address: before.billingAddress, terms: before.paymentTerms } : null;
  },
  do: async ({ erp, call }, change: ErpCustomerChange) => {
    await erp.updateCustomer(change, call);
    return null;
  },
  editable: EditableLegalRecord,
  stated: NOTHING,
  undo: async ({ erp, undoCall }, { input, before }) => {
    if (before === null) return;
    const { customerId } = input;
    await erp.updateCustomer(
      {
        customerId,
        ...(input.legalName === undefined ? {} : { legalName: before.legalName }),
        // What was empty before cannot be emptied again: the port has no such write.
        ...(input.billingAddress === undefined || before.address === null ? {} : { billingAddress: before.address }),
        ...(input.paymentTerms === undefined || before.terms === null ? {} : { paymentTerms: before.terms }),
      },
      undoCall,
    );
  },
});
