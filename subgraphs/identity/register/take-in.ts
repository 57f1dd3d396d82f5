import { sql, type Transaction } from 'kysely';
import type { Clock } from '../../../platform/clock.ts';
import type { Db, NoTables } from '../../../platform/db/db.ts';
import type { DirectoryEntry } from '../../../platform/page.ts';
import type { LinkedSystem } from '../model.ts';
import { followMerges } from './merges.ts';
import { normalised, storable } from './normalise.ts';

type Trx = Transaction<NoTables>;

/** What a hub id looks like; a system may hold something else in the field. */
const HUB_ID = /^C-[0-9A-Za-z]{1,40}$/;

/** Whose name and e-mail are shown, best first. */
const PRECEDENCE: readonly LinkedSystem[] = ['ERP', 'CRM', 'BILLING', 'SUPPORT', 'SUCCESS'];

/** Takes in a page of one system's directory, all of it or nothing. */
export function takeIn(
  db: Db,
  clock: Clock,
  page: { system: LinkedSystem; entries: readonly DirectoryEntry[] },
): Promise<{ linked: number; unmatched: number }> {
  const { system } = page;
  const now = new Date(clock.now());
  const entries = prepared(page.entries);
  const matched = entries.filter(({ hubId }) => hubId !== null);
  return db.transaction().execute(async (trx) => {
    // Pages touch each other's customers (parents, merges): one after the other there is no deadlock.
    await sql`SELECT pg_advisory_xact_lock(hashtextextended('concord.identity.take-in', 0))`.execute(trx);
    await rememberUnmatched(
      trx,
      system,
      entries.filter(({ hubId }) => hubId === null),
      now,
    );
    if (matched.length > 0) {
      await register(trx, matched, now);
      const linked = await link(trx, system, matched, now);
      const survivors = await followMerges(
        trx,
        system,
        matched.map(({ externalId }) => externalId),
        now,
      );
      if (system === 'ERP')
        await setParents(
          trx,
          matched.map(({ externalId }) => externalId),
        );
      await refresh(trx, [...linked, ...survivors], now);
    }
    return { linked: matched.length, unmatched: entries.length - matched.length };
  });
}

type Prepared = ReturnType<typeof prepared>[number];

/** Entries as they are stored; of two for one external id the later one counts. */
function prepared(entries: readonly DirectoryEntry[]) {
  const text = (value: string | null) => (value === null ? null : storable(value).trim() || null);
  const byId = new Map(entries.map((entry) => [storable(entry.externalId), entry]));
  return [...byId].map(([externalId, entry]) => {
    const name = text(entry.name) ?? externalId;
    const email = text(entry.email);
    const heldKey = text(entry.hubId);
    return {
      externalId,
      heldKey,
      hubId: heldKey !== null && HUB_ID.test(heldKey) ? heldKey : null,
      name,
      nameKey: normalised(name),
      email,
      emailKey: email === null ? null : normalised(email),
      parent: text(entry.parentExternalId),
      mergedInto: text(entry.mergedIntoExternalId),
    };
  });
}

/** The entries as a table in SQL. */
const asTable = (entries: readonly Prepared[]) => sql`
  jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) AS e("externalId" text, "heldKey" text, "hubId" text, name text,
    "nameKey" text, email text, "emailKey" text, parent text, "mergedInto" text)`;

async function rememberUnmatched(
  trx: Trx,
  system: LinkedSystem,
  entries: readonly Prepared[],
  now: Date,
): Promise<void> {
  if (entries.length === 0) return;
  await sql`
    INSERT INTO identity.unmatched (system, external_id, held_key, name, email, first_seen_at, last_seen_at)
    SELECT ${system}, e."externalId", e."heldKey", e.name, e.email, ${now}, ${now} FROM ${asTable(entries)}
    ON CONFLICT (system, external_id) DO UPDATE
    SET held_key = excluded.held_key, name = excluded.name, email = excluded.email, last_seen_at = excluded.last_seen_at`.execute(
    trx,
  );
}

/** Hub ids that nobody named before become customers. */
async function register(trx: Trx, entries: readonly Prepared[], now: Date): Promise<void> {
  await sql`
    INSERT INTO identity.customer (id, display_name, name_key, email, email_domain, search_text, created_at)
    SELECT DISTINCT ON (e."hubId") e."hubId", e.name, e."nameKey", e.email, nullif(split_part(e."emailKey", '@', 2), ''),
      concat_ws(E'\n', e."emailKey", e."nameKey"), ${now}::timestamptz
    FROM ${asTable(entries)}
    ON CONFLICT (id) DO NOTHING`.execute(trx);
}

/** Links each external id to the customer that its key names, or to that one's survivor. Answers the customers. */
async function link(trx: Trx, system: LinkedSystem, entries: readonly Prepared[], now: Date): Promise<string[]> {
  const target = sql`${asTable(entries)} JOIN identity.customer named ON named.id = e."hubId"
    CROSS JOIN LATERAL (SELECT coalesce(named.merged_into, named.id) AS id) AS target`;
  await sql`
    UPDATE identity.external_id l SET ended_at = ${now}
    FROM ${target}
    WHERE l.external_id = e."externalId" AND l.system = ${system} AND l.ended_at IS NULL AND l.customer_id <> target.id`.execute(
    trx,
  );
  // A link that ended begins again when its system says so itself, not when its customer was merged meanwhile.
  const { rows } = await sql<{ customer_id: string }>`
    INSERT INTO identity.external_id AS l (external_id, system, customer_id, hub_key, linked_at, name, name_key, email, email_key,
      parent_external_id, merged_into_external_id)
    SELECT e."externalId", ${system}, target.id, e."hubId", ${now}, e.name, e."nameKey", e.email, e."emailKey", e.parent, e."mergedInto"
    FROM ${target}
    ON CONFLICT (external_id, system, customer_id) DO UPDATE
    SET hub_key = excluded.hub_key, name = excluded.name, name_key = excluded.name_key, email = excluded.email,
      email_key = excluded.email_key, parent_external_id = excluded.parent_external_id,
      merged_into_external_id = excluded.merged_into_external_id,
      ended_at = CASE WHEN excluded.hub_key = excluded.customer_id AND excluded.merged_into_external_id IS NULL THEN NULL
        ELSE l.ended_at END
    WHERE (l.hub_key, l.name, l.email, l.parent_external_id, l.merged_into_external_id, l.ended_at IS NULL)
      IS DISTINCT FROM (excluded.hub_key, excluded.name, excluded.email, excluded.parent_external_id,
        excluded.merged_into_external_id, true)
    RETURNING l.customer_id`.execute(trx);
  await sql`
    DELETE FROM identity.unmatched u
    WHERE u.system = ${system} AND u.external_id = ANY(${entries.map(({ externalId }) => externalId)}::text[])`.execute(
    trx,
  );
  return rows.map(({ customer_id }) => customer_id);
}

/** Hangs customers under the one whose external id they name, now that either came. The ERP's hierarchy is the legal one. */
async function setParents(trx: Trx, externalIds: readonly string[]): Promise<void> {
  await sql`
    UPDATE identity.customer c SET parent_id = parent.customer_id
    FROM identity.external_id l
    LEFT JOIN LATERAL (SELECT p.customer_id FROM identity.external_id p
      WHERE p.external_id = l.parent_external_id AND p.system = 'ERP' AND p.customer_id <> l.customer_id
      ORDER BY p.ended_at DESC NULLS FIRST LIMIT 1) AS parent ON true
    WHERE l.system = 'ERP' AND l.ended_at IS NULL AND l.hub_key = l.customer_id AND c.id = l.customer_id
      AND (l.external_id = ANY(${externalIds}::text[]) OR l.parent_external_id = ANY(${externalIds}::text[]))
      AND c.parent_id IS DISTINCT FROM parent.customer_id`.execute(trx);
}

/** Brings what is derived from the links up to date: which hold, the name and e-mail shown, what search finds. */
async function refresh(trx: Trx, customers: readonly string[], now: Date): Promise<void> {
  if (customers.length === 0) return;
  await sql`
    UPDATE identity.external_id l SET ended_at = ${now}
    WHERE l.customer_id = ANY(${customers}::text[]) AND l.ended_at IS NULL AND l.hub_key <> l.customer_id
      AND EXISTS (SELECT 1 FROM identity.external_id own WHERE own.customer_id = l.customer_id AND own.system = l.system
        AND own.ended_at IS NULL AND own.hub_key = own.customer_id)`.execute(trx);
  await sql`
    WITH ranked AS (
      SELECT l.*, row_number() OVER (PARTITION BY l.customer_id ORDER BY l.ended_at IS NOT NULL,
        array_position(${[...PRECEDENCE]}::text[], l.system), l.hub_key <> l.customer_id, l.linked_at, l.external_id) AS rank
      FROM identity.external_id l WHERE l.customer_id = ANY(${customers}::text[])),
    shown AS (
      SELECT r.customer_id, min(r.name) FILTER (WHERE r.rank = 1) AS name, min(r.name_key) FILTER (WHERE r.rank = 1) AS name_key,
        (array_agg(r.email ORDER BY r.rank) FILTER (WHERE r.email IS NOT NULL))[1] AS email,
        (array_agg(r.email_key ORDER BY r.rank) FILTER (WHERE r.email IS NOT NULL))[1] AS email_key,
        concat_ws(E'\n', string_agg(DISTINCT r.email_key, E'\n'), string_agg(DISTINCT r.name_key, E'\n')) AS search_text
      FROM ranked r GROUP BY r.customer_id)
    UPDATE identity.customer c SET display_name = s.name, name_key = s.name_key, email = s.email,
      email_domain = nullif(split_part(s.email_key, '@', 2), ''), search_text = s.search_text
    FROM shown s
    WHERE c.id = s.customer_id AND (c.display_name, c.email, c.search_text)
      IS DISTINCT FROM (s.name, s.email, s.search_text)`.execute(trx);
}
