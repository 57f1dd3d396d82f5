import type { DatabaseSync } from 'node:sqlite';
import { netsuite } from '../data/keys.ts';
import type { WorldCustomer } from '../data/world.ts';

/** Instruments carry a serial number each; cables and mounts do not. Months of warranty by the beginning of the SKU. */
const WARRANTY_MONTHS: readonly (readonly [prefix: string, months: number])[] = [
  ['GDS-SENSOR', 24],
  ['GDS-GATEWAY', 36],
  ['GDS-DISPLAY', 12],
  ['GDS-VALVE', 12],
  ['GDS-PUMP', 6],
];
/** Of one line: the world need not know every single instrument. */
const MOST_OF_A_LINE = 2;

/** Writes what was installed at a customer's from one shipped order: the custom record `customrecord_concord_asset`. */
export function assetSeeder(db: DatabaseSync, items: ReadonlyMap<string, number>) {
  const insert = db.prepare(`INSERT INTO customrecord_concord_asset (name, custrecord_concord_asset_customer,
    custrecord_concord_asset_item, custrecord_concord_asset_order, custrecord_concord_asset_installed,
    custrecord_concord_asset_covered_from, custrecord_concord_asset_covered_to) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  return (customer: WorldCustomer, nth: number, installedOn: string): void => {
    const order = customer.orders[nth];
    // Of a closed order only the first line was shipped.
    const lines = order?.status === 'CLOSED' ? order.lines.slice(0, 1) : (order?.lines ?? []);
    let unit = 0;
    for (const { sku, quantity } of lines) {
      const months = WARRANTY_MONTHS.find(([prefix]) => sku.startsWith(prefix))?.[1];
      if (months === undefined) continue;
      for (let count = 0; count < Math.min(quantity, MOST_OF_A_LINE); count += 1) {
        unit += 1;
        insert.run(
          ...[
            netsuite.serialNumber(customer.index, nth, unit),
            netsuite.customer(customer.index),
            items.get(sku) ?? null,
          ],
          ...[netsuite.salesOrder(customer.index, nth), installedOn, installedOn, monthsLater(installedOn, months)],
        );
      }
    }
  };
}

/** The day before the same day so many months later: `2026-01-31` and 1 is `2026-02-28`. */
function monthsLater(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const lastOfMonth = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastOfMonth) - 1)).toISOString().slice(0, 10);
}
