import { z } from 'zod';
import { type ActContext, merged } from '../acts.ts';
import { missing, StripeFault } from '../errors.ts';
import { toCustomer } from '../objects/customer.ts';
import { toSubscription } from '../objects/subscription.ts';
import { listOf } from '../objects/wire.ts';
import { newestFirst } from '../page.ts';
import { expand, metadata, optionalText, paging, text } from '../params.ts';
import type { Account, CustomerRecord } from '../records.ts';
import type { RouteContext } from '../vendor.ts';

/** https://docs.stripe.com/api/customers */
export function customerRoutes({ serve, store, catalog, act, now }: RouteContext): void {
  const known = (id: string): Account => {
    const account = store().account(id);
    if (!account) throw missing('customer', id);
    return account;
  };
  /** The subscriptions that run, as `expand` puts them into a customer. */
  const running = (account: Account) => {
    const held = newestFirst(account.subscriptions).filter(({ status }) => status !== 'canceled');
    const data = held.slice(0, 10).map((one) => toSubscription(one, account, catalog, now()));
    return listOf(`/v1/customers/${account.customer.id}/subscriptions`, data, held.length > 10);
  };
  /** One that is not deleted. */
  const standing = (id: string): Account => {
    const account = known(id);
    if (account.customer.deleted) throw missing('customer', id);
    return account;
  };

  serve({
    method: 'GET',
    url: '/v1/customers',
    params: z.strictObject({ ...paging, email: text.optional() }),
    answer({ params }) {
      const after = params.starting_after ?? null;
      if (after !== null && !store().account(after)) throw missing('customer', after, 'starting_after');
      const found: Account[] = [];
      for (const account of store().accountsAfter(after)) {
        if (account.customer.deleted) continue;
        if (params.email !== undefined && account.customer.email !== params.email) continue;
        found.push(account);
        if (found.length > params.limit) break;
      }
      const whole = params.expand?.includes('data.subscriptions') === true;
      const page = found.slice(0, params.limit).map((account) => {
        const customer = toCustomer(account.customer, account);
        return whole ? { ...customer, subscriptions: running(account) } : customer;
      });
      return listOf('/v1/customers', page, found.length > params.limit);
    },
  });

  serve({
    method: 'GET',
    url: '/v1/customers/search',
    params: z.strictObject({ query: text, limit: paging.limit, page: text.optional(), expand }),
    answer({ params }) {
      const account = store().byHubId(hubIdOf(params.query));
      return {
        object: 'search_result',
        url: '/v1/customers/search',
        has_more: false,
        next_page: null,
        data: account ? [toCustomer(account.customer, account)] : [],
      };
    },
  });

  serve({
    method: 'GET',
    url: '/v1/customers/:id',
    params: z.strictObject({ expand }),
    answer({ id, params }) {
      const account = known(id);
      if (account.customer.deleted) return { id, object: 'customer', deleted: true };
      const customer = toCustomer(account.customer, account);
      if (!params.expand?.some((path) => path.split('.')[0] === 'subscriptions')) return customer;
      return { ...customer, subscriptions: running(account) };
    },
  });

  serve({
    method: 'POST',
    url: '/v1/customers',
    params: z.strictObject({ email: optionalText, name: optionalText, address, metadata, expand }),
    answer: ({ params, idempotencyKey }) => {
      const account = opened(params, now(), act(idempotencyKey));
      return toCustomer(account.customer, account);
    },
  });

  // https://docs.stripe.com/api/customers/delete
  serve({
    method: 'DELETE',
    url: '/v1/customers/:id',
    params: z.strictObject({}),
    answer({ id }) {
      const account = standing(id);
      const context = act(null);
      context.store.keep(account);
      account.customer.deleted = true;
      note('customer.deleted', account, context);
      context.announce('customer.deleted', { account });
      return { id, object: 'customer', deleted: true };
    },
  });

  serve({
    method: 'POST',
    url: '/v1/customers/:id',
    params: z.strictObject({
      email: optionalText,
      name: optionalText,
      phone: optionalText,
      description: optionalText,
      address,
      metadata,
      expand,
    }),
    answer({ id, params, idempotencyKey }) {
      const account = standing(id);
      const context = act(idempotencyKey);
      if (params.email !== undefined && params.email !== '' && !/^[^@\s]+@[^@\s]+$/.test(params.email)) {
        throw new StripeFault(400, `Invalid email address: ${params.email.slice(0, 100)}`, {
          code: 'email_invalid',
          param: 'email',
        });
      }
      update(account, params, context);
      return toCustomer(account.customer, account);
    },
  });
}

const address = z
  .strictObject(
    Object.fromEntries(
      ['line1', 'line2', 'city', 'state', 'postal_code', 'country'].map((part) => [part, optionalText]),
    ),
  )
  .optional();

function opened(
  params: {
    name?: string | undefined;
    email?: string | undefined;
    metadata?: Record<string, string> | undefined;
    address?: Record<string, string | undefined> | undefined;
  },
  created: number,
  context: ActContext,
): Account {
  const at = params.address;
  const account: Account = {
    customer: {
      id: context.store.counter.next('cus_'),
      created,
      currency: '',
      name: params.name ?? null,
      email: params.email ?? null,
      phone: null,
      description: null,
      metadata: params.metadata ?? {},
      address: at ? addressOf(at) : null,
    },
    ...{ subscriptions: [], invoices: [], pending: [], charges: [], schedules: [], usage: [], cardFails: false },
  };
  context.store.keep(account);
  note('customer.opened', account, context);
  context.announce('customer.created', { account });
  return account;
}

const addressOf = (at: Readonly<Record<string, string | undefined>>): NonNullable<CustomerRecord['address']> => ({
  line1: at.line1 ?? '',
  city: at.city ?? '',
  state: at.state || null,
  postal_code: at.postal_code ?? '',
  country: at.country ?? '',
});

const note = (effect: string, { customer }: Account, context: ActContext): void =>
  context.record({
    effect,
    id: customer.id,
    businessKey: customer.metadata.hub_key ?? null,
    idempotencyKey: context.idempotencyKey,
    details: { customer: customer.id, email: customer.email, name: customer.name },
  });

const FIELDS = ['email', 'name', 'phone', 'description'] as const;

function update(
  account: Account,
  params: { [Field in (typeof FIELDS)[number]]?: string | undefined } & {
    metadata?: Record<string, string> | undefined;
    address?: Record<string, string | undefined> | undefined;
  },
  context: ActContext,
): void {
  const { customer } = account;
  const previous: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const value = params[field] === '' ? null : params[field];
    if (value === undefined || value === customer[field]) continue;
    previous[field] = customer[field];
    customer[field] = value;
  }
  const metadataAfter = merged(customer.metadata, params.metadata ?? {});
  if (JSON.stringify(metadataAfter) !== JSON.stringify(customer.metadata)) {
    previous.metadata = customer.metadata;
    customer.metadata = metadataAfter;
  }
  const addressAfter = params.address === undefined ? customer.address : addressOf(params.address);
  if (JSON.stringify(addressAfter) !== JSON.stringify(customer.address)) {
    previous.address = customer.address;
    customer.address = addressAfter;
  }
  if (Object.keys(previous).length === 0) return;
  context.store.keep(account);
  context.record({
    effect: 'customer.updated',
    id: customer.id,
    businessKey: customer.metadata.hub_key ?? customer.metadata.last_update_key ?? null,
    idempotencyKey: context.idempotencyKey,
    details: { customer: customer.id, email: customer.email, name: customer.name },
  });
  context.announce('customer.updated', { account }, previous);
}

/** The one query that is played: https://docs.stripe.com/search#search-query-language. @throws StripeFault for any other */
function hubIdOf(query: string): string {
  const match = /^metadata\[(['"])hub_id\1\]:(['"])([^'"]*)\2$/.exec(query.trim());
  if (match?.[3] !== undefined) return match[3];
  throw new StripeFault(400, 'The sandbox searches customers by metadata["hub_id"] only.', {
    param: 'query',
    beforeExecution: true,
  });
}
