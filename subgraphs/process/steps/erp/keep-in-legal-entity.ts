import type { CustomerInEntity } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/** The customer in the books of a legal entity that has not sold to it so far; orders are booked there only after this. */
export const keepInLegalEntity = step({
  name: 'keep-in-legal-entity',
  owner: 'ERP',
  do: async ({ erp, call }, place: CustomerInEntity) => {
    await erp.keepInLegalEntity(place, call);
    return null;
  },
  stated: NOTHING,
  undo: async ({ erp, call }, { input }) => {
    if ((await erp.leaveLegalEntity(input, call)) === 'LEFT') return;
    return { stays: `the books of legal entity ${input.legalEntityId} hold an order, so the customer is kept in it` };
  },
});
