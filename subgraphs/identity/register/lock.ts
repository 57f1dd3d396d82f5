import { sql } from 'kysely';
import type { Trx } from './take-in.ts';

/** Pages touch each other's customers (parents, merges): one after the other there is no deadlock. */
export const lockRegister = (trx: Trx) =>
  sql`SELECT pg_advisory_xact_lock(hashtextextended('concord.identity.take-in', 0))`.execute(trx);
