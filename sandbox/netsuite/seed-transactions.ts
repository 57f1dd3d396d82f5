import type { DatabaseSync } from 'node:sqlite';
import { laterDay } from '../data/calendar.ts';
import { netsuite, stripe } from '../data/keys.ts';
import type { World, WorldCustomer } from '../data/world.ts';
import { major, termsId } from './seed.ts';
import { assetSeeder } from './seed-assets.ts';
import { invoiceSeeder } from './seed-invoices.ts';

/** As SuiteQL shows them; help: "Transaction status codes". */
const ORDER_STATUS = {
  PENDING_FULFILMENT: 'B',
  CANCELLED: 'C',
  PARTIALLY_FULFILLED: 'D',
  PENDING_BILLING: 'F',
  BILLED: 'G',
  CLOSED: 'H',
} as const satisfies Record<WorldCustomer['orders'][number]['status'], string>;

/** Orders of which every line, or the first one, is at the customer's. */
const SHIPPED: ReadonlySet<string> = new Set(['PENDING_BILLING', 'BILLED', 'CLOSED']);

/** Writes orders, their lines and invoices of one customer at a time. */
export function transactionSeeder(db: DatabaseSync, world: World): (customer: WorldCustomer) => void {
  const idsOf = (sql: string) =>
    new Map(
      db
        .prepare(sql)
        .all()
        .map(({ name, id }) => [String(name), Number(id)]),
    );
  const items = idsOf('SELECT itemid AS name, id FROM item');
  const currencies = idsOf('SELECT symbol AS name, id FROM currency');
  const marks = (count: number) => Array(count).fill('?').join(', ');
  const insertTransaction = db.prepare(`INSERT INTO "transaction" (id, type, tranid, trandate, duedate, entity, status,
    foreigntotal, foreignamountunpaid, currency, terms, otherrefnum, lastmodifieddate, custbody_concord_subscription, externalid)
    VALUES (${marks(15)})`);
  const insertLine =
    db.prepare(`INSERT INTO transactionline ("transaction", linesequencenumber, mainline, taxline, item,
    quantity, rate, foreignamount, subsidiary, isclosed, quantityshiprecv, quantitybilled, quantitycommitted, actualshipdate,
    billeddate) VALUES (${marks(15)})`);
  const seedAssets = assetSeeder(db, items);
  const seedInvoice = invoiceSeeder(db, world);

  /** How much of an order was shipped and billed follows from its status; quantities and amounts of sales are negative. */
  function seedLines(orderId: number, order: WorldCustomer['orders'][number], customer: WorldCustomer): void {
    const amount = (minor: number): number => major(minor, customer.currency);
    const subsidiary = Number(customer.legalEntityId);
    const shipDay = laterDay(order.orderedOn, 3);
    const billDay = laterDay(order.orderedOn, 5);
    const closed = order.status === 'CLOSED';
    const main = amount(order.net + order.tax);
    const none = [null, null, null, null, null];
    insertLine.run(...[orderId, 0, 'T', 'F', null, null, null, main, subsidiary, 'F', ...none]);
    order.lines.forEach(({ sku, quantity, unitPrice }, at) => {
      const all = order.status === 'PENDING_BILLING' || order.status === 'BILLED' || (closed && at === 0);
      const some = order.status === 'PARTIALLY_FULFILLED' && at === 0;
      const shipped = all ? quantity : some ? Math.max(1, Math.floor(quantity / 2)) : 0;
      const billed = order.status === 'BILLED' || (closed && at === 0) ? quantity : 0;
      const ended = closed || order.status === 'CANCELLED' ? 'T' : 'F';
      insertLine.run(
        ...[orderId, at + 1, 'F', 'F', items.get(sku) ?? null, -quantity, amount(unitPrice)],
        ...[-amount(quantity * unitPrice), subsidiary, ended, shipped, billed, 0],
        ...[shipped > 0 ? earlier(shipDay, world.today) : null, billed > 0 ? earlier(billDay, world.today) : null],
      );
    });
    const taxLine = order.lines.length + 1;
    insertLine.run(...[orderId, taxLine, 'F', 'T', null, null, null, -amount(order.tax), subsidiary, 'F', ...none]);
  }

  return (customer) => {
    const entity = netsuite.customer(customer.index);
    const currency = currencies.get(customer.currency) ?? null;
    const terms = termsId(customer);
    const amount = (minor: number): number => major(minor, customer.currency);
    customer.orders.forEach((order, nth) => {
      const id = netsuite.salesOrder(customer.index, nth);
      insertTransaction.run(
        ...[id, 'SalesOrd', netsuite.salesOrderNumber(customer.index, nth), order.orderedOn, null, entity],
        ...[ORDER_STATUS[order.status], amount(order.net + order.tax), null, currency, terms],
        ...[order.purchaseOrderNumber, order.orderedOn, null, null],
      );
      seedLines(id, order, customer);
      if (SHIPPED.has(order.status)) seedAssets(customer, nth, laterDay(order.orderedOn, 3));
    });
    customer.invoices.forEach((invoice, nth) => {
      const recurs = invoice.order === null && customer.known.billing;
      seedInvoice(customer, invoice, {
        id: netsuite.invoice(customer.index, nth),
        number: netsuite.invoiceNumber(customer.index, nth),
        order: invoice.order === null ? null : netsuite.salesOrder(customer.index, invoice.order),
        subscription: recurs ? stripe.subscription(customer.index, 0) : null,
      });
    });
    // What billing took is booked under billing's id of it; billing counts its payments from the oldest.
    customer.payments.toReversed().forEach((payment, nth) => {
      if (payment.status !== 'SUCCEEDED') return;
      const on = payment.attemptedAt.slice(0, 10);
      insertTransaction.run(
        ...[netsuite.payment(customer.index, nth), 'CustPymt', netsuite.paymentNumber(customer.index, nth), on, null],
        ...[entity, 'C', amount(payment.amount), null, currency, null, null, on, null],
        `payment:${stripe.charge(customer.index, nth)}`,
      );
    });
  };
}

const earlier = (a: string, b: string): string => (a < b ? a : b);
