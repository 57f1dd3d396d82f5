import { GraphQLError } from 'graphql';
import type { Delivery } from '../../events/deliver/delivery.ts';
import type { Subscription } from '../../events/deliver/subscriptions.ts';
import { HubError } from '../../platform/errors.ts';
import { beyond } from '../../platform/keys/beyond.ts';
import type { KeyStore } from '../../platform/keys/key-store.ts';
import { emptyPage } from '../../platform/page.ts';
import type { Budget, Principal } from '../../platform/principal.ts';
import type { SubscribersPort } from './port.ts';

export interface SubscribersOptions {
  readonly delivery: Delivery;
  readonly keys: Pick<KeyStore, 'show'>;
  readonly budget: Budget;
}

/** What one caller may do with subscriptions; what is another key's is answered as what there is not. */
export function subscribersFor(principal: Principal, { delivery, keys, budget }: SubscribersOptions): SubscribersPort {
  const { subscriptions } = delivery;
  const handlesAll = principal.scopes.includes('operate') && principal.rows === null;
  const own = principal.kind === 'KEY' ? principal.id : null;
  const handles = ({ keyId }: Subscription): boolean => handlesAll || keyId === own;

  async function found(id: string): Promise<Subscription | null> {
    const [subscription] = await reachable(subscriptions.show([id]));
    return subscription !== null && subscription !== undefined && handles(subscription) ? subscription : null;
  }
  async function handled(id: string): Promise<Subscription> {
    const subscription = await found(id);
    if (subscription !== null) return subscription;
    throw new HubError('NOT_FOUND', `there is no subscription ${id}; the query eventSubscriptions lists all`, {
      field: 'id',
    });
  }

  /** Who has a key's events sent somewhere sees what that key sees. */
  async function checkMayTell(keyId: string): Promise<void> {
    if (keyId === own) return;
    const key = handlesAll ? await reachable(keys.show(keyId)) : null;
    if (key === null) throw new HubError('NOT_FOUND', `there is no key with the id ${keyId}`, { field: 'keyId' });
    const giver = own === null ? null : await reachable(keys.show(own));
    const more = beyond(
      { ...key, acts: principal.acts },
      { ...principal, operations: 'free' },
      { standard: budget, bounds: giver },
    ).filter(({ field }) => TELLING.has(field.split('.')[0] ?? ''));
    if (more.length === 0) return;
    throw new GraphQLError(more.map(({ field, message }) => `keyId: its ${field}: ${message}`).join('\n'), {
      extensions: { code: 'FORBIDDEN_ARGUMENT', retryable: false, field: 'keyId' },
    });
  }

  return {
    subscription: found,
    async page(filter, page) {
      if (handlesAll) return reachable(subscriptions.page(filter, page));
      if (own === null || (filter.keyId !== null && filter.keyId !== own)) return emptyPage;
      return reachable(subscriptions.page({ ...filter, keyId: own }, page));
    },
    async deadLetters(subscriptionId, page) {
      if (!handlesAll && own === null) return emptyPage;
      return reachable(delivery.deadLetters({ subscriptionId, keyId: handlesAll ? null : own }, page));
    },
    async secretTimes(ids) {
      const times = await reachable(subscriptions.secretTimes(ids));
      return ids.map((id) => times.get(id) ?? []);
    },
    async lag(ids) {
      const lags = await reachable(delivery.lag(ids));
      return ids.map((id) => lags.get(id) ?? { behind: 0, waiting: 0, dead: 0, oldestSeconds: 0 });
    },
    async create({ keyId, terms, idempotencyKey }) {
      const of = keyId ?? own;
      if (of === null) {
        throw new HubError('INVALID', 'keyId: name the key whose view the subscription has; a token has none', {
          field: 'keyId',
        });
      }
      await checkMayTell(of);
      const made = await reachable(subscriptions.create({ keyId: of, terms, by: principal.id, idempotencyKey }));
      return { subscription: await handled(made.id), secret: made.secret };
    },
    async update(id, change) {
      await handled(id);
      return (await reachable(subscriptions.update(id, change))) ?? handled(id);
    },
    async rotate(id, overlapMs) {
      const subscription = await handled(id);
      return { subscription, secret: await reachable(subscriptions.rotate(id, overlapMs)) };
    },
    async remove(id) {
      return (await found(id)) !== null && reachable(subscriptions.remove(id));
    },
    async test(id) {
      return reachable(delivery.test(await handled(id)));
    },
    async replay(id, wanted) {
      await handled(id);
      return reachable(delivery.replay(id, wanted));
    },
  };
}

/** Terms of a key by which it is told more or less. */
const TELLING = new Set(['scopes', 'rows', 'unmasked']);

/** What the stores refuse is told as they say it; whatever else goes wrong is the database that cannot be asked. */
async function reachable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof HubError && error.reason === 'IDEMPOTENCY_KEY_REUSED') {
      throw new GraphQLError(error.message, {
        extensions: { code: 'IDEMPOTENCY_KEY_REUSED', retryable: false, field: 'idempotencyKey' },
      });
    }
    if (error instanceof HubError || error instanceof GraphQLError) throw error;
    throw new HubError('UNAVAILABLE', 'subscriptions cannot be reached at the moment', { system: 'HUB', cause: error });
  }
}
