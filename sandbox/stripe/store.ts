import { stripe as keys } from '../data/keys.ts';
import type { World } from '../data/world.ts';
import type { Catalog } from './catalog.ts';
import { type Counter, createCounter, customerIndexOf, seededInvoice, subscriptionIndexOf } from './ids.ts';
import type { Account, InvoiceItemRecord, InvoiceRecord, ScheduleRecord, SubscriptionRecord } from './records.ts';
import { seedAccount } from './seed.ts';

/** Untouched accounts that are kept; any other is made from the world again when it is asked for. */
const KEEP_CLEAN = 2_000;

/**
 * Stripe's state. A seeded account is made from the world on its first use and kept for good once it was changed, so that
 * 100,000 customers cost nothing at the start.
 */
export interface Store {
  readonly counter: Counter;
  account(customerId: string): Account | undefined;
  byHubId(hubId: string): Account | undefined;
  /** Must be called before an account changes. */
  keep(account: Account): void;
  subscription(id: string): { account: Account; subscription: SubscriptionRecord } | undefined;
  schedule(id: string): { account: Account; schedule: ScheduleRecord } | undefined;
  invoice(id: string): { account: Account; invoice: InvoiceRecord } | undefined;
  invoiceItem(id: string): { account: Account; item: InvoiceItemRecord } | undefined;
  /** Remembers whose a record made at run time is. */
  own(id: string, customerId: string): void;
  /** Accounts that requests changed. */
  changedAccounts(): Iterable<Account>;
  /** Accounts from the newest customer to the oldest, beginning after that one. */
  accountsAfter(customerId: string | null): Iterable<Account>;
}

export function createStore(world: World, catalog: Catalog): Store {
  const kept = new Map<string, Account>();
  const clean = new Map<string, Account>();
  const ownerOf = new Map<string, string>();

  const account = (customerId: string): Account | undefined => {
    const held = kept.get(customerId) ?? clean.get(customerId);
    if (held) return held;
    const index = customerIndexOf(customerId);
    const seeded = index === null ? null : seedAccount(world, catalog, index);
    if (!seeded) return undefined;
    clean.set(customerId, seeded);
    for (const item of seeded.pending) ownerOf.set(item.id, customerId);
    const [oldest] = clean.keys();
    if (clean.size > KEEP_CLEAN && oldest !== undefined) clean.delete(oldest);
    return seeded;
  };
  const ownerBy = (id: string, indexOf: (id: string) => number | null): Account | undefined => {
    const owner = ownerOf.get(id);
    if (owner !== undefined) return account(owner);
    const index = indexOf(id);
    return index === null ? undefined : account(keys.customer(index));
  };

  return {
    counter: createCounter(),
    account,
    byHubId(hubId) {
      const index = world.indexOf(hubId);
      return index < 0 ? undefined : account(keys.customer(index));
    },
    keep(changed) {
      kept.set(changed.customer.id, changed);
      clean.delete(changed.customer.id);
    },
    subscription(id) {
      const owner = ownerBy(id, subscriptionIndexOf);
      const subscription = owner?.subscriptions.find((one) => one.id === id);
      return owner && subscription ? { account: owner, subscription } : undefined;
    },
    schedule(id) {
      const owner = ownerBy(id, () => null);
      const schedule = owner?.schedules.find((one) => one.id === id);
      return owner && schedule ? { account: owner, schedule } : undefined;
    },
    invoice(id) {
      const owner = ownerBy(id, seededInvoice.indexOf);
      const invoice = owner?.invoices.find((one) => one.id === id);
      return owner && invoice ? { account: owner, invoice } : undefined;
    },
    invoiceItem(id) {
      const owner = ownerBy(id, () => null);
      const item = owner?.pending.find((one) => one.id === id);
      return owner && item ? { account: owner, item } : undefined;
    },
    own: (id, customerId) => {
      ownerOf.set(id, customerId);
    },
    changedAccounts: () => kept.values(),
    *accountsAfter(customerId) {
      const made = [...kept.values()].filter(({ customer }) => customerIndexOf(customer.id) === null).reverse();
      const at = made.findIndex(({ customer }) => customer.id === customerId);
      if (customerId === null || at >= 0) yield* made.slice(at + 1);
      const from = customerId === null || at >= 0 ? world.size : (customerIndexOf(customerId) ?? 0);
      for (let index = from - 1; index >= 0; index -= 1) {
        const next = account(keys.customer(index));
        if (next) yield next;
      }
    },
  };
}
