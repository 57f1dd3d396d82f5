import { sql } from 'kysely';
import type { LinkedSystem } from '../model.ts';
import type { MatchedEntry } from './entry.ts';
import type { Trx } from './take-in.ts';

interface HeldLink {
  readonly externalId: string;
  readonly customerId: string;
  readonly hubKey: string;
  readonly name: string;
  readonly email: string | null;
  readonly parent: string | null;
  readonly mergedInto: string | null;
  readonly partnersOfRecord: readonly string[];
  readonly region: string | null;
  readonly legalEntities: readonly string[];
  readonly endedAt: Date | null;
}

/**
 * Links each external id to the customer that its key names, or to that one's survivor; a hub id that nobody named before
 * becomes a customer. Answers the external ids of which something is new, and the customers whom that concerns.
 */
export async function linkEntries(
  trx: Trx,
  system: LinkedSystem,
  entries: readonly MatchedEntry[],
  now: Date,
): Promise<{ externalIds: string[]; customers: string[] }> {
  const survivorOf = await register(trx, entries, now);
  const held = Map.groupBy(await heldLinks(trx, system, entries), ({ externalId }) => externalId);
  const concerned = new Set<string>();
  const ending: string[] = [];
  const changed = entries.flatMap((entry) => {
    const customerId = survivorOf.get(entry.hubId) ?? entry.hubId;
    const links = held.get(entry.externalId) ?? [];
    const before = links.find((link) => link.customerId === customerId);
    for (const other of links.filter((link) => link.endedAt === null && link !== before)) {
      ending.push(entry.externalId);
      concerned.add(other.customerId);
    }
    // A link that ended begins again when its system says so itself, not when its customer was merged meanwhile.
    const begins = customerId === entry.hubId && entry.mergedInto === null;
    const endedAt = begins ? null : (before?.endedAt ?? null);
    if (before !== undefined && isSame(before, entry) && before.endedAt === endedAt) return [];
    concerned.add(customerId);
    return [{ ...entry, customerId, endedAt }];
  });
  if (changed.length === 0) return { externalIds: [], customers: [] };
  const externalIds = changed.map(({ externalId }) => externalId);
  await sql`
    UPDATE identity.external_id SET ended_at = ${now}
    WHERE external_id = ANY(${ending}::text[]) AND system = ${system} AND ended_at IS NULL`.execute(trx);
  await sql`
    INSERT INTO identity.external_id (external_id, system, customer_id, hub_key, linked_at, ended_at, name, name_key, email,
      email_key, parent_external_id, merged_into_external_id, partners_of_record, region, legal_entities)
    SELECT e."externalId", ${system}, e."customerId", e."hubId", ${now}, e."endedAt", e.name, e."nameKey", e.email,
      e."emailKey", e.parent, e."mergedInto", e."partnersOfRecord", e.region, e."legalEntities"
    FROM jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) AS e("externalId" text, "customerId" text, "hubId" text,
      "endedAt" timestamptz, name text, "nameKey" text, email text, "emailKey" text, parent text, "mergedInto" text,
      "partnersOfRecord" text[], region text, "legalEntities" text[])
    ON CONFLICT (external_id, system, customer_id) DO UPDATE
    SET hub_key = excluded.hub_key, ended_at = excluded.ended_at, name = excluded.name, name_key = excluded.name_key,
      email = excluded.email, email_key = excluded.email_key, parent_external_id = excluded.parent_external_id,
      merged_into_external_id = excluded.merged_into_external_id, partners_of_record = excluded.partners_of_record,
      region = excluded.region, legal_entities = excluded.legal_entities`.execute(trx);
  await sql`
    DELETE FROM identity.unmatched
    WHERE system = ${system} AND external_id = ANY(${externalIds}::text[])`.execute(trx);
  return { externalIds, customers: [...concerned] };
}

const isSame = (link: HeldLink, entry: MatchedEntry): boolean =>
  link.hubKey === entry.hubId &&
  link.name === entry.name &&
  link.email === entry.email &&
  link.parent === entry.parent &&
  link.mergedInto === entry.mergedInto &&
  link.region === entry.region &&
  isEqual(link.partnersOfRecord, entry.partnersOfRecord) &&
  isEqual(link.legalEntities, entry.legalEntities);

/** Both are sorted. */
const isEqual = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((value, at) => value === other[at]);

async function heldLinks(
  trx: Trx,
  system: LinkedSystem,
  entries: readonly MatchedEntry[],
): Promise<readonly HeldLink[]> {
  const { rows } = await sql<HeldLink>`
    SELECT external_id AS "externalId", customer_id AS "customerId", hub_key AS "hubKey", name, email,
      parent_external_id AS parent, merged_into_external_id AS "mergedInto", ended_at AS "endedAt",
      partners_of_record AS "partnersOfRecord", region, legal_entities AS "legalEntities"
    FROM identity.external_id
    WHERE external_id = ANY(${entries.map(({ externalId }) => externalId)}::text[]) AND system = ${system}`.execute(
    trx,
  );
  return rows;
}

/** Makes customers of hub ids that are new; answers where each known one leads. */
async function register(trx: Trx, entries: readonly MatchedEntry[], now: Date): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; survivor: string }>`
    SELECT id, coalesce(merged_into, id) AS survivor FROM identity.customer
    WHERE id = ANY(${entries.map(({ hubId }) => hubId)}::text[])`.execute(trx);
  const known = new Map(rows.map(({ id, survivor }) => [id, survivor]));
  const unknown = new Map(entries.filter(({ hubId }) => !known.has(hubId)).map((entry) => [entry.hubId, entry]));
  if (unknown.size > 0) {
    // Name, e-mail and search text come with the links, in the same transaction.
    await sql`
      INSERT INTO identity.customer (id, display_name, name_key, search_text, created_at)
      SELECT id, '', '', '', ${now} FROM unnest(${[...unknown.keys()]}::text[]) AS id`.execute(trx);
  }
  return known;
}
