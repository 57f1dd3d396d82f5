import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';

import { HubError } from '../../platform/errors.ts';
import type { CauseClass } from '../../platform/failure.ts';
import { id } from '../../platform/ids.ts';
import { moneyOf } from '../../platform/money.ts';
import type { ListOf, Page } from '../../platform/page.ts';
import { gathered } from '../../platform/port/gathered.ts';
import type { RowScope } from '../../platform/principal.ts';
import { hubIdIsWithin } from '../../platform/rows/condition.ts';
import { inputAfter } from '../../platform/saga/edited.ts';
import { fromJournal } from '../../platform/saga/journaled.ts';
import type { ExceptionTable, RunState, RunTable, SagaTables, StepTable } from '../../platform/saga/tables.ts';
import type { EntityKey, Process, ProcessException, ProcessId, ProcessStep, System } from './model.ts';

/** null: whatever it is. */
export interface ExceptionFilter {
  readonly causeClass: CauseClass | null;
  readonly system: System | null;
  readonly region: string | null;
  /** Of the hub. */
  readonly customerId: string | null;
}

/** What the graph asks of the journal. Batches give one entry per key, in the order asked. */
export interface ProcessStore {
  processes(ids: readonly ProcessId[]): Promise<readonly (Process | null)[]>;
  /** In the order in which they began. */
  stepsOf(ids: readonly ProcessId[]): Promise<readonly (readonly ProcessStep[])[]>;
  /** What a process waits for; null: it does not wait. */
  exceptionsOf(ids: readonly ProcessId[]): Promise<readonly (ProcessException | null)[]>;
  /** Newest first; `of` is `*`, `customer:<id>` or `subscription:<id>`, `status` a state. */
  list(lists: readonly ListOf[]): Promise<readonly Page<Process>[]>;
  /** What waits for an operator: the largest amount at risk first. */
  exceptions(query: ExceptionFilter & { first: number; after: string | null }): Promise<Page<ProcessException>>;
  countExceptions(filter: ExceptionFilter): Promise<number>;
  /** The act that is changing it right now, the newest where there are several. */
  pendingOf(keys: readonly EntityKey[]): Promise<readonly (Process | null)[]>;
  /** The act that opened the order. */
  ofSalesOrders(ids: readonly string[]): Promise<readonly (Process | null)[]>;
  /** What a process was accepted with. @throws NOT_FOUND */
  inputOf(processId: ProcessId): Promise<unknown>;
}

/** Columns that are computed from the run's attributes (migrations.ts). */
interface RunWithKeys extends RunTable {
  customer_id: string | null;
  subscription_id: string | null;
  sales_order_id: string | null;
}
type Tables = Omit<SagaTables, 'process.run'> & { 'process.run': RunWithKeys };

/** What is shown of a run. One by one: a read with a `*` is planned anew each time (platform/db/named-statements.ts). */
const SHOWN = [
  ...(['id', 'kind', 'state', 'correlation_id', 'started_at', 'ended_at', 'due_at', 'outcome', 'reason'] as const),
  ...(['attributes', 'customer_id', 'subscription_id', 'sales_order_id'] as const),
] as const satisfies readonly (keyof RunWithKeys)[];
type RunRow = Pick<Selectable<RunWithKeys>, (typeof SHOWN)[number]>;

const COLUMN = { customer: 'customer_id', subscription: 'subscription_id' } as const;
/** What an unfinished run is known by; all else that it changes is in its attribute `changes`. */
const KNOWN_BY = { ...COLUMN, salesOrder: 'sales_order_id' } as const;

/** Of one question about what is pending. */
const MOST_KEYS = 500;

/** @param scope as if there were no processes but those about these customers; null: all */
export function createProcessStore(pool: Db, scope: RowScope | null = null): ProcessStore {
  const db = pool.withTables<Tables>();
  const seen = scope === null ? sql<boolean>`true` : hubIdIsWithin(sql<string | null>`run.customer_id`, scope);
  const runs = () => db.selectFrom('process.run as run').select(SHOWN).where(seen);
  const exceptions = () => openExceptions(db).where(seen);

  async function page({ of, first, after, status }: ListOf): Promise<Page<Process>> {
    const [kind, key] = splitKey(of);
    let query = runs()
      .orderBy('id', 'desc') // ids grow with time
      .limit(first + 1);
    if (kind !== null) query = query.where(COLUMN[kind], '=', key);
    if (kind === null && key !== '*') query = query.where('kind', '=', key);
    if (status) query = query.where('state', '=', status as RunState); // the graph's enum ProcessState
    if (after !== null) query = query.where('id', '<', after);
    return cut((await query.execute()).map(processOf), first, (one) => one.id);
  }

  async function pendingOf(keys: readonly EntityKey[]): Promise<readonly (Process | null)[]> {
    const known = Object.entries(KNOWN_BY).flatMap(([kind, column]) => {
      const wanted = keys.flatMap((key) => (key.startsWith(`${kind}:`) ? [key.slice(kind.length + 1)] : []));
      return wanted.length === 0 ? [] : [sql<boolean>`run.${sql.ref(column)} = any(${wanted}::text[])`];
    });
    const changing = sql<boolean>`run.attributes ->> 'changes' is not null
      and string_to_array(run.attributes ->> 'changes', ' ') && ${keys}::text[]`;
    // In one question, each part by its own index: it is asked with every read of a customer.
    const shown = sql.join(SHOWN.map((column) => sql.ref(`run.${column}`)));
    const parts = [...known, changing].map(
      (is) => sql<RunRow>`select ${shown} from process.run as run where run.ended_at is null and ${seen} and ${is}`,
    );
    const { rows } = await sql<RunRow>`${sql.join(parts, sql` union all `)}`.execute(db);
    const found = new Map<string, RunRow>();
    const changedBy = (key: string, row: RunRow) => {
      const before = found.get(key);
      if (before === undefined || before.id < row.id) found.set(key, row); // ids grow with time
    };
    for (const row of rows) {
      for (const [kind, column] of Object.entries(KNOWN_BY)) changedBy(`${kind}:${row[column]}`, row);
      for (const key of row.attributes.changes?.split(' ') ?? []) changedBy(key, row);
    }
    return keys.map((key) => {
      const row = found.get(key);
      return row === undefined ? null : processOf(row);
    });
  }

  return {
    async processes(ids) {
      const rows = await runs().where('id', 'in', ids).execute();
      return inOrder(ids, rows.map(processOf), (one) => one.id);
    },

    async stepsOf(ids) {
      const rows = await db
        .selectFrom('process.step')
        .selectAll()
        .where('run_id', 'in', ids)
        .orderBy('position')
        .execute();
      return ids.map((processId) => rows.filter((row) => row.run_id === processId).map(stepOf));
    },

    async exceptionsOf(ids) {
      const rows = await exceptions().where('exception.run_id', 'in', ids).execute();
      return inOrder(ids, rows.map(exceptionOf), (one) => one.processId);
    },

    list: (lists) => Promise.all(lists.map(page)),

    async exceptions({ first, after, ...filter }) {
      let query = exceptions()
        .where(fits(filter))
        .orderBy('run.weight', 'desc')
        .orderBy('run.id', 'desc')
        .limit(first + 1);
      if (after !== null) {
        query = query.where(
          sql<boolean>`(run.weight, run.id) < (select weight, id from process.run as run where id = ${after} and ${seen})`,
        );
      }
      return cut((await query.execute()).map(exceptionOf), first, (one) => one.processId);
    },

    async countExceptions(filter) {
      const { count } = await exceptions()
        .where(fits(filter))
        .clearSelect()
        .select(({ fn }) => fn.countAll<string>().as('count'))
        .executeTakeFirstOrThrow();
      return Number(count);
    },

    pendingOf: scope === null ? gathered(pendingOf, MOST_KEYS) : pendingOf,

    async ofSalesOrders(ids) {
      const rows = await runs().where('sales_order_id', 'in', ids).execute();
      return inOrder(ids, rows.map(processOf), (one) => one.salesOrderId ?? '');
    },

    async inputOf(processId) {
      const row = await db.selectFrom('process.run').select('input').where('id', '=', processId).executeTakeFirst();
      if (row === undefined) throw new HubError('NOT_FOUND', `there is no process ${processId}`);
      return fromJournal(row.input);
    },
  };
}

const openExceptions = (db: Kysely<Tables>) =>
  db
    .selectFrom('process.exception as exception')
    .innerJoin('process.run as run', 'run.id', 'exception.run_id')
    .selectAll('exception')
    .leftJoin('process.step as step', (join) =>
      join.onRef('step.run_id', '=', 'exception.run_id').onRef('step.name', '=', 'exception.step'),
    )
    .select(['run.attributes', 'run.kind', 'run.direction', 'step.in_doubt'])
    .select([mappingOf(sql`since <= exception.raised_at`).as('mapping'), mappingOf(sql`true`).as('mapping_now')])
    .where('exception.resolved_at', 'is', null);

/** The mappings to and from the exception's system that were in use last while the condition held; null: none were noted. */
const mappingOf = (when: RawBuilder<unknown>) => sql<string | null>`(
  select version from process.mapping
   where mapping.system = exception.system and ${when} order by since desc limit 1)`;

const fits = ({ causeClass, system, region, customerId }: ExceptionFilter) => sql<boolean>`
  (${causeClass}::text is null or exception.cause_class = ${causeClass})
  and (${system}::text is null or exception.system = ${system})
  and (${region}::text is null or run.attributes ->> 'region' = ${region})
  and (${customerId}::text is null or run.customer_id = ${customerId})`;

function splitKey(of: string): [keyof typeof COLUMN | null, string] {
  const at = of.indexOf(':');
  const kind = of.slice(0, at);
  return kind === 'customer' || kind === 'subscription' ? [kind, of.slice(at + 1)] : [null, of];
}

function cut<T>(entries: readonly T[], first: number, cursorOf: (entry: T) => string): Page<T> {
  const kept = entries.slice(0, first);
  const last = kept.at(-1);
  return {
    entries: kept,
    hasMore: entries.length > first,
    endCursor: last === undefined ? null : cursorOf(last),
  };
}

function inOrder<T>(keys: readonly string[], found: readonly T[], keyOf: (entry: T) => string): (T | null)[] {
  const byKey = new Map(found.map((entry) => [keyOf(entry), entry]));
  return keys.map((key) => byKey.get(key) ?? null);
}

const at = (date: Date | null): string | null => date?.toISOString() ?? null;

const processOf = (row: RunRow): Process => ({
  id: id<'Process'>(row.id),
  kind: row.kind,
  state: row.state,
  correlationId: row.correlation_id,
  startedAt: row.started_at.toISOString(),
  endedAt: at(row.ended_at),
  resumesAt: row.state === 'SCHEDULED' || row.state === 'WAITING' ? at(row.due_at) : null,
  outcome: row.outcome,
  reason: row.reason,
  customerId: row.customer_id,
  salesOrderId: row.sales_order_id,
  subscriptionId: row.subscription_id,
});

const stepOf = (row: Selectable<StepTable>): ProcessStep => ({
  name: row.name,
  system: row.system as System, // a step's owner is one of the graph's systems
  state: row.state === 'FAILED' && row.in_doubt ? 'UNKNOWN' : row.state,
  attempts: row.attempts,
  startedAt: row.started_at.toISOString(),
  endedAt: at(row.ended_at),
  error: row.error,
  inDoubt: row.in_doubt,
  input: inputAfter(row.input, row),
  before: row.before,
  result: row.result,
});

function exceptionOf(
  row: Selectable<ExceptionTable> & {
    attributes: Record<string, string | null>;
    kind: string;
    direction: RunTable['direction'];
    in_doubt: boolean | null;
    mapping: string | null;
    mapping_now: string | null;
  },
): ProcessException {
  const { customerId, customerName, contractId, region, amountAtRisk, amountCurrency } = row.attributes;
  return {
    processId: id<'Process'>(row.run_id),
    causeClass: row.cause_class,
    step: row.step,
    system: row.system as System, // as above
    message: row.message,
    raisedAt: row.raised_at.toISOString(),
    customerId: customerId ?? null,
    customerName: customerName ?? null,
    contractId: contractId ?? null,
    region: region ?? null,
    amountAtRisk: amountAtRisk && amountCurrency ? moneyOf(amountAtRisk, amountCurrency) : null,
    kind: row.kind,
    back: row.direction === 'BACK',
    inDoubt: row.in_doubt === true,
    mappingVersion: row.mapping,
    mappingChanged: row.mapping !== row.mapping_now,
  };
}
