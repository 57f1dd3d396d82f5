import type { DatabaseSync } from 'node:sqlite';
import { exponentOf } from '../../platform/money.ts';
import { netsuite } from '../data/keys.ts';
import type { World, WorldCustomer } from '../data/world.ts';
import { INDEXES, TABLES } from './tables.ts';

const TERMS = [
  ['DUE_ON_RECEIPT', 'Due on receipt', 0],
  ['NET_15', 'Net 15', 15],
  ['NET_30', 'Net 30', 30],
  ['NET_45', 'Net 45', 45],
  ['NET_60', 'Net 60', 60],
  ['NET_90', 'Net 90', 90],
] as const;

/** As SuiteQL shows them; help: "Transaction status codes". */
const ORDER_STATUS = {
  PENDING_FULFILMENT: 'B',
  CANCELLED: 'C',
  PARTIALLY_FULFILLED: 'D',
  PENDING_BILLING: 'F',
  BILLED: 'G',
  CLOSED: 'H',
} as const satisfies Record<WorldCustomer['orders'][number]['status'], string>;
const INVOICE_STATUS = { OPEN: 'A', PAID: 'B', VOIDED: 'V' } as const;
/** Orders that are still to be billed. */
const UNBILLED = new Set(['B', 'D', 'F']);

const DAY_MS = 86_400_000;
const laterDay = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);

/** Minor units as the decimal that NetSuite keeps. */
export const major = (minor: number, currency: string): number => minor / 10 ** exponentOf(currency);

/** Fills an empty database with what the ERP holds of the world. */
export function seed(db: DatabaseSync, world: World): void {
  db.exec(TABLES);
  db.exec('BEGIN');
  const currencies = seedLists(db, world);
  seedItems(db, world, currencies);
  const insert = statements(db);
  for (const customer of world.customers()) {
    if (customer.known.erp) seedCustomer(customer, world, currencies, insert);
  }
  db.exec('COMMIT');
  db.exec(INDEXES);
  db.exec('ANALYZE');
}

function seedLists(db: DatabaseSync, world: World): ReadonlyMap<string, number> {
  const symbols = new Set([
    ...world.legalEntities.map(({ currency }) => currency),
    ...world.products.flatMap(({ prices }) => Object.keys(prices)),
  ]);
  const currencies = new Map([...symbols].map((symbol, at) => [symbol, at + 1]));
  const currency = db.prepare('INSERT INTO currency (id, symbol, name) VALUES (?, ?, ?)');
  for (const [symbol, id] of currencies) currency.run(id, symbol, symbol);
  const subsidiary = db.prepare('INSERT INTO subsidiary (id, name, country, currency) VALUES (?, ?, ?, ?)');
  const nexus = db.prepare('INSERT INTO _nexus VALUES (?, ?)');
  for (const entity of world.legalEntities) {
    subsidiary.run(Number(entity.id), entity.name, entity.country, currencies.get(entity.currency) ?? null);
    nexus.run(Number(entity.id), entity.taxPercent);
  }
  const term = db.prepare('INSERT INTO term (id, name, daysuntilnetdue) VALUES (?, ?, ?)');
  TERMS.forEach(([, name, days], at) => {
    term.run(at + 1, name, days);
  });
  return currencies;
}

/** Items are numbered in the order of the world's catalogue. */
function seedItems(db: DatabaseSync, world: World, currencies: ReadonlyMap<string, number>): void {
  const item = db.prepare('INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const price = db.prepare('INSERT INTO pricing VALUES (?, 1, ?, 0, ?)');
  const stock = db.prepare('INSERT INTO aggregateitemlocation VALUES (?, 1, ?, ?)');
  const schedules = [...new Set(world.products.map(({ taxClass }) => taxClass))];
  world.products.forEach((product, at) => {
    const id = at + 1;
    const type = product.kind === 'GOODS' ? 'InvtPart' : 'Service';
    const recurring = product.kind === 'SUBSCRIPTION' ? 'T' : 'F';
    const schedule = schedules.indexOf(product.taxClass) + 1;
    item.run(id, product.sku, product.name, type, product.active ? 'F' : 'T', schedule, product.taxClass, recurring);
    for (const [code, minor] of Object.entries(product.prices)) {
      price.run(id, currencies.get(code) ?? null, major(minor, code));
    }
    if (product.onHand !== null) stock.run(id, product.onHand, product.committed);
  });
}

function statements(db: DatabaseSync) {
  const items = new Map(
    db
      .prepare('SELECT itemid, id FROM item')
      .all()
      .map(({ itemid, id }) => [itemid, Number(id)]),
  );
  const marks = (count: number) => Array(count).fill('?').join(', ');
  return {
    itemOf: (sku: string): number => items.get(sku) ?? 0,
    customer: db.prepare(`INSERT INTO _customer VALUES (${marks(24)})`),
    transaction:
      db.prepare(`INSERT INTO "transaction" (id, type, tranid, trandate, duedate, entity, status, foreigntotal,
      foreignamountunpaid, currency, terms, otherrefnum, lastmodifieddate) VALUES (${marks(13)})`),
    line: db.prepare(`INSERT INTO transactionline VALUES (${marks(15)})`),
  };
}

function seedCustomer(
  customer: WorldCustomer,
  world: World,
  currencies: ReadonlyMap<string, number>,
  insert: ReturnType<typeof statements>,
): void {
  const id = netsuite.customer(customer.index);
  const currency = currencies.get(customer.currency) ?? null;
  const amount = (minor: number): number => major(minor, customer.currency);
  const terms = TERMS.findIndex(([name]) => name === customer.paymentTerms) + 1;
  let unbilled = 0;
  customer.orders.forEach((order, nth) => {
    const status = ORDER_STATUS[order.status];
    const total = order.net + order.tax;
    if (UNBILLED.has(status)) unbilled += total;
    const orderId = netsuite.salesOrder(customer.index, nth);
    insert.transaction.run(
      ...[orderId, 'SalesOrd', netsuite.salesOrderNumber(customer.index, nth), order.orderedOn, null, id, status],
      ...[amount(total), null, currency, terms, order.purchaseOrderNumber, order.orderedOn],
    );
    seedLines(orderId, order, customer, world.today, insert);
  });
  let balance = 0;
  let overdue = 0;
  customer.invoices.forEach((invoice, nth) => {
    balance += invoice.balance;
    if (invoice.dueOn < world.today) overdue += invoice.balance;
    insert.transaction.run(
      ...[netsuite.invoice(customer.index, nth), 'CustInvc', netsuite.invoiceNumber(customer.index, nth)],
      ...[invoice.issuedOn, invoice.dueOn, id, INVOICE_STATUS[invoice.status], amount(invoice.total)],
      ...[amount(invoice.balance), currency, terms, null, invoice.issuedOn],
    );
  });
  const { address } = customer;
  insert.customer.run(
    ...[id, customer.hubId, customer.legalName, customer.email, customer.phone],
    ...[customer.parentIndex === null ? null : netsuite.customer(customer.parentIndex), Number(customer.legalEntityId)],
    ...[currency, terms, customer.creditLimit === null ? null : amount(customer.creditLimit)],
    ...[customer.creditHold ? 'ON' : 'AUTO', amount(balance), amount(overdue), amount(unbilled)],
    ...[customer.taxId, customer.taxCode, customer.traits.includes('tax-refused') ? 1 : 0],
    ...[address.line1, null, address.city, address.region, address.postalCode, address.country, world.today],
  );
}

/** How much of an order was shipped and billed follows from its status; quantities and amounts of sales are negative. */
function seedLines(
  orderId: number,
  order: WorldCustomer['orders'][number],
  customer: WorldCustomer,
  today: string,
  insert: ReturnType<typeof statements>,
): void {
  const amount = (minor: number): number => major(minor, customer.currency);
  const subsidiary = Number(customer.legalEntityId);
  const shipDay = laterDay(order.orderedOn, 3);
  const billDay = laterDay(order.orderedOn, 5);
  const closed = order.status === 'CLOSED';
  insert.line.run(
    ...[
      orderId,
      0,
      'T',
      'F',
      null,
      null,
      null,
      amount(order.net + order.tax),
      subsidiary,
      'F',
      null,
      null,
      null,
      null,
      null,
    ],
  );
  order.lines.forEach(({ sku, quantity, unitPrice }, at) => {
    const all = order.status === 'PENDING_BILLING' || order.status === 'BILLED' || (closed && at === 0);
    const some = order.status === 'PARTIALLY_FULFILLED' && at === 0;
    const shipped = all ? quantity : some ? Math.max(1, Math.floor(quantity / 2)) : 0;
    const billed = order.status === 'BILLED' || (closed && at === 0) ? quantity : 0;
    insert.line.run(
      ...[orderId, at + 1, 'F', 'F', insert.itemOf(sku), -quantity, amount(unitPrice), -amount(quantity * unitPrice)],
      ...[subsidiary, closed || order.status === 'CANCELLED' ? 'T' : 'F', shipped, billed, 0],
      ...[
        shipped > 0 ? (shipDay < today ? shipDay : today) : null,
        billed > 0 ? (billDay < today ? billDay : today) : null,
      ],
    );
  });
  insert.line.run(
    ...[orderId, order.lines.length + 1, 'F', 'T', null, null, null, -amount(order.tax), subsidiary, 'F', null, null],
    ...[null, null, null],
  );
}
