import type { Call } from '../../platform/call.ts';
import type { AccountHealth } from '../crm/model.ts';

/** What is asked of those who look after a customer. */
export interface FollowUpAsked {
  /** Of the hub. */
  readonly customerId: string;
  /** null: what happened says nothing of whether the customer stays. It makes an account worse, never better. */
  readonly health: { readonly value: AccountHealth; readonly reason: string } | null;
  readonly task: {
    readonly subject: string;
    readonly text: string;
    readonly dueInDays: number;
    readonly urgent: boolean;
  };
}

export interface AlignEntitlementAsked {
  /** Of billing. */
  readonly subscriptionId: string;
}

/** Acts of the hub's own, which no caller of the graph may run, by name with what they take. */
export interface HubActInputs {
  readonly followUp: FollowUpAsked;
  readonly alignEntitlement: AlignEntitlementAsked;
}
export type HubActName = keyof HubActInputs;

/** The canonical fields that each of them writes: its caller has to act for their owner. */
export const HUB_ACT_WRITES = {
  followUp: ['Customer.accountHealth', 'Customer.accountHealthReason'],
  alignEntitlement: ['Entitlement.sku', 'Entitlement.seats', 'Entitlement.status', 'Entitlement.endsOn'],
} as const satisfies Record<HubActName, readonly string[]>;

export type Begun =
  | { readonly kind: 'STARTED'; readonly processId: string }
  /** The verdict says no: there is nothing to do, or nobody to do it for. */
  | { readonly kind: 'NOT_NEEDED'; readonly reason: string }
  /** Another process changes the same thing; ask again when it has ended. */
  | { readonly kind: 'BUSY'; readonly reason: string };

/** What events ask of processes. */
export interface HubActs {
  /**
   * Starts an act in the name of the hub, with the right to act for one system and to run this act and no other. The same key
   * starts it once, however often it is asked. @throws NOT_OWNER where the system does not own what the act writes; UNAVAILABLE
   */
  begin<Name extends HubActName>(
    act: Name,
    asked: { readonly input: HubActInputs[Name]; readonly actsFor: string; readonly key: string },
    call: Call,
  ): Promise<Begun>;
}
