import type { CloudEvent } from '../../platform/outbox/cloud-event.ts';
import type { AlignEntitlementAsked, FollowUpAsked, HubActInputs, HubActName } from '../../subgraphs/process/port.ts';
import type { EventName, EventOwner } from '../catalogue.ts';

/** What an event tells beside its name: ids, as `events/ingest` and the processes write them. */
export interface Told {
  /** Of the event; the same however often it is told. */
  readonly id: string;
  readonly occurredOn: string;
  readonly system: string | null;
  /** Of the hub; null: the register does not know whose it is. */
  readonly customerId: string | null;
  /** Kind and id. Example: `invoice:in_1`. */
  readonly entity: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The act of the hub's own that an event starts. */
export interface StartsAct<Name extends HubActName = HubActName> {
  /** Stored with what is to be done: add a new one rather than rename it. */
  readonly name: string;
  readonly act: Name;
  /** The only system in whose name it may write. */
  readonly actsFor: EventOwner;
  /** One process for each event, or one for each record however many events tell of it. */
  readonly once: 'EVENT' | 'RECORD';
  /** VENDORS: not when a process of the hub told it, which has done all of it already. */
  readonly saidBy: 'ANYBODY' | 'VENDORS';
  /** null: this one has no such effect. */
  readonly input: (told: Told) => HubActInputs[Name] | null;
}

/** The ownership filter: sender and owner are read and compared (`events/conflicts`). It writes nothing to any system. */
export interface JudgesOwnership {
  readonly name: 'judge-ownership';
}

export type Effect = JudgesOwnership | StartsAct<'followUp'> | StartsAct<'alignEntitlement'>;

const judgeOwnership: JudgesOwnership = { name: 'judge-ownership' };

const alignEntitlement: StartsAct<'alignEntitlement'> = {
  name: 'align-entitlement',
  act: 'alignEntitlement',
  actsFor: 'SUPPORT',
  once: 'EVENT',
  saidBy: 'VENDORS',
  input: ({ entity }): AlignEntitlementAsked | null => {
    const subscriptionId = idIn('subscription', entity);
    return subscriptionId === null ? null : { subscriptionId };
  },
};

/** Has those who look after the customer look at it. */
const followUp = (
  once: StartsAct['once'],
  asked: (told: Told) => Omit<FollowUpAsked, 'customerId'> | null,
): StartsAct<'followUp'> => ({
  name: 'follow-up',
  act: 'followUp',
  actsFor: 'CRM',
  once,
  saidBy: 'ANYBODY',
  input: (told) => {
    const about = told.customerId === null ? null : asked(told);
    return about === null || told.customerId === null ? null : { customerId: told.customerId, ...about };
  },
});

/**
 * What each event does, beside what every event does: those of systems make the records that they name out of date, and all
 * are told to the world. An effect that writes to a system is a process, never a write of its own.
 */
export const EFFECTS: Readonly<Partial<Record<EventName, readonly Effect[]>>> = {
  CustomerChanged: [judgeOwnership],
  SubscriptionActivated: [alignEntitlement],
  SubscriptionAmended: [alignEntitlement],
  SubscriptionCancelled: [alignEntitlement],
  PaymentFailed: [
    // A payment is tried again and again: one task for an invoice, not one for each try.
    followUp('RECORD', ({ entity, occurredOn }) => ({
      health: { value: 'AT_RISK', reason: `The payment of ${named(entity)} failed on ${occurredOn}` },
      task: {
        subject: 'Payment failed',
        text: `The payment of ${named(entity)} failed on ${occurredOn}. Ask the customer for another way to pay before the subscription is at stake.`,
        dueInDays: 2,
        urgent: true,
      },
    })),
  ],
  CaseEscalated: [
    followUp('EVENT', ({ entity, occurredOn }) => ({
      health: { value: 'AT_RISK', reason: `${capital(named(entity))} was escalated on ${occurredOn}` },
      task: {
        subject: 'Case escalated',
        text: `${capital(named(entity))} was escalated on ${occurredOn}. Look at what the customer is about to renew, and correct its forecast.`,
        dueInDays: 1,
        urgent: true,
      },
    })),
  ],
  UsageThresholdReached: [
    // What is used beyond what is included is charged by billing itself, from the usage that was posted.
    followUp('EVENT', ({ data: { subscriptionId, sku, thresholdPercent, periodEndsOn } }) => ({
      health: null,
      task: {
        subject: `Usage has reached ${thresholdPercent}%`,
        text: `Use of ${sku} in subscription ${subscriptionId} has reached ${thresholdPercent}% of what is included until ${periodEndsOn}. Tell the customer what is charged beyond it, and offer more.`,
        dueInDays: 5,
        urgent: Number(thresholdPercent) >= 100,
      },
    })),
  ],
  RenewalDue: [
    followUp('EVENT', ({ data: { subscriptionId, endsOn } }) => ({
      health: null,
      task: {
        subject: 'Renewal due',
        text: `The term of subscription ${subscriptionId} ends on ${endsOn}. Prepare its renewal.`,
        dueInDays: 7,
        urgent: false,
      },
    })),
  ],
};

/** What an event tells, of its envelope. */
export function toldBy({ id, time, data }: CloudEvent): Told {
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const { system, customerId, entity } = data;
  return {
    id,
    occurredOn: time.slice(0, 10),
    system: text(system),
    customerId: text(customerId),
    entity: text(entity),
    data,
  };
}

/** Ids of what processes tell begin with the id of the process. */
const isOfProcess = ({ id }: Pick<CloudEvent, 'id'>): boolean => id.startsWith('prc_');

/** Why an effect needs not be done, as far as its event says so; null: it says nothing of the kind. */
export const notNeeded = (effect: Effect, event: Pick<CloudEvent, 'id'>): string | null =>
  'saidBy' in effect && effect.saidBy === 'VENDORS' && isOfProcess(event) ? 'its process has done it' : null;

function idIn(kind: string, entity: string | null): string | null {
  const [of, ...id] = entity?.split(':') ?? [];
  return of === kind ? id.join(':') : null;
}

/** `invoice:in_1` as `invoice in_1`. */
const named = (entity: string | null): string => entity?.replace(':', ' ') ?? 'something';
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
