import type { Dispatch } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { EditableVisit } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** The technician's visit, in the ERP's plan. */
export const dispatchTechnician = step({
  name: 'dispatch-technician',
  owner: 'ERP',
  do: async ({ erp, call }, dispatch: Dispatch) => {
    await erp.dispatchTechnician(dispatch, call);
    return null;
  },
  editable: EditableVisit,
  stated: NOTHING,
  undo: ({ erp, call }, { input }) => erp.recallTechnician({ customerId: input.customerId }, call),
});
