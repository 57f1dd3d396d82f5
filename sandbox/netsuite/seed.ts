import type { DatabaseSync, StatementSync } from 'node:sqlite';
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

/** Orders that are still to be billed. */
const UNBILLED: ReadonlySet<string> = new Set(['PENDING_FULFILMENT', 'PARTIALLY_FULFILLED', 'PENDING_BILLING']);

export const termsId = (customer: WorldCustomer): number =>
  TERMS.findIndex(([name]) => name === customer.paymentTerms) + 1;

/** Minor units as the decimal that NetSuite keeps. */
export const major = (minor: number, currency: string): number => minor / 10 ** exponentOf(currency);

/** Fills an empty database with what the ERP holds of the world, but for transactions (seed-transactions.ts). */
export function seed(db: DatabaseSync, world: World): void {
  db.exec('PRAGMA journal_mode = OFF');
  db.exec(TABLES);
  db.exec('BEGIN');
  const currencies = seedLists(db, world);
  seedItems(db, world, currencies);
  const insert = db.prepare(`INSERT INTO _customer VALUES (${Array(24).fill('?').join(', ')}, 'F', NULL, NULL)`);
  const belongs = db.prepare(`INSERT INTO customersubsidiaryrelationship VALUES (?, NULL, ?, ?, 'T')`);
  for (const customer of world.customers()) {
    if (!customer.known.erp) continue;
    seedCustomer(customer, world, currencies, insert);
    const id = netsuite.customer(customer.index);
    belongs.run(id, id, Number(customer.legalEntityId));
  }
  db.exec('COMMIT');
  db.exec(INDEXES);
  db.exec('PRAGMA journal_mode = MEMORY');
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
  const item = db.prepare('INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)');
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

function seedCustomer(
  customer: WorldCustomer,
  world: World,
  currencies: ReadonlyMap<string, number>,
  insert: StatementSync,
): void {
  const amount = (minor: number): number => major(minor, customer.currency);
  const unbilled = customer.orders.reduce(
    (sum, order) => (UNBILLED.has(order.status) ? sum + order.net + order.tax : sum),
    0,
  );
  let balance = 0;
  let overdue = 0;
  for (const invoice of customer.invoices) {
    balance += invoice.balance;
    if (invoice.dueOn < world.today) overdue += invoice.balance;
  }
  const { address } = customer;
  insert.run(
    ...[netsuite.customer(customer.index), customer.hubId, customer.legalName, customer.email, customer.phone],
    ...[customer.parentIndex === null ? null : netsuite.customer(customer.parentIndex), Number(customer.legalEntityId)],
    ...[currencies.get(customer.currency) ?? null, termsId(customer)],
    ...[customer.creditLimit === null ? null : amount(customer.creditLimit), customer.creditHold ? 'ON' : 'AUTO'],
    ...[amount(balance), amount(overdue), amount(unbilled)],
    ...[customer.taxId, customer.taxCode, customer.traits.includes('tax-refused') ? 1 : 0],
    ...[address.line1, null, address.city, address.region, address.postalCode, address.country, world.today],
  );
}
