import type { Terms } from '../../events/deliver/terms.ts';
import { connection, pageSize } from '../../platform/page.ts';
import type { Resolvers } from './schema.generated.ts';

const DAY_SECONDS = 86_400;

/** The part of `schema/subscriptions.graphql`. */
export const ofSubscriptions = {
  Query: {
    eventSubscription: (_root, { id }, { subscribers }) => subscribers.subscription(id),
    eventSubscriptions: async (_root, { keyId, state, first, after }, { subscribers }) =>
      connection(
        await subscribers.page(
          { keyId: keyId ?? null, state: state ?? null },
          { first: pageSize(first), after: after ?? null },
        ),
        ({ id }) => id,
      ),
    deadLetters: async (_root, { subscriptionId, first, after }, { subscribers }) =>
      connection(
        await subscribers.deadLetters(subscriptionId ?? null, { first: pageSize(first), after: after ?? null }),
        ({ id }) => id,
      ),
  },

  Mutation: {
    createEventSubscription: async (_root, { input }, { subscribers }) => {
      const { idempotencyKey, keyId, name, url, events, customers } = input;
      const terms = { name, url, events: events ?? null, customers: customers ?? null };
      const { subscription, secret } = await subscribers.create({ keyId: keyId ?? null, terms, idempotencyKey });
      return { subscription, secret, replayed: secret === null };
    },
    updateEventSubscription: async (_root, { input }, { subscribers }) => {
      const { id, name, url, events, customers, enabled } = input;
      const change: Partial<Terms> = {
        ...(name == null ? {} : { name }),
        ...(url == null ? {} : { url }),
        ...(events === undefined ? {} : { events }),
        ...(customers === undefined ? {} : { customers }),
      };
      return { subscription: await subscribers.update(id, { ...change, ...(enabled == null ? {} : { enabled }) }) };
    },
    rotateEventSecret: async (_root, { input: { id, overlapSeconds } }, { subscribers }) => ({
      ...(await subscribers.rotate(id, (overlapSeconds ?? DAY_SECONDS) * 1_000)),
      replayed: false,
    }),
    deleteEventSubscription: async (_root, { id }, { subscribers }) => ({ deleted: await subscribers.remove(id) }),
    sendTestEvent: (_root, { id }, { subscribers }) => subscribers.test(id),
    replayEvents: async (_root, { input }, { subscribers }) => {
      const { subscriptionId, eventIds, from, to, causedBy, deadLetters, mapping } = input;
      const count = await subscribers.replay(subscriptionId, {
        eventIds: eventIds ?? null,
        recorded: from == null ? null : { from, to: to ?? null },
        causedBy: causedBy ?? null,
        deadLetters: deadLetters ?? false,
        mapping: mapping ?? 'THEN',
      });
      return { count };
    },
  },

  EventSubscription: {
    secrets: ({ id }, _args, { loaders }) => loaders.secretTimes.load(id),
    delivery: async (subscription, _args, { loaders }) => {
      const { behind, waiting, dead } = await loaders.lag.load(subscription.id);
      return { ...subscription, behind, waiting, deadLetters: dead };
    },
  },
} satisfies Pick<Resolvers, 'Query' | 'Mutation' | 'EventSubscription'>;
