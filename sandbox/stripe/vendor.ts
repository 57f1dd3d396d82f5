import type { Vendor, VendorContext, VendorDefinition } from '../core/vendor.ts';
import type { ActContext } from './acts.ts';
import { type Catalog, createCatalog } from './catalog.ts';
import { edit } from './edit.ts';
import { eventBody, signed } from './events.ts';
import { createIdempotencyKeys } from './idempotency.ts';
import { toPrice, toProduct } from './objects/catalog.ts';
import { toCustomer } from './objects/customer.ts';
import { toInvoice } from './objects/invoice.ts';
import { toSchedule } from './objects/schedule.ts';
import { toSubscription } from './objects/subscription.ts';
import { catalogRoutes } from './routes/catalog.ts';
import { chargeRoutes } from './routes/charges.ts';
import { customerRoutes } from './routes/customers.ts';
import { eventRoutes } from './routes/events.ts';
import { invoiceRoutes } from './routes/invoices.ts';
import { meterRoutes } from './routes/meters.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { subscriptionRoutes } from './routes/subscriptions.ts';
import { createServer } from './server.ts';
import { createStore, type Store } from './store.ts';

export interface RouteContext {
  readonly serve: ReturnType<typeof createServer>;
  readonly catalog: Catalog;
  /** The state as it is now: a reset replaces it. */
  store(): Store;
  /** Seconds. */
  now(): number;
  act(idempotencyKey: string | null): ActContext;
  /** All that was announced, oldest first. */
  events(): readonly AnnouncedEvent[];
}

export interface AnnouncedEvent {
  readonly id: string;
  readonly type: string;
  /** Seconds. */
  readonly created: number;
  /** As Stripe posts it. */
  readonly body: string;
}

/** Stripe's API, version 2026-10-28.endive, as far as the billing connector uses it. */
export const vendor: VendorDefinition = {
  name: 'stripe',
  credentials: (random) => ({ secretKey: `sk_test_51Q8${random()}`, webhookSecret: `whsec_${random()}` }),
  environment: (baseUrl, credentials) => ({
    STRIPE_BASE_URL: baseUrl,
    STRIPE_API_KEY: credentials.secretKey ?? '',
    STRIPE_WEBHOOK_SECRETS: credentials.webhookSecret ?? '',
  }),
  create,
};

function create(context: VendorContext): Vendor {
  const catalog = createCatalog(context.world);
  let store = createStore(context.world, catalog);
  let keys = createIdempotencyKeys();
  let events: AnnouncedEvent[] = [];
  const now = (): number => Math.floor(context.clock.now() / 1000);
  const webhookSecret = context.credentials.webhookSecret ?? '';

  const act = (idempotencyKey: string | null): ActContext => ({
    store,
    catalog,
    now: now(),
    idempotencyKey,
    record: context.record,
    announce(type, { account, subscription, invoice }, previous) {
      const object = subscription
        ? toSubscription(subscription, account, catalog, now())
        : invoice
          ? toInvoice(invoice, account, catalog, now())
          : toCustomer(account.customer, account);
      const id = store.counter.next('evt_');
      const body = eventBody({ id, type, created: now(), object, previous, idempotencyKey });
      events.push({ id, type, created: now(), body });
      context.emit({ type, body, headers: signed(body, webhookSecret, now()) });
    },
  });

  /** The object behind an id that `expand` meets. */
  const lookUp = (id: string): object | undefined => {
    const account = store.account(id);
    if (account) return toCustomer(account.customer, account);
    const invoice = store.invoice(id);
    if (invoice) return toInvoice(invoice.invoice, invoice.account, catalog, now());
    const scheduled = store.schedule(id);
    if (scheduled) return toSchedule(scheduled.schedule, catalog);
    const held = store.subscription(id);
    if (held) return toSubscription(held.subscription, held.account, catalog, now());
    const price = catalog.byId(id);
    if (price) return toPrice(price);
    const product = catalog.prices.find((one) => one.productId === id);
    return product && toProduct(product);
  };

  return {
    routes(app) {
      const serve = createServer(app, {
        secretKey: context.credentials.secretKey ?? '',
        now,
        keys: () => keys,
        during: (change) => store.counter.during(change),
        lookUp,
      });
      const routes: RouteContext = { serve, catalog, store: () => store, now, act, events: () => events };
      const all = [
        customerRoutes,
        subscriptionRoutes,
        scheduleRoutes,
        catalogRoutes,
        invoiceRoutes,
        chargeRoutes,
        meterRoutes,
        eventRoutes,
      ];
      for (const add of all) add(routes);
    },
    edit: (change) => edit(store, change),
    reset() {
      store = createStore(context.world, catalog);
      keys = createIdempotencyKeys();
      events = [];
    },
    readOnly: [/^POST \/v1\/invoices\/create_preview$/],
  };
}
