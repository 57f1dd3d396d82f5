/**
 * MUTATION: an attempt to change something, written before it runs. OUTCOME: how an attempt ended. DENIAL: somebody was refused.
 * KEY_CHANGE: a key was made, changed, rotated or revoked. FULL_READ: masked fields were read in full. LOST: records that could
 * not be kept while the database was away; `count` says how many.
 */
export type AuditKind = 'MUTATION' | 'OUTCOME' | 'DENIAL' | 'KEY_CHANGE' | 'FULL_READ' | 'LOST';

/** ANSWERED: it ran, and its answer says how it went. DENIED: a right was missing. FAILED: any other error. */
export type AuditOutcome = 'ANSWERED' | 'DENIED' | 'FAILED';

/** Who did something, and from where. Never a credential. */
export interface Actor {
  /** Id of the key, `<issuer>:<subject>` of a token; null: not known. */
  readonly principalId: string | null;
  readonly principalKind: 'KEY' | 'USER' | 'HUB' | 'COMMAND_LINE' | null;
  /** System on whose behalf; null: none. */
  readonly actsFor: string | null;
  readonly correlationId: string | null;
  readonly address: string | null;
}

/** What happened. It holds names, codes and ids: no value, no text of an error, no variable. */
export interface AuditEntry extends Actor {
  readonly kind: AuditKind;
  /** The operation's own name, as the client gave it. */
  readonly operation?: string | null;
  /** Mutations of the graph. Example: `submitOrder`. */
  readonly acts?: readonly string[];
  /** Fields it was about. Example: `Customer.taxId`; of a denied field the way to it in the answer, like `customer.taxId`. */
  readonly coordinates?: readonly string[];
  /** Of a key change: the key's id. */
  readonly subject?: string | null;
  readonly outcome?: AuditOutcome | null;
  /** Error codes, each once. */
  readonly codes?: readonly string[];
  /** What no code says. Example: `NETWORK`. */
  readonly reason?: string | null;
  /** Of how many this tells; more than 1 in summaries. Default 1. */
  readonly count?: number;
  /** Of an outcome: the number of its attempt. */
  readonly outcomeOf?: number | null;
}

/** A row as it is written: who wrote it, and its number among all that this writer wrote, without a gap. */
export interface AuditRow extends Required<AuditEntry> {
  readonly writer: string;
  readonly seq: number;
  /** RFC 3339. */
  readonly at: string;
}

const MOST_TEXTS = 100;
const LONGEST = 200;
const KEY_IN_TEXT = /cnc_[a-z]{2,12}_([0-9A-Za-z]{12})_\w*/g;

/** Names come from clients in part: no text is longer than it may be, hides a key, or cannot be stored. */
const clean = (text: string): string =>
  text.toWellFormed().replaceAll('\0', '').replace(KEY_IN_TEXT, '[key $1]').slice(0, LONGEST);
const cleanOrNull = (text: string | null | undefined): string | null => (text == null ? null : clean(text));
const cleanList = (texts: readonly string[] = []): string[] => [...new Set(texts.map(clean))].slice(0, MOST_TEXTS);

export function rowOf(entry: AuditEntry, about: Pick<AuditRow, 'writer' | 'seq' | 'at'>): AuditRow {
  return {
    ...about,
    kind: entry.kind,
    principalId: cleanOrNull(entry.principalId),
    principalKind: entry.principalKind,
    actsFor: cleanOrNull(entry.actsFor),
    operation: cleanOrNull(entry.operation),
    acts: cleanList(entry.acts),
    coordinates: cleanList(entry.coordinates),
    subject: cleanOrNull(entry.subject),
    outcome: entry.outcome ?? null,
    codes: cleanList(entry.codes),
    reason: cleanOrNull(entry.reason),
    correlationId: cleanOrNull(entry.correlationId),
    address: cleanOrNull(entry.address),
    count: entry.count ?? 1,
    outcomeOf: entry.outcomeOf ?? null,
  };
}
