import type { Acts, ClaimOfAct } from './acts.ts';
import { type Ownership, ownerAt } from './ownership.ts';

/**
 * What may become of one write.
 * - ALLOWED: the caller acts for the owner, or the act asks the owner's own rules.
 * - PROPOSAL: not by this caller, but it may propose the change to the owner's steward.
 * - NOT_OWNER: not by this caller.
 */
export type Right = 'ALLOWED' | 'PROPOSAL' | 'NOT_OWNER';

export interface JudgedWrite {
  /** The canonical field. */
  readonly field: string;
  readonly right: Right;
  /** Who owns it at this stage, and the milestone that made it so; null: it always was. */
  readonly owner: string;
  readonly since: string | null;
  /** Another act that changes the field and asks the owner itself; null: there is none. */
  readonly useMutation: string | null;
}

export interface Writer {
  /** The system that the caller acts for; null: none. */
  readonly actsFor: string | null;
  /** Milestones that the customer has reached. UNKNOWN: only who acts for every possible owner may write. */
  readonly reached: ReadonlySet<string> | 'UNKNOWN';
}

/** Judges one write of an act. There is no other place that decides who may write what. @throws when the schema names no owner */
export function judgeWrite(
  { owners, acts }: Ownership,
  act: string,
  { field, judgedBy }: Pick<ClaimOfAct, 'field' | 'judgedBy'>,
  { actsFor, reached }: Writer,
): JudgedWrite {
  const owner = owners.get(field);
  if (owner === undefined) throw new Error(`${field} has no owner in the schema`);
  const now = ownerAt(owner, reached === 'UNKNOWN' ? NONE : reached);
  const possible = reached === 'UNKNOWN' ? [owner.system, owner.next ?? owner.system] : [now.system];
  const mine = judgedBy === 'OWNER' || possible.every((one) => one === actsFor);
  return {
    field,
    right: mine ? 'ALLOWED' : owner.proposals ? 'PROPOSAL' : 'NOT_OWNER',
    owner: now.system,
    since: now.since,
    useMutation: otherAct(acts, act, field),
  };
}

/** Judges all that an act would write with what the caller gave; `given` are the act's arguments by name. */
export function judgeWrites(
  ownership: Ownership,
  act: string,
  given: Readonly<Record<string, unknown>>,
  writer: Writer,
): readonly JudgedWrite[] {
  const judged = new Map<string, JudgedWrite>();
  for (const claim of ownership.acts.get(act) ?? []) {
    if (!isGiven(given, claim.input.split('.'))) continue;
    const one = judgeWrite(ownership, act, claim, writer);
    const before = judged.get(claim.field);
    if (before === undefined || before.right === 'ALLOWED') judged.set(claim.field, one); // the strictest one counts
  }
  return [...judged.values()];
}

const NONE: ReadonlySet<string> = new Set();

/** The act, other than this one, that changes the field by the owner's own rules. */
function otherAct(acts: Acts, act: string, field: string): string | null {
  for (const [name, claims] of acts) {
    if (name !== act && claims.some((claim) => isWayTo(claim, field))) return name;
  }
  return null;
}

const isWayTo = (claim: ClaimOfAct, field: string): boolean =>
  claim.field === field && claim.judgedBy === 'OWNER' && !claim.inPassing;

/** Whether the caller gave a value at this path, in any entry of the lists on the way; an explicit null is one. */
function isGiven(value: unknown, [name, ...rest]: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((entry) => isGiven(entry, name === undefined ? [] : [name, ...rest]));
  if (name === undefined) return value !== undefined;
  return isRecord(value) && Object.hasOwn(value, name) && isGiven(value[name], rest);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
