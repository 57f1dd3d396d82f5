import type { DatabaseSync } from 'node:sqlite';
import { netsuite } from '../data/keys.ts';
import type { InvoicedAccount } from '../data/large-account.ts';
import type { World, WorldCustomer } from '../data/world.ts';
import type { Books } from './books.ts';
import { major, termsId } from './seed.ts';

/** As SuiteQL shows them; help: "Transaction status codes". */
const STATUS = { OPEN: 'A', PAID: 'B', VOIDED: 'V' } as const;

/** What stands on an invoice besides what the world says of it. */
interface Head {
  readonly id: number;
  readonly number: string;
  /** The order from which it was made. */
  readonly order: number | null;
  /** Billing's id of the subscription that it charges. */
  readonly subscription: string | null;
}

/** Writes one invoice at a time with what it charges; tax is in its total alone. */
export function invoiceSeeder(db: DatabaseSync, world: World) {
  const idsOf = (sql: string) =>
    new Map(
      db
        .prepare(sql)
        .all()
        .map(({ name, id }) => [String(name), Number(id)]),
    );
  const items = idsOf('SELECT itemid AS name, id FROM item');
  const currencies = idsOf('SELECT symbol AS name, id FROM currency');
  const names = new Map(world.products.map(({ sku, name }) => [sku, name]));
  const insertInvoice = db.prepare(`INSERT INTO "transaction" (id, type, tranid, trandate, duedate, entity, status,
    foreigntotal, foreignamountunpaid, currency, terms, lastmodifieddate, custbody_concord_subscription)
    VALUES (?, 'CustInvc', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  /** Remembers what the invoice was made from. */
  const insertMain =
    db.prepare(`INSERT INTO transactionline ("transaction", linesequencenumber, mainline, taxline, foreignamount,
    subsidiary, isclosed, createdfrom) VALUES (?, 0, 'T', 'F', ?, ?, 'F', ?)`);
  const insertLine =
    db.prepare(`INSERT INTO transactionline ("transaction", linesequencenumber, mainline, taxline, item,
    memo, quantity, rate, foreignamount, subsidiary, isclosed) VALUES (?, ?, 'F', 'F', ?, ?, ?, ?, ?, ?, 'F')`);

  return (customer: WorldCustomer, invoice: WorldCustomer['invoices'][number], head: Head): void => {
    const amount = (minor: number): number => major(minor, customer.currency);
    const subsidiary = Number(customer.legalEntityId);
    insertInvoice.run(
      ...[head.id, head.number, invoice.issuedOn, invoice.dueOn, netsuite.customer(customer.index)],
      ...[STATUS[invoice.status], amount(invoice.total), amount(invoice.balance)],
      ...[currencies.get(customer.currency) ?? null, termsId(customer), invoice.issuedOn, head.subscription],
    );
    if (head.order !== null) insertMain.run(head.id, amount(invoice.total), subsidiary, head.order);
    invoice.lines.forEach(({ sku, quantity, unitPrice }, at) => {
      insertLine.run(
        ...[head.id, at + 1, items.get(sku) ?? null, names.get(sku) ?? null, -quantity, amount(unitPrice)],
        ...[-amount(quantity * unitPrice), subsidiary], // of sales both are negative
      );
    });
  };
}

/** Adds the invoices of a large account; does nothing where they are there. */
export function bookInvoices(books: Books, world: World, { customer, invoices }: InvoicedAccount): void {
  if (books.one('SELECT id FROM "transaction" WHERE id = ?', netsuite.largeInvoice(0))) return;
  const write = invoiceSeeder(books.db, world);
  books.together(() => {
    invoices.forEach((invoice, nth) => {
      const head = { id: netsuite.largeInvoice(nth), number: netsuite.largeInvoiceNumber(nth) };
      write(customer, invoice, { ...head, order: null, subscription: null });
    });
  });
}
