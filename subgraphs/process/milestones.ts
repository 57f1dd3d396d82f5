import type { Call } from '../../platform/call.ts';
import { id } from '../../platform/ids.ts';
import type { KnownCustomer } from './model.ts';
import type { Milestone } from './schema.generated.ts';
import type { Ports } from './systems.ts';
import { asKnown } from './verdicts/known-customer.ts';
import { type Records, recordsOf } from './verdicts/records.ts';

/** A customer, and where its systems are asked. */
export interface Asked {
  readonly ports: Ports;
  readonly customer: KnownCustomer;
  readonly records: Records;
  readonly call: Call;
}

/** Whose record tells of a milestone, and how; the owner is the one that the schema names at the milestone. */
export const MILESTONES: Readonly<
  Record<Milestone, { readonly owner: 'ERP' | 'BILLING'; reached(asked: Asked): Promise<boolean> }>
> = {
  ORDER_ACCEPTED: {
    owner: 'ERP',
    reached: async ({ records }) => (await records.erp())?.hasOrders === true,
  },
  CONTRACT_ACTIVE: {
    owner: 'BILLING',
    reached: async ({ ports, customer: { billingCustomerId: of }, call }) => {
      if (of === null) return false;
      const [page] = await ports.billing.subscriptionsOf([{ of, first: 1, after: null, status: 'ACTIVE' }], call);
      return (page?.entries.length ?? 0) > 0;
    },
  },
};

/** Every milestone, and whether this customer has reached it; null: the register knows no such customer. */
export async function milestonesOf({ ports, call }: Pick<Asked, 'ports' | 'call'>, customerId: string) {
  const [found] = await ports.identity.customers([id<'Customer'>(customerId)], call);
  if (!found) return null;
  const customer = asKnown(found);
  const asked = { ports, customer, records: recordsOf(ports, customer, call), call };
  const milestones = Object.keys(MILESTONES) as Milestone[]; // the keys of the record above
  return Promise.all(
    milestones.map(async (milestone) => ({
      milestone,
      owner: MILESTONES[milestone].owner,
      reached: await MILESTONES[milestone].reached(asked),
    })),
  );
}

/** Those of the milestones that the customer has reached; only the owners of these are asked. */
export async function reachedOf(wanted: Iterable<string>, asked: Asked): Promise<ReadonlySet<string>> {
  const reached = await Promise.all(
    [...new Set(wanted)].map(async (one) => ((await MILESTONES[one as Milestone].reached(asked)) ? one : null)), // the schema's enum
  );
  return new Set(reached.filter((one) => one !== null));
}
