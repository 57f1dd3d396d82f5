import { createCalendar } from './calendar.ts';
import { PRODUCTS, priceOf } from './products.ts';
import { createRandom, mixed, type Random } from './random.ts';
import { type Invoice, type Line, netOf, taxOn } from './trade.ts';
import type { World, WorldCustomer } from './world.ts';

/** What a customer was invoiced beside what the world knows. */
export interface InvoicedAccount {
  readonly customer: WorldCustomer;
  readonly invoices: readonly Invoice[];
}

/** C-10018, of whom nothing else is special. */
const INDEX = 17;
const DELIVERIES = 240;
const LINES_OF_A_DELIVERY = 25;
const LINES_OF_THE_SETTLEMENT = 4_000;
/** Days before today on which it was issued: among the deliveries. */
const SETTLEMENT_AGE = 400;

const GOODS = PRODUCTS.filter(({ kind, active }) => kind === 'GOODS' && active).map(({ sku }) => sku);

/**
 * A customer with 10,000 invoice lines: 240 invoices of 25, two on one day of each week, and among them a settlement of 4,000.
 * All are paid, so that what the customer owes stays what it is. The same for the same seed and day.
 * @throws RangeError in a company of fewer than 18 customers
 */
export function largeAccount({ seed, today, customer: at }: World): InvoicedAccount {
  const customer = at(INDEX);
  const calendar = createCalendar(today);
  const random = createRandom(mixed(seed, INDEX, 10_000));
  const invoice = (age: number, count: number): Invoice => {
    const lines = Array.from({ length: count }, () => line(customer.currency, random));
    const net = netOf(lines);
    return {
      order: null,
      issuedOn: calendar.day(-age),
      dueOn: calendar.day(-age),
      lines,
      total: net + taxOn(net, customer.legalEntityId),
      balance: 0,
      status: 'PAID',
    };
  };
  const deliveries = Array.from({ length: DELIVERIES }, (_, nth) =>
    invoice(2 + 7 * Math.floor(nth / 2), LINES_OF_A_DELIVERY),
  );
  return { customer, invoices: [...deliveries, invoice(SETTLEMENT_AGE, LINES_OF_THE_SETTLEMENT)] };
}

function line(currency: string, random: Random): Line {
  const sku = random.pick(GOODS as [string, ...string[]]); // the catalogue has goods
  return { sku, quantity: random.int(1, 40), unitPrice: priceOf(sku, currency) };
}
