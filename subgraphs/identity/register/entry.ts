import type { DirectoryEntry } from '../../../platform/page.ts';
import type { LinkedSystem } from '../model.ts';
import { normalised, storable } from './normalise.ts';

/** A directory entry as the register stores it. */
export interface Entry {
  readonly externalId: string;
  /** What the system holds as correlation key, whatever it is. */
  readonly heldKey: string | null;
  readonly name: string;
  readonly nameKey: string;
  readonly email: string | null;
  readonly emailKey: string | null;
  readonly parent: string | null;
  readonly mergedInto: string | null;
  /** Sorted, each once. */
  readonly partnersOfRecord: readonly string[];
  readonly region: string | null;
  readonly legalEntities: readonly string[];
}

/** One whose correlation key is a hub id. */
export interface MatchedEntry extends Entry {
  readonly hubId: string;
}

/** What a hub id looks like; a system may hold something else in the field. */
const HUB_ID = /^C-[0-9A-Za-z]{1,40}$/;

/**
 * Entries fit for the database; of two for one external id the later one counts. By what callers are limited counts only from
 * the system that owns it.
 */
export function prepared(
  system: LinkedSystem,
  entries: readonly DirectoryEntry[],
): { matched: MatchedEntry[]; unmatched: Entry[] } {
  const matched: MatchedEntry[] = [];
  const unmatched: Entry[] = [];
  const latest = new Map(entries.map((entry) => [storable(entry.externalId), entry]));
  for (const [externalId, entry] of latest) {
    const name = text(entry.name) ?? externalId;
    const email = text(entry.email);
    const heldKey = text(entry.hubId);
    const prepared: Entry = {
      externalId,
      heldKey,
      name,
      nameKey: normalised(name),
      email,
      emailKey: email === null ? null : normalised(email),
      parent: text(entry.parentExternalId),
      mergedInto: text(entry.mergedIntoExternalId),
      partnersOfRecord: system === 'CRM' ? texts(entry.rows?.partnersOfRecord) : [],
      region: system === 'CRM' ? text(entry.rows?.region ?? null) : null,
      legalEntities: system === 'ERP' ? texts(entry.rows?.legalEntities) : [],
    };
    if (heldKey !== null && HUB_ID.test(heldKey)) matched.push({ ...prepared, hubId: heldKey });
    else unmatched.push(prepared);
  }
  return { matched, unmatched };
}

const text = (value: string | null): string | null => (value === null ? null : storable(value).trim() || null);

const texts = (values: readonly string[] = []): string[] =>
  [...new Set(values.flatMap((value) => text(value) ?? []))].sort();
