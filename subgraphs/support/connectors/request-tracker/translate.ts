import { HubError } from '../../../../platform/errors.ts';
import { id } from '../../../../platform/ids.ts';
import type { DirectoryEntry } from '../../../../platform/page.ts';
import type { Case, CaseSeverity, CaseStatus, SupportOrg } from '../../model.ts';
import { SYSTEM } from './failures.ts';
import type * as wire from './wire.ts';

/**
 * RT's default lifecycle (etc/RT_Config.pm, `%Lifecycles`). A stalled ticket waits for the customer and opens again when
 * the customer writes: PENDING. Nothing in it is ON_HOLD. `deleted` is not in it: RT hides what was deleted.
 */
const STATUS = {
  new: 'NEW',
  open: 'OPEN',
  stalled: 'PENDING',
  resolved: 'SOLVED',
  rejected: 'CLOSED',
} as const satisfies Record<string, CaseStatus>;

/** The statuses in which RT's own lifecycle still owes something. */
const OWED: ReadonlySet<CaseStatus> = new Set(['NEW', 'OPEN', 'PENDING']);

/** The values of the ticket field `Severity`: see README. */
const SEVERITY = {
  S1: 'URGENT',
  S2: 'HIGH',
  S3: 'NORMAL',
  S4: 'LOW',
} as const satisfies Record<string, CaseSeverity>;

const WORDS: ReadonlySet<string> = new Set(['NEW', 'OPEN', 'PENDING', 'ON_HOLD', 'SOLVED', 'CLOSED']);

/** @throws CONTRACT_BROKEN for a word that was never agreed */
function translated<Word extends string>(table: Readonly<Record<string, Word>>, value: string, field: string): Word {
  const word = Object.hasOwn(table, value) ? table[value] : undefined;
  if (word !== undefined) return word;
  const message = `Support uses a ${field} that the hub does not know`;
  throw new HubError('CONTRACT_BROKEN', message, { system: SYSTEM, field });
}

const wordFor = (table: Readonly<Record<string, string>>, value: string): string | null =>
  Object.entries(table).find(([, word]) => word === value)?.[0] ?? null;

/** RT's word for a status; null: a case in RT is never in it. @throws INVALID */
export function wireStatusOf(status: string): string | null {
  if (WORDS.has(status)) return wordFor(STATUS, status);
  throw new HubError('INVALID', `There is no case status ${status}`, { system: SYSTEM, field: 'status' });
}

/** @throws INVALID */
export function wireSeverityOf(severity: string): string {
  const word = wordFor(SEVERITY, severity);
  if (word !== null) return word;
  throw new HubError('INVALID', `There is no case severity ${severity}`, { system: SYSTEM, field: 'severity' });
}

/** A custom field's one value; null: not set. */
export const fieldOf = ({ CustomFields }: Pick<wire.Ticket, 'CustomFields'>, name: string): string | null =>
  CustomFields.find((field) => field.name === name)?.values[0] ?? null;

/** `now`: milliseconds since the epoch. A ticket without a severity counts as normal; one from `escalatedPriority` on is escalated. */
export function caseOf(ticket: wire.Ticket, about: { now: number; escalatedPriority: number }): Case {
  const customer = fieldOf(ticket, 'CustomerNumber');
  const severity = fieldOf(ticket, 'Severity');
  const status = translated(STATUS, ticket.Status, 'status');
  return {
    id: id(ticket.id),
    orgId: customer === null ? null : id(customer),
    number: ticket.id,
    subject: ticket.Subject ?? '',
    status,
    severity: severity === null ? 'NORMAL' : translated(SEVERITY, severity, 'severity'),
    escalated: ticket.Priority >= about.escalatedPriority,
    openedAt: instantOf(ticket.Created),
    updatedAt: instantOf(ticket.LastUpdated),
    sla: slaOf(ticket, status, about.now),
  };
}

/** RT sets `Due` from the level of the service agreement; what was kept or came too late is over when the ticket is. */
function slaOf({ SLA, Due }: wire.Ticket, status: CaseStatus, now: number): Case['sla'] {
  if (!SLA) return null;
  const due = Due == null ? 0 : Date.parse(Due);
  if (due === 0 || !OWED.has(status)) return { nextBreachAt: null, breached: false }; // 1970: no date is set
  return { nextBreachAt: new Date(due).toISOString(), breached: due <= now };
}

/** The customer as its contact knows it; `users` are the contacts with the customer's number, in the order they were made. */
export function orgOf(code: string, users: readonly wire.User[], asOf: string): SupportOrg {
  return { id: id(code), hubId: code, name: nameOf(code, users), supportTier: null, asOf };
}

export function directoryEntryOf(code: string, users: readonly wire.User[]): DirectoryEntry {
  return {
    externalId: code,
    hubId: code,
    name: nameOf(code, users),
    email: users.find(({ EmailAddress }) => EmailAddress)?.EmailAddress ?? null,
    // RT's users have no parent and leave nothing behind when they are merged.
    parentExternalId: null,
    mergedIntoExternalId: null,
  };
}

const nameOf = (code: string, users: readonly wire.User[]): string =>
  users.find(({ Organization }) => Organization)?.Organization ||
  users.find(({ RealName }) => RealName)?.RealName ||
  code;

export const instantOf = (text: string): string => new Date(text).toISOString();
