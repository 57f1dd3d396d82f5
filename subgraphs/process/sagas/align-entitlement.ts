import { saga } from '../../../platform/saga/saga.ts';
import type { EntitlementGrant } from '../../support/model.ts';
import type { KnownCustomer, PlannedWrite } from '../model.ts';
import { alignEntitlement as align } from '../steps/support/align-entitlement.ts';
import type { StepContext } from '../systems.ts';
import { entitlementChanged } from '../telling.ts';

/** Rights that a subscription gives by what billing holds now, where support holds others. */
export interface AlignEntitlement {
  readonly customer: KnownCustomer;
  readonly grant: EntitlementGrant;
  readonly writes: readonly PlannedWrite[];
}

/** Support is told what the subscription gives. */
export const alignEntitlement = saga<StepContext, AlignEntitlement, { subscriptionId: string }>({
  name: 'align-entitlement',
  steps: [align],
  run: async (run, { customer, grant }) => {
    const rights = await run.step(align, grant);
    run.tells(...entitlementChanged(customer, grant.subscriptionId, rights));
    return { subscriptionId: grant.subscriptionId };
  },
});
