import { sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';
import type { CustomerFacts } from './facts.ts';
import { LINKS } from './read.ts';

/** Rows in memory at a time; about twenty for each customer. */
const ROWS = 3_000;

interface Row {
  readonly customer_id: string;
  readonly stream: string;
  readonly data: unknown;
}

/** All that a run has read, customer by customer in the order of their hub ids, a few hundred at a time. */
export async function* customersOf(db: Db, runId: string): AsyncGenerator<readonly CustomerFacts[]> {
  for (let after = ''; ; ) {
    const { rows } = await sql<Row>`
      select customer_id, stream, data from reconcile.fact
      where run_id = ${runId} and customer_id > ${after} order by customer_id limit ${ROWS}`.execute(db);
    const last = rows.at(-1)?.customer_id;
    if (last === undefined) return;
    const whole = rows.length < ROWS;
    // The last one may go on beyond the page, unless it is the only one: then it is cut, and told by what is there.
    const complete = whole ? rows : rows.filter(({ customer_id }) => customer_id !== last);
    const kept = complete.length > 0 ? complete : rows;
    yield [...Map.groupBy(kept, ({ customer_id }) => customer_id)].map(([id, own]) => factsOf(id, own));
    after = kept.at(-1)?.customer_id ?? last;
    if (whole) return;
  }
}

function factsOf(customerId: string, rows: readonly Row[]): CustomerFacts {
  // What a stream kept is what it reads back: `read.ts` says the type of each.
  const of = <Name extends keyof CustomerFacts>(stream: string) =>
    rows.filter((row) => row.stream === stream).map(({ data }) => data) as unknown as CustomerFacts[Name];
  return {
    customerId,
    registered: (rows.find(({ stream }) => stream === LINKS)?.data ?? null) as CustomerFacts['registered'],
    erp: of<'erp'>('erp'),
    crm: of<'crm'>('crm'),
    billing: of<'billing'>('billing'),
    support: of<'support'>('support'),
    books: of<'books'>('books'),
    rights: of<'rights'>('rights'),
    payments: of<'payments'>('payments'),
  };
}
