import type { SQLInputValue } from 'node:sqlite';
import type { RecordEdit } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { FIRST_ID } from './sales-order-writes.ts';

/** The tables behind the records that can be edited. */
const TABLE: Readonly<Record<string, string>> = { customer: '_customer', transaction: '"transaction"' };

/** Columns by their names in `tables.ts`. A transaction goes with its lines; of a copy only the main line is copied. */
export function edit(books: Books, { record, id, set = {}, remove = false, copy = false }: RecordEdit): void {
  const table = TABLE[record];
  const key = Number(id);
  if (table === undefined) throw new Error(`there is no record ${record}; there are ${Object.keys(TABLE).join(', ')}`);
  books.archive.bringFor(`SELECT * FROM transaction t WHERE t.id = ${key}`);
  const held = books.one(`SELECT * FROM ${table} WHERE id = ?`, key);
  if (!held) throw new Error(`there is no ${record} ${id}`);
  const values = set as Record<string, SQLInputValue>; // what comes in as JSON; SQLite refuses the rest
  if (remove) {
    books.run(`DELETE FROM ${table} WHERE id = ?`, key);
    if (record === 'transaction') books.run('DELETE FROM transactionline WHERE "transaction" = ?', key);
    return;
  }
  if (copy) {
    const made = {
      ...(held as Record<string, SQLInputValue>),
      externalid: null,
      ...values,
      id: FIRST_ID + books.next(),
    };
    const names = Object.keys(made);
    const marks = names.map(() => '?').join(', ');
    books.run(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`, ...Object.values(made));
    if (record !== 'transaction') return;
    books.run(
      `INSERT INTO transactionline ("transaction", linesequencenumber, mainline, taxline, foreignamount, subsidiary, isclosed,
        createdfrom) SELECT ?, 0, 'T', 'F', foreignamount, subsidiary, 'F', createdfrom FROM transactionline
        WHERE "transaction" = ? AND mainline = 'T'`,
      ...[made.id, key],
    );
    return;
  }
  const { billed, ...columns } = values;
  for (const [column, value] of Object.entries(columns)) {
    if (!/^[a-z_]+$/.test(column)) throw new Error(`there is no column ${column}`);
    books.run(`UPDATE ${table} SET ${column} = ? WHERE id = ?`, value, key);
  }
  // `billed: 0` on an order: nothing of it was invoiced.
  if (billed !== undefined)
    books.run(
      'UPDATE transactionline SET quantitybilled = ? WHERE "transaction" = ? AND item IS NOT NULL',
      billed,
      key,
    );
}
