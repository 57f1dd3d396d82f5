import type { Done } from '../../../../platform/saga/saga.ts';
import type { Entitlement, EntitlementGrant } from '../../../support/model.ts';
import { type StepContext, step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/** What a grant leaves behind, and what it found: rights by SKU. */
export type Rights = readonly {
  readonly sku: string;
  readonly seats: number;
  startsOn: string;
  endsOn: string | null;
}[];

/** Where support keeps no entitlements, there is nothing to give; the run says so and goes on. */
const NOT_KEPT = { notKept: 'support keeps no entitlements' } as const;
export type NotKept = typeof NOT_KEPT;

const told = (rights: readonly Entitlement[]): Rights =>
  rights.map(({ sku, seats, startsOn, endsOn }) => ({ sku, seats, startsOn, endsOn }));

const grantRights = {
  owner: 'SUPPORT',
  partial: true, // one request for each SKU
  read: async ({ support, reading }: StepContext, { orgId, subscriptionId, isNew }: EntitlementGrant) =>
    support.capabilities.entitlements && !isNew ? told(await support.rightsOf({ orgId, subscriptionId }, reading)) : [],
  do: async ({ support, call }: StepContext, grant: EntitlementGrant): Promise<Rights | NotKept> =>
    support.capabilities.entitlements ? told((await support.grant(grant, call)).after) : NOT_KEPT,
  stated: NOTHING,
  /** Grants what was there before: nothing, for a new subscription, which revokes all. */
  undo: async (
    { support, undoCall }: StepContext,
    { input, before }: Done<EntitlementGrant, Rights | NotKept, Rights>,
  ) => {
    if (!support.capabilities.entitlements) return;
    const [first] = before;
    await support.grant(
      {
        ...input,
        isNew: false,
        startsOn: first?.startsOn ?? input.startsOn,
        endsOn: first === undefined ? input.endsOn : first.endsOn,
        rights: before.map(({ sku, seats }) => ({ sku, seats })),
      },
      undoCall,
    );
  },
};

/** The rights that a new subscription gives. */
export const grantEntitlement = step({ name: 'grant-entitlement', ...grantRights });

/** The rights that an amended subscription gives from now on. */
export const changeEntitlement = step({ name: 'change-entitlement', ...grantRights });

/** The rights up to the end of an agreed term. */
export const extendEntitlement = step({ name: 'extend-entitlement', ...grantRights });

/** The rights of a subscription that ends: until the day on which it does. */
export const endEntitlement = step({ name: 'end-entitlement', ...grantRights });
