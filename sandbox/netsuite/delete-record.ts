import type { VendorContext } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { notFound, userError } from './problem.ts';
import { stamp } from './stamp.ts';

/** `DELETE /record/v1/customer/{id}`: only one for whom nothing was ever entered. It leaves a line in `deletedrecord`. */
export function deleteCustomer(books: Books, id: number, context: VendorContext): void {
  books.archive.bringFor(`SELECT * FROM transaction t WHERE t.entity = ${id}`);
  const customer = books.one('SELECT * FROM _customer WHERE id = ?', id);
  if (!customer) throw notFound();
  if (books.one('SELECT id FROM "transaction" WHERE entity = ? LIMIT 1', id)) {
    throw userError('This record cannot be deleted because it has dependent records.');
  }
  books.together(() => {
    books.run('DELETE FROM _customer WHERE id = ?', id);
    books.run('DELETE FROM customersubsidiaryrelationship WHERE entity = ?', id);
    books.run(
      `INSERT INTO deletedrecord (type, recordid, name, deleteddate) VALUES ('Customer', ?, ?, ?)`,
      ...[id, String(customer.companyname), stamp(context.clock)],
    );
  });
  const key = customer.externalid === null ? null : String(customer.externalid);
  context.record({ effect: 'customer.deleted', id: String(id), businessKey: key, idempotencyKey: null, details: {} });
}
