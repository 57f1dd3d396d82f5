import { sql } from 'kysely';
import type { LinkedSystem } from '../model.ts';
import type { Trx } from './take-in.ts';

/** Whose name and e-mail are shown, best first. */
const PRECEDENCE: readonly LinkedSystem[] = ['ERP', 'CRM', 'BILLING', 'SUPPORT', 'SUCCESS'];

interface Link {
  readonly externalId: string;
  readonly system: LinkedSystem;
  readonly customerId: string;
  readonly hubKey: string;
  readonly linkedAt: Date;
  readonly endedAt: Date | null;
  readonly name: string;
  readonly nameKey: string;
  readonly email: string | null;
  readonly emailKey: string | null;
}

/** Brings what is derived from the links of these customers up to date: which ids hold, the name and e-mail shown, what search finds. */
export async function showAgain(trx: Trx, customers: readonly string[], now: Date): Promise<void> {
  const { rows } = await sql<Link>`
    SELECT external_id AS "externalId", system, customer_id AS "customerId", hub_key AS "hubKey", linked_at AS "linkedAt",
      ended_at AS "endedAt", name, name_key AS "nameKey", email, email_key AS "emailKey"
    FROM identity.external_id WHERE customer_id = ANY(${customers}::text[])`.execute(trx);
  const byCustomer = Map.groupBy(rows, ({ customerId }) => customerId);

  for (const [customerId, links] of byCustomer) {
    const superseded = links.filter((link) => isSuperseded(link, links));
    if (superseded.length === 0) continue;
    await sql`
      UPDATE identity.external_id SET ended_at = ${now}
      WHERE external_id = ANY(${superseded.map(({ externalId }) => externalId)}::text[]) AND customer_id = ${customerId}
        AND ended_at IS NULL AND hub_key <> customer_id`.execute(trx);
  }

  const shown = [...byCustomer].map(([id, links]) => ({ id, ...shownOf(links) }));
  await sql`
    UPDATE identity.customer c SET display_name = s.name, name_key = s."nameKey", email = s.email,
      email_domain = s.domain, search_text = s."searchText"
    FROM jsonb_to_recordset(${JSON.stringify(shown)}::jsonb)
      AS s(id text, name text, "nameKey" text, email text, domain text, "searchText" text)
    WHERE c.id = s.id AND c.id = ANY(${shown.map(({ id }) => id)}::text[])
      AND (c.display_name, c.email, c.search_text) IS DISTINCT FROM (s.name, s.email, s."searchText")`.execute(trx);
}

/** An id taken over in a merge ends where the survivor has one of its own in that system. */
const isSuperseded = (link: Link, links: readonly Link[]): boolean =>
  link.endedAt === null &&
  !isOwn(link) &&
  links.some((own) => isOwn(own) && own.endedAt === null && own.system === link.system);

/** Whether the system itself names this customer, not one that was merged into it. */
const isOwn = ({ hubKey, customerId }: Link): boolean => hubKey === customerId;

function shownOf(links: readonly Link[]) {
  const ranked = [...links].sort(
    (one, other) =>
      Number(one.endedAt !== null) - Number(other.endedAt !== null) ||
      PRECEDENCE.indexOf(one.system) - PRECEDENCE.indexOf(other.system) ||
      Number(!isOwn(one)) - Number(!isOwn(other)) ||
      one.linkedAt.getTime() - other.linkedAt.getTime() ||
      (one.externalId < other.externalId ? -1 : 1),
  );
  const withEmail = ranked.find(({ email }) => email !== null);
  const found = links.flatMap(({ nameKey, emailKey }) => (emailKey === null ? [nameKey] : [nameKey, emailKey]));
  return {
    name: ranked[0]?.name ?? '',
    nameKey: ranked[0]?.nameKey ?? '',
    email: withEmail?.email ?? null,
    domain: withEmail?.emailKey?.split('@')[1] || null,
    searchText: [...new Set(found)].sort().join('\n'),
  };
}
