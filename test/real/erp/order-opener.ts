import { id } from '../../../platform/ids.ts';
import { connectTryton } from './ground.ts';

/**
 * A process of the hub as far as orders go: opens one order for each key, so many at a time, and says each on a line. Run by
 * `orders-once.test.ts`, which kills it on the way and starts it again.
 */
const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
const port = connectTryton(env);
const keys = (env.ORDER_KEYS ?? '').split(' ');
const waiting = [...keys];

async function openNext(): Promise<void> {
  for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
    const order = await port.openSalesOrder(
      {
        customerId: id(env.ORDER_CUSTOMER ?? ''),
        legalEntityId: id('1'),
        currency: 'EUR',
        purchaseOrderNumber: `PO ${key}`,
        memo: null,
        lines: [{ sku: id('SKU-VALVE'), quantity: 2 }],
      },
      { correlationId: key, signal: AbortSignal.timeout(120_000), key, actingFor: 'ERP' },
    );
    process.stdout.write(`${key} ${order.id}\n`);
  }
}

await Promise.all(Array.from({ length: Number(env.ORDERS_AT_A_TIME) }, openNext));
process.exit(0);
