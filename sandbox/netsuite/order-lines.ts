import { z } from 'zod';
import type { VendorContext } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { invalidContent, notFound } from './problem.ts';
import { addUnbilled, commitStock, releaseStock } from './sales-order-writes.ts';
import { stamp } from './stamp.ts';

const mark = z.string().max(4_000).nullish();
const Body = z.object({
  custbody_concord_closed_by: mark,
  custbody_concord_closed_lines: mark,
  item: z.object({ items: z.array(z.object({ line: z.number().int(), isClosed: z.boolean().optional() })) }),
});
type Body = z.infer<typeof Body>;

type Line = Record<'line' | 'item' | 'quantity' | 'shipped' | 'billed', number> & { isclosed: string };

/**
 * `PATCH /record/v1/salesOrder/{id}`: closes lines (`isClosed`), which is how a sales order is ended outside of the user
 * interface, or opens them again. Once all are closed, so is the order. Besides it takes the fields in which the hub notes what
 * it closed; nothing else of an order can be changed here.
 */
export function changeLines(books: Books, id: number, input: unknown, context: VendorContext): void {
  const order = books.one(`SELECT * FROM "transaction" WHERE id = ? AND type = 'SalesOrd'`, id);
  if (!order) throw notFound();
  const parsed = Body.safeParse(input);
  if (!parsed.success) throw invalidContent('The sandbox changes only the lines of a sales order.', 'item.items');
  const lines = linesOf(books, id);
  const wanted = wantedOf(parsed.data, lines);
  const wasClosed = order.status === 'H';
  books.together(() => {
    for (const [line, isClosed] of wanted) {
      const change = `UPDATE transactionline SET isclosed = ? WHERE "transaction" = ? AND linesequencenumber = ?`;
      books.run(change, isClosed ? 'T' : 'F', id, line);
    }
    const isClosed = linesOf(books, id).every((line) => line.isclosed === 'T');
    noteClosing(books, id, parsed.data);
    if (wanted.size === 0 || isClosed === wasClosed) return;
    if (isClosed) releaseStock(books, id);
    else for (const line of linesOf(books, id)) recommit(books, id, line);
    const shipped = lines.some((line) => line.shipped !== 0);
    const status = isClosed ? 'H' : shipped ? 'D' : 'B';
    books.run(
      `UPDATE "transaction" SET status = ?, lastmodifieddate = ? WHERE id = ?`,
      status,
      stamp(context.clock),
      id,
    );
    if (lines.every(({ billed }) => billed === 0)) {
      addUnbilled(books, Number(order.entity), (isClosed ? -1 : 1) * Number(order.foreigntotal));
    }
  });
  tell(
    order,
    parsed.data,
    { lines, wanted, isClosed: linesOf(books, id).every(({ isclosed }) => isclosed === 'T') },
    context,
  );
}

const linesOf = (books: Books, id: number): Line[] =>
  books.all(
    `SELECT linesequencenumber AS line, item, -quantity AS quantity, isclosed, quantityshiprecv AS shipped, quantitybilled AS billed
      FROM transactionline WHERE "transaction" = ? AND mainline = 'F' AND taxline = 'F'`,
    id,
  ) as unknown as Line[]; // the columns above

/** The lines that are to be other than they are. */
function wantedOf({ item }: Body, lines: readonly Line[]): Map<number, boolean> {
  const wanted = new Map<number, boolean>();
  item.items.forEach(({ line, isClosed }, at) => {
    const known = lines.find((one) => one.line === line);
    if (!known) throw invalidContent(`There is no line ${line}.`, `item.items[${at}].line`);
    if (isClosed !== undefined && isClosed !== (known.isclosed === 'T')) wanted.set(line, isClosed);
  });
  return wanted;
}

/** A field that the body does not name stays as it is. */
function noteClosing(books: Books, id: number, body: Body): void {
  for (const field of ['custbody_concord_closed_by', 'custbody_concord_closed_lines'] as const) {
    if (body[field] !== undefined)
      books.run(`UPDATE "transaction" SET ${field} = ? WHERE id = ?`, body[field] ?? null, id);
  }
}

/** A line that is open again commits what is available, where it is held in stock. */
function recommit(books: Books, id: number, { line, item, quantity, shipped, isclosed }: Line): void {
  const stocked = books.one(`SELECT 1 AS yes FROM item WHERE id = ? AND itemtype = 'InvtPart'`, item);
  if (!stocked || isclosed === 'T') return;
  const committed = commitStock(books, item, quantity - shipped);
  books.run(
    `UPDATE transactionline SET quantitycommitted = ? WHERE "transaction" = ? AND linesequencenumber = ?`,
    ...[committed, id, line],
  );
}

/** In the ledger. What the hub notes as closed under a key is closed for a subscription that ended, and may be opened again. */
function tell(
  order: Record<string, unknown>,
  { custbody_concord_closed_by: key }: Body,
  { lines, wanted, isClosed }: { lines: readonly Line[]; wanted: ReadonlyMap<number, boolean>; isClosed: boolean },
  context: VendorContext,
): void {
  if (wanted.size === 0) return;
  const details = { customer: String(order.entity), number: String(order.tranid) };
  const former = order.custbody_concord_closed_by;
  if (key !== undefined) {
    const businessKey = key ?? (former === null ? null : String(former));
    const effect = key === null ? 'contract-order.reopened' : 'contract-order.closed';
    context.record({ effect, id: `${order.id}:contract`, businessKey, idempotencyKey: null, details });
    return;
  }
  if (!isClosed) return;
  const untouched = lines.every(({ shipped }) => shipped === 0);
  context.record({
    effect: `${order.custbody_concord_case === null ? 'sales' : 'service'}-order.${untouched ? 'cancelled' : 'closed'}`,
    id: String(order.id),
    businessKey: order.externalid === null ? null : String(order.externalid),
    idempotencyKey: null,
    details,
  });
}
