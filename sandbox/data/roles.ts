import { mixed } from './random.ts';
import type { Trait } from './world.ts';

/** Which part a customer plays in its block of neighbours; relations never leave the block. */
interface Role {
  readonly traits: readonly Trait[];
  /** Place in the block of the account above. */
  readonly parent?: number;
  /** Place in the block of the account into which this one was merged. */
  readonly mergedInto?: number;
  /** 0 for the head of a hierarchy, then its members: each is served by another legal entity. */
  readonly member?: number;
}

/** The first places of every block; all others are ordinary customers. */
const ROLES: readonly Role[] = [
  { traits: [] },
  { traits: ['hierarchy-parent'], member: 0 },
  { traits: ['hierarchy-child', 'hierarchy-parent'], parent: 1, member: 1 },
  { traits: ['hierarchy-child'], parent: 2, member: 2 },
  { traits: ['hierarchy-child'], parent: 1, member: 3 },
  { traits: ['amended-mid-term'] },
  { traits: ['failed-payment'] },
  { traits: ['failed-payment', 'collections'] },
  { traits: ['over-licensed'] },
  { traits: ['credit-hold'] },
  { traits: ['tax-refused'] },
  { traits: ['name-disagrees'] },
  { traits: ['open-escalation'] },
  { traits: ['prospect'] },
  { traits: ['merge-survivor'] },
  { traits: ['merged-away'], mergedInto: 14 },
];

export interface CustomerRole {
  readonly traits: readonly Trait[];
  readonly parentIndex: number | null;
  readonly mergedIntoIndex: number | null;
  /** Index of the head of the hierarchy; null outside of one. */
  readonly headIndex: number | null;
  readonly member: number;
}

const PLAIN: CustomerRole = { traits: [], parentIndex: null, mergedIntoIndex: null, headIndex: null, member: 0 };
/** In the first 60 customers every trait occurs twice, always at the same ids, so that documents can name them. */
const FIRST = 60;
const FIRST_BLOCK = 30;
/** Further on each role comes once in 50, at a place that depends on the seed. */
const BLOCK = 50;

/** What is special about the customer; a relation to one beyond `size` falls away together with its trait. */
export function roleOf(index: number, seed: number, size: number): CustomerRole {
  const { start, length, turn } = blockOf(index, seed);
  const role = ROLES[(index - start + turn) % length];
  if (!role || role.traits.length === 0) return PLAIN;
  const indexAt = (place: number): number => start + ((place - turn + length) % length);
  const missing = role.traits.some((trait) => !complete(trait, role, indexAt, size));
  if (missing) return PLAIN;
  return {
    traits: role.traits,
    parentIndex: role.parent === undefined ? null : indexAt(role.parent),
    mergedIntoIndex: role.mergedInto === undefined ? null : indexAt(role.mergedInto),
    headIndex: role.member === undefined ? null : indexAt(1),
    member: role.member ?? 0,
  };
}

function blockOf(index: number, seed: number): { start: number; length: number; turn: number } {
  if (index < FIRST) return { start: index - (index % FIRST_BLOCK), length: FIRST_BLOCK, turn: 0 };
  const block = Math.floor((index - FIRST) / BLOCK);
  return { start: FIRST + block * BLOCK, length: BLOCK, turn: mixed(seed, block) % BLOCK };
}

/** A hierarchy and a merge stand or fall as a whole: a world that ends in the middle of one has none of it. */
function complete(trait: Trait, role: Role, indexAt: (place: number) => number, size: number): boolean {
  if (role.member !== undefined) return [1, 2, 3, 4].every((place) => indexAt(place) < size);
  if (trait === 'merged-away' || trait === 'merge-survivor') return indexAt(14) < size && indexAt(15) < size;
  return true;
}
