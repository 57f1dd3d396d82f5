import type { RecordEdit } from '../core/vendor.ts';
import type { CustomerRecord } from './records.ts';
import type { Store } from './store.ts';

/** Customers: `set` takes name, email, metadata and address; a copy has no subscriptions and no charges. */
export function edit(store: Store, { record, id, set = {}, remove = false, copy = false }: RecordEdit): void {
  if (record !== 'customer') throw new Error(`there is no record ${record}; there is customer`);
  const account = store.account(id);
  if (!account) throw new Error(`there is no customer ${id}`);
  const change = set as Partial<CustomerRecord>; // unjudged, as said there
  if (copy) {
    const customer = { ...structuredClone(account.customer), ...change, id: store.counter.next('cus_') };
    store.keep({
      ...{ customer, subscriptions: [], invoices: [], pending: [], charges: [], schedules: [], usage: [] },
      cardFails: false,
    });
    return;
  }
  store.keep(account);
  Object.assign(account.customer, change);
  if (remove) account.customer.deleted = true;
}
