import { z } from 'zod';
import { instant } from '../../platform/clock.ts';
import { amountText, exponentOf, money } from '../../platform/money.ts';
import type { VendorContext } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { invalidContent, notFound, userError } from './problem.ts';
import { addUnbilled, FIRST_ID, FIRST_NUMBER } from './sales-order-writes.ts';
import { stamp } from './stamp.ts';

/**
 * `POST /record/v1/{record}/{id}/!transform/{record}`: one transaction made from another, which it remembers on its main line.
 * Help: "Transforming Records" (section_157901123882). As far as the hub uses it.
 */
type Transform = (books: Books, from: Record<string, unknown>, input: unknown, context: VendorContext) => number;

/** What of what into what; the account has "Refund in Advance of Return" switched on. */
export const TRANSFORMATIONS: Readonly<Record<string, { readonly type: string; readonly make: Transform }>> = {
  'salesOrder/invoice': { type: 'SalesOrd', make: invoiceOrder },
  'salesOrder/returnAuthorization': { type: 'SalesOrd', make: authorizeReturn },
  'invoice/creditMemo': { type: 'CustInvc', make: creditInvoice },
  'returnAuthorization/creditMemo': { type: 'RtnAuth', make: creditReturn },
};

/** Answers the new transaction's id. */
export function transform(books: Books, name: string, id: number, input: unknown, context: VendorContext): number {
  const known = TRANSFORMATIONS[name];
  if (!known) throw notFound();
  books.archive.bringFor(`SELECT * FROM transaction t WHERE t.id = ${id}`);
  const from = books.one('SELECT * FROM "transaction" WHERE id = ? AND type = ?', id, known.type);
  if (!from) throw notFound();
  return books.together(() => known.make(books, from, input, context));
}

const Body = z.object({
  externalId: z.string().min(1).max(300),
  orderStatus: z.object({ id: z.enum(['A', 'B']) }).optional(),
  custbody_concord_restock: z.boolean().optional(),
  item: z
    .object({
      items: z.array(
        z.object({
          orderLine: z.number().int(),
          quantity: z.number().positive(),
          custcol_concord_reason: z.string().max(300).optional(),
        }),
      ),
    })
    .optional(),
});

/** Invoices everything, "in advance of fulfillment" where nothing was shipped. */
function invoiceOrder(books: Books, order: Record<string, unknown>, input: unknown, context: VendorContext): number {
  const { externalId } = accepted(books, input);
  const lines = sold(books, order);
  if (order.status === 'C' || order.status === 'H' || lines.every(({ billed, quantity }) => billed >= quantity)) {
    throw userError('This transaction has nothing left to be billed.');
  }
  const total = Number(order.foreigntotal);
  const id = insert(
    books,
    order,
    { type: 'CustInvc', prefix: 'INV', key: externalId, sign: -1, lines, total },
    context,
  );
  books.run(
    `UPDATE transactionline SET quantitybilled = -quantity, billeddate = ? WHERE "transaction" = ? AND item IS NOT NULL`,
    ...[instant(context.clock).slice(0, 10), Number(order.id)],
  );
  books.run('UPDATE "transaction" SET foreignamountunpaid = ?, duedate = trandate WHERE id = ?', total, id);
  addUnbilled(books, Number(order.entity), -total);
  owe(books, order, total);
  note(books, context, 'service-invoice.posted', { id, key: externalId, entity: order.entity, total, of: order });
  return id;
}

/** Credits the whole invoice and applies the credit to it: nothing of it is owed any more. */
function creditInvoice(books: Books, invoice: Record<string, unknown>, input: unknown, context: VendorContext): number {
  const { externalId } = accepted(books, input);
  const open = Number(invoice.foreignamountunpaid);
  if (invoice.status !== 'A' || open <= 0) throw userError('This invoice has nothing left to be credited.');
  const total = Number(invoice.foreigntotal);
  const lines = sold(books, invoice);
  const id = insert(
    books,
    invoice,
    { type: 'CustCred', prefix: 'CM', key: externalId, sign: 1, lines, total },
    context,
  );
  books.run(`UPDATE "transaction" SET foreignamountunpaid = 0, status = 'B' WHERE id = ?`, Number(invoice.id));
  owe(books, invoice, -open);
  const about = { id: Number(invoice.id), key: externalId, entity: invoice.entity, total, of: invoice };
  note(books, context, 'service-invoice.credited', about);
  return id;
}

/** Only what was shipped and did not come back yet; at the order's rates, with the tax of the subsidiary. */
function authorizeReturn(books: Books, order: Record<string, unknown>, input: unknown, context: VendorContext): number {
  const { externalId, orderStatus, custbody_concord_restock, item } = accepted(books, input);
  const before = books.all(
    `SELECT tl.item, SUM(tl.quantity) AS quantity FROM "transaction" t
      JOIN transactionline ml ON ml."transaction" = t.id AND ml.mainline = 'T' AND ml.createdfrom = ?
      JOIN transactionline tl ON tl."transaction" = t.id AND tl.item IS NOT NULL
      WHERE t.type = 'RtnAuth' AND t.status NOT IN ('C', 'H') GROUP BY tl.item`,
    Number(order.id),
  );
  const lines = (item?.items ?? []).map(({ orderLine, quantity, custcol_concord_reason }, at) => {
    const line = sold(books, order).find(({ nr }) => nr === orderLine);
    if (!line) throw invalidContent(`There is no line ${orderLine}.`, `item.items[${at}].orderLine`);
    const back = Number(before.find((one) => one.item === line.item)?.quantity ?? 0);
    if (quantity > line.shipped - back) {
      throw userError('The quantity to return is greater than what was fulfilled.', `item.items[${at}].quantity`);
    }
    return { ...line, quantity, amount: line.rate * quantity, reason: custcol_concord_reason ?? null };
  });
  if (lines.length === 0) throw userError('Please enter at least one line item for this transaction.', 'item');
  const symbol = symbolOf(books, order);
  const net = lines.reduce((sum, { amount }) => sum + amount, 0);
  const [{ subsidiary }] = lines as [(typeof lines)[number]]; // at least one: judged above
  const percent = Number(books.one('SELECT taxpercent FROM _nexus WHERE subsidiary = ?', subsidiary)?.taxpercent ?? 0);
  const minor = 10 ** exponentOf(symbol);
  const tax = Math.round((Math.round(net * minor) * percent) / 100) / minor;
  const total = Math.round((net + tax) * minor) / minor;
  const made = { type: 'RtnAuth', prefix: 'RMA', key: externalId, sign: 1, lines, total, tax } as const;
  const id = insert(books, order, { ...made, status: orderStatus?.id ?? 'A' }, context);
  const restock = custbody_concord_restock === false ? 'F' : 'T';
  books.run('UPDATE "transaction" SET custbody_concord_restock = ? WHERE id = ?', restock, id);
  note(books, context, 'return.authorized', { id, key: externalId, entity: order.entity, total, of: order });
  return id;
}

function creditReturn(books: Books, back: Record<string, unknown>, input: unknown, context: VendorContext): number {
  const { externalId } = accepted(books, input);
  const lines = sold(books, back);
  if (back.status === 'A' || back.status === 'C' || back.status === 'H' || lines.some(({ billed }) => billed > 0)) {
    throw userError('This return is not approved, closed, or refunded already.');
  }
  const total = -Number(back.foreigntotal);
  const id = insert(books, back, { type: 'CustCred', prefix: 'CM', key: externalId, sign: 1, lines, total }, context);
  books.run(
    'UPDATE transactionline SET quantitybilled = quantity WHERE "transaction" = ? AND item IS NOT NULL',
    Number(back.id),
  );
  owe(books, back, -total);
  note(books, context, 'credit-note.posted', { id, key: externalId, entity: back.entity, total, of: back });
  return id;
}

/** The body, under a key that no transaction has. */
function accepted(books: Books, input: unknown): z.infer<typeof Body> {
  const parsed = Body.safeParse(input);
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.join('.') ?? '';
    throw invalidContent('The value is missing or has the wrong type.', at.replace(/\.(\d+)/g, '[$1]'));
  }
  if (books.one('SELECT id FROM "transaction" WHERE externalid = ?', parsed.data.externalId)) {
    throw userError('This record already exists.', 'externalId');
  }
  return parsed.data;
}

interface Line {
  readonly nr: number;
  readonly item: number;
  readonly quantity: number;
  readonly rate: number;
  readonly amount: number;
  readonly subsidiary: number;
  readonly shipped: number;
  readonly billed: number;
  readonly reason?: string | null;
}

/** Lines of items, as people count them: never below zero. */
const sold = (books: Books, { id }: Record<string, unknown>): Line[] =>
  books
    .all(
      `SELECT * FROM transactionline WHERE "transaction" = ? AND item IS NOT NULL ORDER BY linesequencenumber`,
      Number(id),
    )
    .map((line) => ({
      nr: Number(line.linesequencenumber),
      item: Number(line.item),
      quantity: Math.abs(Number(line.quantity)),
      rate: Number(line.rate),
      amount: Math.abs(Number(line.foreignamount)),
      subsidiary: Number(line.subsidiary),
      shipped: Number(line.quantityshiprecv),
      billed: Math.abs(Number(line.quantitybilled)),
    }));

interface Made {
  readonly type: 'CustInvc' | 'CustCred' | 'RtnAuth';
  readonly prefix: string;
  readonly key: string;
  /** -1: quantities and amounts of a sale; 1: of what comes back, whose total is negative. */
  readonly sign: -1 | 1;
  readonly lines: readonly Line[];
  readonly total: number;
  readonly tax?: number;
  readonly status?: string;
}

function insert(
  books: Books,
  from: Record<string, unknown>,
  { type, prefix, key, sign, lines, total, tax, status = 'A' }: Made,
  context: VendorContext,
): number {
  const nth = books.next();
  const id = FIRST_ID + nth;
  const symbol = symbolOf(books, from);
  const day = instant(context.clock).slice(0, 10);
  const signed = sign === -1 ? total : -total;
  books.run(
    `INSERT INTO "transaction" (id, type, tranid, externalid, trandate, entity, status, foreigntotal, currency, terms,
      lastmodifieddate, createddate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[id, type, `${prefix}${FIRST_NUMBER + nth}`, key, day, Number(from.entity), status, signed],
    ...[
      Number(from.currency),
      from.terms === null ? null : Number(from.terms),
      stamp(context.clock),
      stamp(context.clock),
    ],
  );
  const insertLine = `INSERT INTO transactionline ("transaction", linesequencenumber, mainline, taxline, item, quantity, rate,
    foreignamount, subsidiary, isclosed, quantityshiprecv, quantitybilled, quantitycommitted, createdfrom,
    custcol_concord_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'F', ?, ?, 0, ?, ?)`;
  const subsidiary = lines[0]?.subsidiary ?? null;
  books.run(insertLine, id, 0, 'T', 'F', null, null, null, signed, subsidiary, null, null, Number(from.id), null);
  lines.forEach((line, at) => {
    const [quantity, amount] = [sign * line.quantity, sign * line.amount];
    books.run(
      insertLine,
      ...[
        id,
        at + 1,
        'F',
        'F',
        line.item,
        quantity,
        line.rate,
        amount,
        line.subsidiary,
        0,
        0,
        null,
        line.reason ?? null,
      ],
    );
  });
  const net = lines.reduce((sum, { amount }) => sum + amount, 0);
  const taxed = sign * (tax ?? Math.round((total - net) * 10 ** exponentOf(symbol)) / 10 ** exponentOf(symbol));
  books.run(insertLine, id, lines.length + 1, 'F', 'T', null, null, null, taxed, subsidiary, null, null, null, null);
  return id;
}

const symbolOf = (books: Books, { currency }: Record<string, unknown>): string =>
  String(books.one('SELECT symbol FROM currency WHERE id = ?', Number(currency))?.symbol);

function owe(books: Books, { entity }: Record<string, unknown>, amount: number): void {
  books.run('UPDATE _customer SET balance = ROUND(balance + ?, 3) WHERE id = ?', amount, Number(entity));
}

function note(
  books: Books,
  context: VendorContext,
  effect: string,
  about: { id: number; key: string; entity: unknown; total: number; of: Record<string, unknown> },
): void {
  const symbol = symbolOf(books, about.of);
  context.record({
    effect,
    id: String(about.id),
    businessKey: about.key,
    idempotencyKey: null,
    details: {
      customer: String(about.entity),
      total: amountText(money(Math.round(about.total * 10 ** exponentOf(symbol)), symbol)),
      currency: symbol,
      from: String(about.of.id),
    },
  });
}
