import { type Kysely, type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';
import type { MoneyText } from '../../platform/money.ts';
import type { Page } from '../../platform/page.ts';
import type { RowScope } from '../../platform/principal.ts';
import { roughEuros } from '../../platform/rough-euros.ts';
import { hubIdIsWithin } from '../../platform/rows/condition.ts';
import { type Found, fingerprint } from './found.ts';
import type { Kind } from './kinds.ts';

/** OPEN: seen by the last run. REPAIRING: a process is at it. CLOSED: gone. DISMISSED: somebody says that it may stay. */
export const FINDING_STATES = ['OPEN', 'REPAIRING', 'CLOSED', 'DISMISSED'] as const;
export type FindingState = (typeof FINDING_STATES)[number];

export interface Finding extends Found {
  readonly id: string;
  readonly state: FindingState;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly runId: string;
  readonly processId: string | null;
  readonly decidedBy: string | null;
  readonly reason: string | null;
}

export interface FindingFilter {
  readonly ids: readonly string[] | null;
  readonly kinds: readonly string[] | null;
  readonly states: readonly string[] | null;
  readonly system: string | null;
  readonly customerId: string | null;
}

export const ANY: FindingFilter = { ids: null, kinds: null, states: null, system: null, customerId: null };

interface FindingRow {
  readonly id: string;
  readonly kind: Kind;
  readonly state: FindingState;
  readonly customer_id: string;
  readonly customer_name: string;
  readonly system: Found['system'];
  readonly owner: Found['owner'];
  readonly field: string | null;
  readonly subject: string;
  readonly owner_value: string | null;
  readonly observed_value: string | null;
  readonly at_stake: string | null;
  readonly currency: string | null;
  readonly weight: number;
  readonly about: Record<string, unknown>;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
  readonly run_id: string;
  readonly process_id: string | null;
  readonly decided_by: string | null;
  readonly reason: string | null;
}

const findingOf = (row: FindingRow): Finding => ({
  id: row.id,
  kind: row.kind,
  state: row.state,
  customerId: row.customer_id,
  customerName: row.customer_name,
  system: row.system,
  owner: row.owner,
  field: row.field,
  subject: row.subject,
  ownerValue: row.owner_value,
  observedValue: row.observed_value,
  atStake: row.at_stake === null || row.currency === null ? null : { amount: row.at_stake, currency: row.currency },
  about: row.about,
  firstSeenAt: row.first_seen_at.toISOString(),
  lastSeenAt: row.last_seen_at.toISOString(),
  runId: row.run_id,
  processId: row.process_id,
  decidedBy: row.decided_by,
  reason: row.reason,
});

/**
 * Keeps what a run found: what was seen before is the same finding. One that was closed is open again; one that was dismissed
 * only with other values; one under repair once its process has ended.
 */
export async function keepFound(
  db: Kysely<object>,
  found: readonly Found[],
  about: { readonly runId: string; readonly at: string; readonly newId: () => string },
): Promise<void> {
  if (found.length === 0) return;
  const rows = found.map((one) => ({
    ...{ id: about.newId(), fingerprint: fingerprint(one), kind: one.kind, customer_id: one.customerId },
    ...{ customer_name: one.customerName, system: one.system, owner: one.owner, field: one.field },
    ...{ subject: one.subject, owner_value: one.ownerValue, observed_value: one.observedValue },
    ...{ at_stake: one.atStake?.amount ?? null, currency: one.atStake?.currency ?? null },
    ...{ weight: weightOf(one.atStake), about: one.about },
  }));
  await sql`
    insert into reconcile.finding (id, fingerprint, kind, state, customer_id, customer_name, system, owner, field, subject,
      owner_value, observed_value, at_stake, currency, weight, about, first_seen_at, last_seen_at, run_id)
    select id, fingerprint, kind, 'OPEN', customer_id, customer_name, system, owner, field, subject, owner_value,
      observed_value, at_stake, currency, weight, about, ${about.at}::timestamptz, ${about.at}::timestamptz, ${about.runId}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f(id text, fingerprint text, kind text, customer_id text,
      customer_name text, system text, owner text, field text, subject text, owner_value text, observed_value text,
      at_stake text, currency text, weight double precision, about jsonb)
    on conflict (fingerprint) do update set
      customer_id = excluded.customer_id, customer_name = excluded.customer_name, owner = excluded.owner,
      owner_value = excluded.owner_value, observed_value = excluded.observed_value, at_stake = excluded.at_stake,
      currency = excluded.currency, weight = excluded.weight, about = excluded.about,
      last_seen_at = excluded.last_seen_at, run_id = excluded.run_id,
      state = case
        when finding.state = 'DISMISSED' and finding.owner_value is not distinct from excluded.owner_value
          and finding.observed_value is not distinct from excluded.observed_value then 'DISMISSED'
        when finding.state = 'REPAIRING' and exists (select 1 from process.run r
          where r.id = finding.process_id and r.ended_at is null) then 'REPAIRING'
        else 'OPEN' end`.execute(db);
}

/** Closes findings of these kinds that the run did not see any more, but for customers that it left out. */
export async function closeGone(
  db: Kysely<object>,
  { runId, at, kinds, except }: { runId: string; at: string; kinds: readonly Kind[]; except: readonly string[] },
): Promise<number> {
  const { numAffectedRows } = await sql`
    update reconcile.finding set state = 'CLOSED', last_seen_at = last_seen_at, reason = ${`gone at ${at}`}
    where kind = any(${kinds}::text[]) and state in ('OPEN', 'REPAIRING') and run_id <> ${runId}
      and not (customer_id = any(${except}::text[]))`.execute(db);
  return Number(numAffectedRows ?? 0);
}

export interface FindingStore {
  find(ids: readonly string[]): Promise<readonly Finding[]>;
  /** The weightiest first, then by customer; `order` NEWEST: those first that were seen first last. */
  page(
    filter: FindingFilter,
    page: { first: number; after: string | null; order: FindingOrder },
  ): Promise<Page<Finding>>;
  /** How many there are, by kind and state. */
  counts(filter: FindingFilter): Promise<readonly { kind: Kind; state: FindingState; count: number }[]>;
  /** @returns the findings that were open, and are not now */
  dismiss(ids: readonly string[], by: string, reason: string): Promise<readonly string[]>;
}

export type FindingOrder = 'MONEY' | 'NEWEST';

/** @param rows as if there were no findings but those about these customers; null: all */
export function createFindingStore(db: Db, rows: RowScope | null = null): FindingStore {
  const seen = rows === null ? sql`true` : hubIdIsWithin(sql<string | null>`f.customer_id`, rows);
  const matching = ({ ids, kinds, states, system, customerId }: FindingFilter): RawBuilder<unknown> => sql`
    ${seen}
    ${ids === null ? sql`` : sql`and f.id = any(${ids}::text[])`}
    ${kinds === null ? sql`` : sql`and f.kind = any(${kinds}::text[])`}
    ${states === null ? sql`` : sql`and f.state = any(${states}::text[])`}
    ${system === null ? sql`` : sql`and f.system = ${system}`}
    ${customerId === null ? sql`` : sql`and f.customer_id = ${customerId}`}`;
  return {
    async find(ids) {
      const { rows: found } = await sql<FindingRow>`
        select f.* from reconcile.finding f where ${matching({ ...ANY, ids })}`.execute(db);
      return found.map(findingOf);
    },
    async page(filter, { first, after, order }) {
      const by = order === 'MONEY' ? sql`f.weight` : sql`extract(epoch from f.first_seen_at)::double precision`;
      const beyond =
        after === null
          ? sql``
          : sql`and (${by}, f.id) < (select ${by}, f.id from reconcile.finding f where f.id = ${after})`;
      const { rows: found } = await sql<FindingRow>`
        select f.* from reconcile.finding f where ${matching(filter)} ${beyond}
        order by ${by} desc, f.id desc limit ${first + 1}`.execute(db);
      const entries = found.slice(0, first).map(findingOf);
      return { entries, hasMore: found.length > first, endCursor: entries.at(-1)?.id ?? null };
    },
    async counts(filter) {
      const { rows: counted } = await sql<{ kind: Kind; state: FindingState; count: number }>`
        select f.kind, f.state, count(*)::int as count from reconcile.finding f where ${matching(filter)}
        group by f.kind, f.state order by f.kind, f.state`.execute(db);
      return counted;
    },
    async dismiss(ids, by, reason) {
      const { rows: done } = await sql<{ id: string }>`
        update reconcile.finding f set state = 'DISMISSED', decided_by = ${by}, reason = ${reason}
        where ${matching({ ...ANY, ids, states: ['OPEN'] })} returning f.id`.execute(db);
      return done.map(({ id }) => id);
    },
  };
}

/** Notes in the transaction that journals a repair that a process is at the finding. */
export const noteRepair = (
  trx: QueryExecutorProvider,
  findingId: string,
  processId: string,
  by: string,
): Promise<unknown> =>
  sql`
    update reconcile.finding set state = 'REPAIRING', process_id = ${processId}, decided_by = ${by}
    where id = ${findingId}`.execute(trx);

/** Ranks findings in different currencies. */
const weightOf = (atStake: MoneyText | null): number =>
  atStake === null ? 0 : Math.abs(Number(atStake.amount)) * roughEuros(atStake.currency);
