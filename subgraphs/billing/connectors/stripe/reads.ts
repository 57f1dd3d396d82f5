import type { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import { type Clock, instant } from '../../../../platform/clock.ts';
import { endingWith } from '../../../../platform/ending-with.ts';
import { HubError } from '../../../../platform/errors.ts';
import { type DirectoryEntry, emptyPage, type ListOf, type Page } from '../../../../platform/page.ts';
import type { BillingCustomerId, SubscriptionStatus } from '../../model.ts';
import type { BillingPort } from '../../port.ts';
import type { StripeClient } from './client.ts';
import { SYSTEM } from './failures.ts';
import { METADATA, STATUS_FILTER, toCollections, toCustomer, toPayment, toSubscription } from './translate.ts';
import { listOf, read, WHOLE, WHOLE_LIST, WireCharge, WireCustomer, WireInvoice, WireSubscription } from './wire.ts';

type Reads = Pick<
  BillingPort,
  'customers' | 'subscriptions' | 'subscriptionsOf' | 'paymentsOf' | 'collections' | 'directory'
>;

/** Stripe's ids; nothing else is put into a path, where it could mean another object. */
const STRIPE_ID = /^[A-Za-z0-9_]{1,255}$/;
const isId = (text: string): boolean => STRIPE_ID.test(text);

/** Stripe reads many customers only one by one: each answer here is a request of its own, all in parallel, bounded by the client. */
export function createReads(client: StripeClient, clock: Clock): Reads {
  return {
    customers: (ids, call) =>
      each(ids, call, async (id, at) => {
        const answer = await client.readOrNull(at, (sdk) => sdk.customers.retrieve(id));
        return answer === null ? null : toCustomer(asked(read(WireCustomer, answer), id), instant(clock));
      }),

    subscriptions: (ids, call) =>
      each(ids, call, async (id, at) => {
        const answer = await client.readOrNull(at, (sdk) => sdk.subscriptions.retrieve(id, WHOLE));
        return answer === null ? null : toSubscription(asked(read(WireSubscription, answer), id));
      }),

    subscriptionsOf: (lists, call) =>
      pages(
        lists,
        call,
        WireSubscription,
        (wire, list) => toSubscription(of(wire, list.of)),
        (list, at) => {
          const status = list.status == null ? 'all' : filterOf(list.status);
          return client.readOrNull(
            at,
            (sdk) => sdk.subscriptions.list({ customer: list.of, status, ...paging(list), ...WHOLE_LIST }),
            'customer',
          );
        },
      ),

    paymentsOf: (lists, call) =>
      pages(
        lists,
        call,
        WireCharge,
        (charge, list) => toPayment(of(charge, list.of), list.of),
        (list, at) =>
          client.readOrNull(at, (sdk) => sdk.charges.list({ customer: list.of, ...paging(list) }), 'customer'),
      ),

    collections: (ids, call) =>
      each(ids, call, async (id, at) => {
        const invoices = (status: 'open' | 'uncollectible') =>
          client.readOrNull(at, (sdk) => sdk.invoices.list({ customer: id, status, limit: 100 }), 'customer');
        const [customer, open, uncollectible] = await Promise.all([
          client.readOrNull(at, (sdk) => sdk.customers.retrieve(id)), // for the currency of a zero
          invoices('open'),
          invoices('uncollectible'),
        ]);
        if (customer === null || open === null || uncollectible === null) return null;
        const { deleted, currency } = read(WireCustomer, customer);
        if (deleted) return null;
        const due = {
          open: read(listOf(WireInvoice), open).data,
          uncollectible: read(listOf(WireInvoice), uncollectible).data,
        };
        const known = currency ?? [...due.open, ...due.uncollectible][0]?.currency;
        // A customer without a currency was never billed: nothing can be said of what is owed.
        return known === undefined ? null : toCollections(due, known.toUpperCase(), clock.now() / 1000);
      }),

    async directory({ first, after }, call): Promise<Page<DirectoryEntry>> {
      const answer = await client.read(call, (sdk) =>
        sdk.customers.list({ limit: Math.min(first, 100), ...(after === null ? {} : { starting_after: after }) }),
      );
      const { data, has_more: hasMore } = read(listOf(WireCustomer), answer);
      return { entries: data.map(toEntry), hasMore, endCursor: data.at(-1)?.id ?? null };
    },
  };
}

const toEntry = (wire: WireCustomer): DirectoryEntry => ({
  externalId: wire.id,
  hubId: wire.metadata?.[METADATA.hubId] ?? null,
  name: wire.name ?? '',
  email: wire.email ?? null,
  parentExternalId: null, // Stripe knows neither parents nor merged customers
  mergedIntoExternalId: null,
});

/** One answer per id; nothing is asked for what cannot be an id of Stripe. */
async function each<Key extends string, Value>(
  keys: readonly Key[],
  call: Call,
  ask: (key: Key, call: Call) => Promise<Value | null>,
): Promise<readonly (Value | null)[]> {
  return together(keys, call, (key, at) => (isId(key) ? ask(key, at) : Promise.resolve(null)));
}

async function pages<Wire extends { readonly id: string }, Of>(
  lists: readonly ListOf<BillingCustomerId>[],
  call: Call,
  schema: z.ZodType<Wire>,
  translate: (entry: Wire, list: ListOf<BillingCustomerId>) => Of,
  ask: (list: ListOf<BillingCustomerId>, call: Call) => Promise<unknown>,
): Promise<readonly Page<Of>[]> {
  return together(lists, call, async (list, at) => {
    if (!isId(list.of)) return emptyPage;
    if (list.after !== null && !isId(list.after)) throw badCursor();
    const answer = await ask(list, at);
    if (answer === null) return emptyPage;
    const { data, has_more: hasMore } = read(listOf(schema), answer);
    return { entries: data.map((entry) => translate(entry, list)), hasMore, endCursor: data.at(-1)?.id ?? null };
  });
}

/** All in parallel; the first failure ends the requests that are still under way. */
async function together<Key, Value>(
  keys: readonly Key[],
  call: Call,
  ask: (key: Key, call: Call) => Promise<Value>,
): Promise<readonly Value[]> {
  const over = endingWith(call.signal);
  const at = { ...call, signal: over.signal };
  try {
    return await Promise.all(keys.map((key) => ask(key, at)));
  } catch (error) {
    over.end(error);
    throw error;
  } finally {
    over.release();
  }
}

const paging = ({ first, after }: ListOf) => ({ limit: first, ...(after === null ? {} : { starting_after: after }) });

function filterOf(status: string): (typeof STATUS_FILTER)[SubscriptionStatus] {
  if (Object.hasOwn(STATUS_FILTER, status)) return STATUS_FILTER[status as SubscriptionStatus]; // its keys are the statuses
  throw new HubError('INVALID', `"${status.slice(0, 40)}" is no subscription status`, {
    system: SYSTEM,
    field: 'status',
  });
}

/** The object that was asked for: an answer that was mixed up on its way must not become another customer's. @throws CONTRACT_BROKEN */
function asked<Wire extends { readonly id: string }>(wire: Wire, id: string): Wire {
  if (wire.id === id) return wire;
  throw mixedUp('id');
}

function of<Wire extends { readonly customer: string | null }>(wire: Wire, customer: string): Wire {
  if (wire.customer === customer) return wire;
  throw mixedUp('customer');
}

const mixedUp = (field: string): HubError =>
  new HubError('CONTRACT_BROKEN', `${SYSTEM} answered for another ${field} than asked for`, { system: SYSTEM, field });

const badCursor = (): HubError =>
  new HubError('INVALID', 'after must be the endCursor of the page before', { system: SYSTEM, field: 'after' });
