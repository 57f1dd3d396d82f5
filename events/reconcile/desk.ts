import { randomUUID } from 'node:crypto';
import { type Clock, day, instant } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { HubError } from '../../platform/errors.ts';
import type { RowScope } from '../../platform/principal.ts';
import { createFindingStore, type FindingStore } from './finding-store.ts';
import { daysBefore } from './judges/books.ts';
import type { Scope } from './kinds.ts';
import { createRunStore, type Reconciliation, type RunStore } from './runs.ts';
import { RECONCILE_SCHEMA, reconcileMigrations } from './tables.ts';

/** What people ask of reconciliation: runs, and what they found. Reading is done elsewhere (`openReconciler`). */
export interface ReconciliationDesk {
  /** Asks for a run; one of the scope that is under way is joined. @throws INVALID for a day that is none, or in the future */
  request(wanted: {
    scope: Scope;
    since: string | null;
    dryRun: boolean;
    by: string;
  }): Promise<{ run: Reconciliation; joined: boolean }>;
  readonly runs: Pick<RunStore, 'show' | 'newest'>;
  findingsFor(rows: RowScope | null): FindingStore;
}

export const migrateReconciliation = (db: Db): Promise<void> => migrate(db, RECONCILE_SCHEMA, reconcileMigrations);

const newRunId = (): string => `rec_${randomUUID()}`;
export const newFindingId = (): string => `fnd_${randomUUID()}`;

/** @param days how far back payments are compared when nobody says since when */
export async function openReconciliationDesk(db: Db, { clock, days }: { clock: Clock; days: number }) {
  await migrateReconciliation(db);
  const runs = createRunStore(db, newRunId);
  const desk: ReconciliationDesk = {
    request: ({ scope, since, dryRun, by }) => {
      const from = since ?? daysBefore(day(clock), days);
      if (Number.isNaN(Date.parse(from)) || from > day(clock)) {
        throw new HubError('INVALID', 'since must be a day that is not in the future, like 2026-09-01', {
          field: 'since',
        });
      }
      return runs.request({ scope, dryRun, since: from, by }, instant(clock));
    },
    runs,
    findingsFor: (rows) => createFindingStore(db, rows),
  };
  return { ...desk, runs };
}
