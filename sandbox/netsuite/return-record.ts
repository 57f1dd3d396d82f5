import type { VendorContext } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { invalidContent, notFound } from './problem.ts';
import { stamp } from './stamp.ts';

/** `GET /record/v1/returnAuthorization/{id}`, as far as the hub reads it. Quantities are numbers here. */
export function returnRecord(books: Books, id: number, expand: boolean): object {
  const back = books.one(`SELECT * FROM "transaction" WHERE id = ? AND type = 'RtnAuth'`, id);
  if (!back) throw notFound();
  const lines = linesOf(books, id);
  return {
    id: String(id),
    tranId: back.tranid,
    externalId: back.externalid,
    tranDate: back.trandate,
    orderStatus: { id: back.status },
    ...(expand
      ? {
          item: {
            items: lines.map((line) => ({
              line: line.nr,
              quantity: line.quantity,
              isClosed: line.isclosed === 'T',
              quantityReceived: line.received,
              quantityBilled: line.billed,
            })),
            totalResults: lines.length,
          },
        }
      : {}),
  };
}

/** `PATCH /record/v1/returnAuthorization/{id}`: closes lines; once all are closed, so is the return. */
export function closeReturn(books: Books, id: number, input: unknown, context: VendorContext): void {
  const back = books.one(`SELECT * FROM "transaction" WHERE id = ? AND type = 'RtnAuth'`, id);
  if (!back) throw notFound();
  const asked = (input as { item?: { items?: unknown } } | null)?.item?.items;
  if (!Array.isArray(asked)) throw invalidContent('The sandbox changes only the lines of a return.', 'item.items');
  const lines = linesOf(books, id);
  const closing = new Set(
    asked.flatMap(({ line, isClosed }: { line?: unknown; isClosed?: unknown }) => (isClosed === true ? [line] : [])),
  );
  const all = lines.every(({ nr, isclosed }) => isclosed === 'T' || closing.has(nr));
  if (back.status === 'H' || !all) return;
  books.together(() => {
    books.run(`UPDATE transactionline SET isclosed = 'T' WHERE "transaction" = ? AND item IS NOT NULL`, id);
    books.run(`UPDATE "transaction" SET status = 'H', lastmodifieddate = ? WHERE id = ?`, stamp(context.clock), id);
  });
  context.record({
    effect: 'return.cancelled',
    id: String(id),
    businessKey: back.externalid === null ? null : String(back.externalid),
    idempotencyKey: null,
    details: { customer: String(back.entity), number: String(back.tranid) },
  });
}

const linesOf = (books: Books, id: number) =>
  books.all(
    `SELECT linesequencenumber AS nr, quantity, isclosed, quantityshiprecv AS received, quantitybilled AS billed
      FROM transactionline WHERE "transaction" = ? AND item IS NOT NULL ORDER BY linesequencenumber`,
    id,
  );
