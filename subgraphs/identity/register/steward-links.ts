import { sql } from 'kysely';
import type { Clock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { HubError } from '../../../platform/errors.ts';
import type { LinkedSystem } from '../model.ts';
import type { LinkOfCustomer } from '../port.ts';
import { type Entry, type MatchedEntry, prepared } from './entry.ts';
import { linkEntries } from './links.ts';
import { lockRegister } from './lock.ts';
import { showAgain } from './shown.ts';
import type { Trx } from './take-in.ts';

/**
 * Links a record that carries no hub id to a customer, on a steward's word, which holds until the link is ended or the record
 * names a customer itself. Saying it twice is the same as once.
 * @throws NOT_FOUND without such a customer or record, CONFLICT where the record belongs to another
 */
export async function linkByWord(
  db: Db,
  clock: Clock,
  { customerId, system, externalId }: LinkOfCustomer,
): Promise<void> {
  const now = new Date(clock.now());
  await db.transaction().execute(async (trx) => {
    await lockRegister(trx);
    const { rows: standing } = await sql`
      SELECT 1 FROM identity.customer WHERE id = ${customerId} AND merged_into IS NULL`.execute(trx);
    if (standing.length === 0) {
      throw new HubError('NOT_FOUND', 'there is no customer of this id', { field: 'input.customerId' });
    }
    const [holder] = await holders(trx, system, [externalId]);
    if (holder?.customerId === customerId) return;
    if (holder !== undefined) {
      const message = `${system} ${externalId} is linked to another customer; end that link first`;
      throw new HubError('CONFLICT', message, { field: 'input.externalId' });
    }
    await linkEntries(trx, system, [{ ...(await unmatched(trx, system, externalId)), hubId: customerId }], now);
    await sql`
      UPDATE identity.external_id SET by_word = true
      WHERE system = ${system} AND external_id = ${externalId} AND customer_id = ${customerId}`.execute(trx);
    await showAgain(trx, [customerId], now);
  });
}

/** Of records that carry no hub id, those that a steward linked: as if they carried it. */
export async function linkedByWord(
  trx: Trx,
  system: LinkedSystem,
  entries: readonly Entry[],
): Promise<readonly MatchedEntry[]> {
  if (entries.length === 0) return [];
  const held = await holders(
    trx,
    system,
    entries.map(({ externalId }) => externalId),
  );
  const hubIds = new Map(held.flatMap((one) => (one.byWord ? [[one.externalId, one.customerId] as const] : [])));
  return entries.flatMap((entry) => {
    const hubId = hubIds.get(entry.externalId);
    return hubId === undefined ? [] : [{ ...entry, hubId }];
  });
}

async function unmatched(trx: Trx, system: LinkedSystem, externalId: string): Promise<Entry> {
  const { rows } = await sql<{ name: string; email: string | null }>`
    SELECT name, email FROM identity.unmatched WHERE system = ${system} AND external_id = ${externalId}`.execute(trx);
  const said = { externalId, hubId: null, parentExternalId: null, mergedIntoExternalId: null };
  const [entry] = prepared(
    system,
    rows.map((row) => ({ ...said, ...row })),
  ).unmatched;
  if (entry !== undefined) return entry;
  throw new HubError(
    'NOT_FOUND',
    `the hub has read no record ${externalId} without a hub id from ${system}; what was made just now is read within minutes`,
    { field: 'input.externalId' },
  );
}

/** Who has these ids now. */
async function holders(
  trx: Trx,
  system: LinkedSystem,
  externalIds: readonly string[],
): Promise<readonly { externalId: string; customerId: string; byWord: boolean }[]> {
  const { rows } = await sql<{ externalId: string; customerId: string; byWord: boolean }>`
    SELECT external_id AS "externalId", customer_id AS "customerId", by_word AS "byWord" FROM identity.external_id
    WHERE system = ${system} AND external_id = ANY(${[...externalIds]}::text[]) AND ended_at IS NULL`.execute(trx);
  return rows;
}
