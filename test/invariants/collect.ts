import { sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';
import type { SagaTables } from '../../platform/saga/tables.ts';
import type { NumberedEntry } from '../../sandbox/core/ledger.ts';
import { VENDOR_NAMES, type VendorName } from '../../sandbox/core/vendor.ts';
import { toldEvents } from './collect-events.ts';
import type { Acknowledgement, AuditedAct, DeliveredEvent, Evidence } from './evidence.ts';

export interface Sources {
  /** The hub's database. */
  readonly db: Db;
  readonly ledger: (vendor: VendorName) => readonly NumberedEntry[] | Promise<readonly NumberedEntry[]>;
  /** Their principals are ids of keys where the audit is looked at. */
  readonly acknowledgements: readonly Acknowledgement[];
  /** Whether the audit of requests is looked at. Default: it is not. */
  readonly audit?: boolean;
  /** What came to subscribers of everything. Default: nobody subscribed. */
  readonly delivered?: readonly DeliveredEvent[];
}

/** Reads the evidence where it lies. */
export async function collect(from: Sources): Promise<Evidence> {
  const db = from.db.withTables<SagaTables>();
  const [runs, steps, exceptions, audited, ...ledgers] = await Promise.all([
    db
      .selectFrom('process.run')
      .select([
        'id',
        'kind',
        'state',
        'principal_id as principalId',
        'idempotency_key as idempotencyKey',
        'correlation_id as correlationId',
        'reason',
      ])
      .execute(),
    db.selectFrom('process.step').select(['run_id as runId', 'name', 'state', 'error']).execute(),
    db
      .selectFrom('process.exception')
      .select(['run_id as runId', 'step', 'resolution', 'resolved_by as by'])
      .orderBy('id')
      .execute(),
    from.audit === true ? auditedActs(from.db) : null,
    ...VENDOR_NAMES.map(async (vendor) => [vendor, await from.ledger(vendor)] as const),
  ]);
  return {
    acknowledgements: from.acknowledgements,
    ledgers: Object.fromEntries(ledgers) as Evidence['ledgers'], // one for each name
    runs,
    steps,
    openExceptions: new Set(exceptions.filter(({ resolution }) => resolution === null).map(({ runId }) => runId)),
    remedied: exceptions.flatMap((one) => (one.resolution === null ? [] : [{ ...one, resolution: one.resolution }])),
    events: await toldEvents(from.db, runs, from.delivered ?? null),
    audited,
  };
}

async function auditedActs(db: Db): Promise<readonly AuditedAct[]> {
  const { rows } = await sql<AuditedAct>`
    select unnest(acts) as act, principal_id as principal, correlation_id as "correlationId"
      from audit.entry where kind = 'MUTATION'`.execute(db);
  return rows;
}
