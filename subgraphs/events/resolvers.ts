import { EVENTS, type EventName } from '../../events/catalogue.ts';
import { SCOPE_OF } from '../../events/deliver/scope-of.ts';
import { ofConflicts } from './conflict-resolvers.ts';
import { ofFindings } from './finding-resolvers.ts';
import { ofParked } from './parked-resolvers.ts';
import type { Resolvers } from './schema.generated.ts';
import { ofSubscriptions } from './subscription-resolvers.ts';

export const resolvers: Resolvers = {
  Query: {
    eventKinds: () =>
      (Object.keys(EVENTS) as EventName[]).map((name) => {
        const { version, owner: saidBy, says } = EVENTS[name];
        return { name, version, saidBy, says, scope: SCOPE_OF[name] };
      }),
    ...ofSubscriptions.Query,
    ...ofConflicts.Query,
    ...ofFindings.Query,
    ...ofParked.Query,
  },
  Mutation: { ...ofSubscriptions.Mutation, ...ofConflicts.Mutation, ...ofFindings.Mutation, ...ofParked.Mutation },
  Conflict: ofConflicts.Conflict,
  Finding: ofFindings.Finding,
  Reconciliation: ofFindings.Reconciliation,
  EventSubscription: ofSubscriptions.EventSubscription,
  ParkedEvent: ofParked.ParkedEvent,
  ParkedDecision: ofParked.ParkedDecision,
  ConnectedSystem: ofParked.ConnectedSystem,
};
