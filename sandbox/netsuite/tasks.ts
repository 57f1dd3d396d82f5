import { z } from 'zod';
import type { VendorContext } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { invalidContent, invalidField, notFound } from './problem.ts';

/** The record `task`, as far as the hub plans visits with it. Help: "Task" in the REST API Browser. */
const Reference = z.object({ id: z.union([z.string(), z.number()]).transform(Number) });
const TaskBody = z.object({
  title: z.string().min(1).max(256),
  startDate: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  company: Reference,
  transaction: Reference,
  status: z.object({ id: z.enum(['NOTSTART', 'PROGRESS', 'COMPLETE']) }),
});

/** `PUT /record/v1/task/eid:{key}`. Answers the task's id. */
export function upsertTask(books: Books, key: string, input: unknown, context: VendorContext): number {
  const parsed = TaskBody.safeParse(input);
  if (!parsed.success) {
    throw invalidContent('The value is missing or has the wrong type.', parsed.error.issues[0]?.path.join('.') ?? '');
  }
  const { title, startDate, company, transaction, status } = parsed.data;
  if (!books.one('SELECT id FROM _customer WHERE id = ?', company.id))
    throw invalidField(String(company.id), 'company');
  if (!books.one('SELECT id FROM "transaction" WHERE id = ?', transaction.id)) {
    throw invalidField(String(transaction.id), 'transaction');
  }
  const values = [title, startDate, company.id, transaction.id, status.id];
  const existing = books.one('SELECT * FROM task WHERE externalid = ?', key);
  const now = ['title', 'startdate', 'company', 'transaction', 'status'].map((column) => existing?.[column]);
  if (existing && JSON.stringify(now) === JSON.stringify(values)) return Number(existing.id);
  const id = existing ? Number(existing.id) : FIRST_TASK + books.next();
  books.run(
    `INSERT OR REPLACE INTO task (id, externalid, title, startdate, company, "transaction", status)
      VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ...[id, key, ...values],
  );
  context.record(entry(existing ? 'visit.changed' : 'visit.planned', id, key, transaction.id, startDate));
  return id;
}

/** `DELETE /record/v1/task/{id}`. */
export function removeTask(books: Books, id: number, context: VendorContext): void {
  const task = books.one('SELECT * FROM task WHERE id = ?', id);
  if (!task) throw notFound();
  books.run('DELETE FROM task WHERE id = ?', id);
  const key = task.externalid === null ? null : String(task.externalid);
  context.record(entry('visit.cancelled', id, key, Number(task.transaction), String(task.startdate)));
}

const FIRST_TASK = 70_000_000;

const entry = (effect: string, id: number, businessKey: string | null, order: number, on: string) => ({
  effect,
  id: String(id),
  businessKey,
  idempotencyKey: null,
  details: { order: String(order), on },
});
