import { rowOf, select } from './evaluate.ts';
import type { SObject } from './records.ts';
import { refuse } from './refusal.ts';
import { type Plan, planOf } from './soql.ts';
import type { Store } from './store.ts';

export interface QueryResult {
  readonly totalSize: number;
  readonly done: boolean;
  /** Where the next page is; absent on the last one. */
  readonly nextRecordsUrl?: string;
  readonly records: readonly unknown[];
}

/** Open cursors of one user; the vendor closes the oldest as well. */
const MAX_OPEN = 10;
const MIN_BATCH = 200;
const MAX_BATCH = 2_000;

/** Runs queries and keeps the rest of long answers until it is fetched ("Query More Results": `nextRecordsUrl`). */
export class Queries {
  readonly #store: Store;
  readonly #open = new Map<string, { plan: Plan; rows: readonly SObject[]; batchSize: number }>();
  #opened = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  run(soql: string, version: string, batchSize: number, deletedToo: boolean): QueryResult {
    const plan = planOf(soql);
    const rows = select(plan, this.#store, deletedToo);
    if (plan.countOnly) return { totalSize: rows.length, done: true, records: [] };
    if (plan.columns.some((column) => column.kind === 'count')) return counts(plan, rows);
    const size = Math.min(MAX_BATCH, Math.max(MIN_BATCH, batchSize));
    if (rows.length <= size) return this.#page(plan, rows, 0, size, null, version);
    this.#opened += 1;
    const locator = `01gQ8${String(this.#opened).padStart(13, '0')}`;
    this.#open.set(locator, { plan, rows, batchSize: size });
    if (this.#open.size > MAX_OPEN) this.#open.delete(this.#open.keys().next().value ?? locator);
    return this.#page(plan, rows, 0, size, locator, version);
  }

  more(text: string, version: string): QueryResult {
    const [locator = '', position = ''] = text.split('-');
    const open = this.#open.get(locator);
    if (!open || !/^\d+$/.test(position)) return refuse(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    return this.#page(open.plan, open.rows, Number(position), open.batchSize, locator, version);
  }

  clear(): void {
    this.#open.clear();
  }

  #page(
    plan: Plan,
    rows: readonly SObject[],
    start: number,
    size: number,
    locator: string | null,
    version: string,
  ): QueryResult {
    const end = start + size;
    const done = locator === null || end >= rows.length;
    return {
      totalSize: rows.length,
      done,
      ...(done ? {} : { nextRecordsUrl: `/services/data/v${version}/query/${locator}-${end}` }),
      records: rows.slice(start, end).map((record) => rowOf(record, plan, this.#store, version)),
    };
  }
}

function counts(plan: Plan, rows: readonly SObject[]): QueryResult {
  const record: Record<string, unknown> = { attributes: { type: 'AggregateResult' } };
  for (const column of plan.columns) {
    if (column.kind !== 'count') {
      return refuse(400, 'MALFORMED_QUERY', 'a field that is not counted must be in GROUP BY');
    }
    record[column.name] = rows.filter((row) => (row[column.field] ?? null) !== null).length;
  }
  return { totalSize: 1, done: true, records: [record] };
}
