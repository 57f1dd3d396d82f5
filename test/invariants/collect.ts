import type { Kysely } from 'kysely';
import type { SagaTables } from '../../platform/saga/tables.ts';
import type { NumberedEntry } from '../../sandbox/core/ledger.ts';
import { VENDOR_NAMES, type VendorName } from '../../sandbox/core/vendor.ts';
import type { Acknowledgement, AuditedAct, Evidence } from './evidence.ts';

/** Reads the evidence where it lies. */
export async function collect(from: {
  readonly db: Kysely<SagaTables>;
  readonly ledger: (vendor: VendorName) => readonly NumberedEntry[] | Promise<readonly NumberedEntry[]>;
  readonly acknowledgements: readonly Acknowledgement[];
  readonly audited?: readonly AuditedAct[];
}): Promise<Evidence> {
  const { db } = from;
  const [runs, steps, open, ...ledgers] = await Promise.all([
    db
      .selectFrom('process.run')
      .select([
        'id',
        'kind',
        'state',
        'principal_id as principalId',
        'idempotency_key as idempotencyKey',
        'correlation_id as correlationId',
      ])
      .execute(),
    db.selectFrom('process.step').select(['run_id as runId', 'name', 'state', 'error']).execute(),
    db.selectFrom('process.exception').select('run_id').where('resolved_at', 'is', null).execute(),
    ...VENDOR_NAMES.map(async (vendor) => [vendor, await from.ledger(vendor)] as const),
  ]);
  return {
    acknowledgements: from.acknowledgements,
    ledgers: Object.fromEntries(ledgers) as Evidence['ledgers'], // one for each name
    runs,
    steps,
    openExceptions: new Set(open.map(({ run_id }) => run_id)),
    audited: from.audited ?? null,
  };
}
