import { instant } from '../../platform/clock.ts';
import { amountText, money } from '../../platform/money.ts';
import type { VendorContext } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { userError } from './problem.ts';
import { type AcceptedOrder, accept, asColumn, BODY_FIELDS } from './sales-order-input.ts';
import { major } from './seed.ts';
import { stamp } from './stamp.ts';

/** New transactions are numbered far above the seeded ones. */
export const FIRST_ID = 90_000_000;
export const FIRST_NUMBER = 9_000_000;

/** `PUT /record/v1/salesOrder/eid:{key}`: makes the order, or changes the one that has the key. Answers its id. */
export function upsertOrder(
  books: Books,
  key: string,
  input: unknown,
  options: { replaceLines: boolean; idempotencyKey: string | null },
  context: VendorContext,
): number {
  const existing = books.one(`SELECT * FROM "transaction" WHERE externalid = ?`, key);
  if (!existing) return createOrder(books, key, accept(books, input), options.idempotencyKey, context);
  const id = Number(existing.id);
  if (sameOrder(books, existing, input)) return id;
  if (existing.status !== 'A' && existing.status !== 'B') {
    throw userError('This transaction is closed or has been processed, and cannot be changed.');
  }
  if (!options.replaceLines)
    throw userError('Lines without a key would be added to the transaction; use replace=item.');
  const order = accept(books, input);
  if (order.subsidiary !== subsidiaryOf(books, id)) {
    throw userError('The subsidiary cannot be changed after the transaction is saved.', 'subsidiary');
  }
  books.together(() => {
    releaseStock(books, id);
    books.run('DELETE FROM transactionline WHERE "transaction" = ?', id);
    addUnbilled(books, Number(existing.entity), -Number(existing.foreigntotal));
    books.run('DELETE FROM "transaction" WHERE id = ?', id);
    insertOrder(books, id, String(existing.tranid), String(existing.trandate), key, order, context);
  });
  context.record(entry('sales-order.changed', id, key, options.idempotencyKey, order));
  return id;
}

const subsidiaryOf = (books: Books, order: number): number =>
  Number(
    books.one(`SELECT subsidiary FROM transactionline WHERE "transaction" = ? AND mainline = 'T'`, order)?.subsidiary,
  );

function createOrder(
  books: Books,
  key: string,
  order: AcceptedOrder,
  idempotencyKey: string | null,
  context: VendorContext,
): number {
  const nth = books.next();
  const id = FIRST_ID + nth;
  const today = instant(context.clock).slice(0, 10);
  books.together(() => insertOrder(books, id, `SO${FIRST_NUMBER + nth}`, today, key, order, context));
  context.record(entry(openedAs(order), id, key, idempotencyKey, order));
  return id;
}

function openedAs({ body }: AcceptedOrder): string {
  if (body.custbody_concord_case !== null) return 'service-order.opened';
  return body.custbody_concord_subscription === null ? 'sales-order.opened' : 'amendment-order.opened';
}

function insertOrder(
  books: Books,
  id: number,
  number: string,
  day: string,
  key: string,
  order: AcceptedOrder,
  context: VendorContext,
): void {
  const { symbol, subsidiary } = order;
  books.run(
    `INSERT INTO "transaction" (id, type, tranid, externalid, trandate, entity, status, foreigntotal, currency, terms,
      lastmodifieddate, createddate, ${BODY_FIELDS.join(', ')}) VALUES (?, 'SalesOrd', ?, ?, ?, ?, 'B', ?, ?, ?, ?, ?${', ?'.repeat(BODY_FIELDS.length)})`,
    ...[id, number, key, day, order.entity, major(order.total, symbol), order.currency, order.terms],
    ...[stamp(context.clock), stamp(context.clock), ...BODY_FIELDS.map((field) => order.body[field])],
  );
  const insert = `INSERT INTO transactionline ("transaction", linesequencenumber, mainline, taxline, item, quantity, rate,
    foreignamount, subsidiary, isclosed, quantityshiprecv, quantitybilled, quantitycommitted)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'F', ?, ?, ?)`;
  books.run(insert, id, 0, 'T', 'F', null, null, null, major(order.total, symbol), subsidiary, null, null, null);
  order.lines.forEach((line, at) => {
    const committed = line.stocked ? commitStock(books, line.item, line.quantity) : 0;
    const [rate, amount] = [major(line.rate, symbol), -major(line.amount, symbol)];
    books.run(insert, id, at + 1, 'F', 'F', line.item, -line.quantity, rate, amount, subsidiary, 0, 0, committed);
  });
  const tax = -major(order.tax, symbol);
  books.run(insert, id, order.lines.length + 1, 'F', 'T', null, null, null, tax, subsidiary, null, null, null);
  addUnbilled(books, order.entity, major(order.total, symbol));
}

/** An order commits what is available; the rest is back-ordered. */
export function commitStock(books: Books, item: number, quantity: number): number {
  const stock = books.one('SELECT quantityavailable FROM aggregateitemlocation WHERE item = ? AND location = 1', item);
  const committed = Math.max(0, Math.min(quantity, Number(stock?.quantityavailable ?? 0)));
  changeCommitted(books, item, committed);
  return committed;
}

export function releaseStock(books: Books, order: number): void {
  const lines = books.all(
    'SELECT item, quantitycommitted FROM transactionline WHERE "transaction" = ? AND quantitycommitted > 0',
    order,
  );
  for (const line of lines) changeCommitted(books, Number(line.item), -Number(line.quantitycommitted));
  books.run('UPDATE transactionline SET quantitycommitted = 0 WHERE "transaction" = ?', order);
}

function changeCommitted(books: Books, item: number, by: number): void {
  books.run(
    'UPDATE aggregateitemlocation SET quantitycommitted = quantitycommitted + ? WHERE item = ? AND location = 1',
    ...[by, item],
  );
}

export function addUnbilled(books: Books, customer: number, amount: number): void {
  // Rounded to the finest minor unit, so that adding and taking away leaves no dust behind.
  books.run('UPDATE _customer SET unbilled = ROUND(unbilled + ?, 3) WHERE id = ?', amount, customer);
}

/** Whether the body says what the order already is; prices that were left out are the order's own. */
function sameOrder(books: Books, existing: Record<string, unknown>, input: unknown): boolean {
  const body = input as Record<string, unknown> | null;
  const subsidiary = (body?.subsidiary as { id?: unknown } | undefined)?.id;
  if (subsidiary !== undefined && Number(subsidiary) !== subsidiaryOf(books, Number(existing.id))) return false;
  const items = (body?.item as { items?: unknown } | undefined)?.items;
  if (!Array.isArray(items) || String((body?.entity as { id?: unknown } | undefined)?.id) !== String(existing.entity)) {
    return false;
  }
  const fields = { ...body, otherrefnum: body?.otherRefNum } as Record<string, unknown>;
  if (BODY_FIELDS.some((field) => asColumn(fields[field]) !== existing[field])) return false;
  const lines = books.all(
    `SELECT item, quantity, rate FROM transactionline WHERE "transaction" = ? AND mainline = 'F' AND taxline = 'F'
      ORDER BY linesequencenumber`,
    Number(existing.id),
  );
  return (
    lines.length === items.length &&
    items.every((wanted: { item?: { id?: unknown }; quantity?: unknown; rate?: unknown }, at) => {
      const line = lines[at];
      return (
        String(wanted.item?.id) === String(line?.item) &&
        wanted.quantity === -Number(line?.quantity) &&
        (wanted.rate === undefined || wanted.rate === line?.rate)
      );
    })
  );
}

function entry(effect: string, id: number, key: string, idempotencyKey: string | null, order: AcceptedOrder) {
  return {
    effect,
    id: String(id),
    businessKey: key,
    idempotencyKey,
    details: {
      customer: String(order.entity),
      total: amountText(money(order.total, order.symbol)),
      currency: order.symbol,
      lines: order.lines.map(({ sku, quantity }) => `${quantity} x ${sku}`).join(', '),
      quantity: order.lines.reduce((sum, { quantity }) => sum + quantity, 0),
      subsidiary: String(order.subsidiary),
      subscription: order.body.custbody_concord_subscription,
    },
  };
}
