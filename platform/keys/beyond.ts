import { BUDGET_PARTS, type Budget, type Principal, type RowScope } from '../principal.ts';
import type { KeyTerms } from './key-terms.ts';
import { isWithin } from './networks.ts';

/** One part of a key that is more than its giver has. */
export interface Excess {
  /** Path of it. Example: `budget.concurrency`. */
  readonly field: string;
  /** What would be right. */
  readonly message: string;
}

/** What the giver's own credential is bound to, where it is a key. */
export type GiverBounds = Pick<KeyTerms, 'networks' | 'expiresAt'>;

/**
 * All in which the terms go beyond what their giver may do himself: nobody can give more than he holds.
 * @param standard the budget of keys that bring none of their own
 */
export function beyond(
  terms: KeyTerms,
  giver: Principal,
  { standard, bounds }: { readonly standard: Budget; readonly bounds: GiverBounds | null },
): readonly Excess[] {
  const listed = (field: string, wanted: readonly string[], held: readonly string[]): Excess[] => {
    const more = wanted.filter((one) => !held.includes(one));
    return more.length === 0
      ? []
      : [{ field, message: `you do not hold ${more.join(', ')} yourself; you hold ${held.join(', ') || 'none'}` }];
  };
  return [
    ...listed('scopes', terms.scopes, giver.scopes),
    ...(terms.actsFor === null || terms.actsFor === giver.actsFor
      ? []
      : [{ field: 'actsFor', message: `you act for ${giver.actsFor ?? 'no system'} yourself` }]),
    ...rowsBeyond(terms.rows, giver.rows),
    ...listed('unmasked', terms.unmasked, giver.unmasked),
    ...actsBeyond(terms, giver),
    ...(giver.operations === 'registered' && terms.operations === 'free'
      ? [{ field: 'operations', message: 'you may run registered operations only yourself; so must the key' }]
      : []),
    ...BUDGET_PARTS.filter((part) => (terms.budget[part] ?? standard[part]) > giver.budget[part]).map((part) => ({
      field: `budget.${part}`,
      message: `must be at most ${giver.budget[part]}, which is your own`,
    })),
    ...boundsBeyond(terms, bounds),
  ];
}

/** Each part by which the giver is limited must limit the key, by the same values or fewer; further parts only narrow it. */
export function rowsBeyond(rows: RowScope | null, own: RowScope | null): Excess[] {
  if (own === null) return [];
  const parts = Object.entries(own) as [keyof RowScope, readonly string[]][]; // of a RowScope
  return parts.flatMap(([part, held]) => {
    const wanted = rows?.[part];
    if (wanted?.every((one) => held.includes(one))) return [];
    return [{ field: `rows.${part}`, message: 'you are limited to some of them yourself; name those, or fewer' }];
  });
}

function actsBeyond({ acts }: KeyTerms, { acts: own }: Principal): Excess[] {
  if (own === null) return [];
  if (acts === null)
    return [{ field: 'acts', message: `name acts of your own: ${Object.keys(own).join(', ') || 'none'}` }];
  return Object.entries(acts).flatMap(([act, limit]) => {
    const held = Object.hasOwn(own, act) ? own[act] : undefined;
    if (held === undefined) return [{ field: `acts.${act}`, message: 'you may not run it yourself' }];
    if (held.upTo === undefined) return [];
    const within =
      limit.upTo !== undefined &&
      Object.entries(limit.upTo).every(([currency, amount]) => isAtMost(amount, held.upTo?.[currency])) &&
      !(limit.above === 'approval' && held.above !== 'approval');
    return within
      ? []
      : [{ field: `acts.${act}.upTo`, message: `must be within your own limit: ${JSON.stringify(held.upTo)}` }];
  });
}

/** Exact, as amounts have more digits than a number. */
const isAtMost = (amount: string, most: string | undefined): boolean =>
  most !== undefined && micros(amount) <= micros(most);
const micros = (amount: string): bigint => {
  const [whole = '0', part = ''] = amount.split('.');
  return BigInt(whole + part.padEnd(6, '0'));
};

function boundsBeyond({ networks, expiresAt }: KeyTerms, bounds: GiverBounds | null): Excess[] {
  const { networks: own = null, expiresAt: end = null } = bounds ?? {};
  return [
    ...(own === null || networks?.every((network) => own.some((held) => isWithin(network, held)))
      ? []
      : [{ field: 'networks', message: `must lie within those of your own key: ${own.join(', ')}` }]),
    ...(end === null || (expiresAt !== null && expiresAt <= end)
      ? []
      : [{ field: 'expiresAt', message: `must not be after your own key's: ${end}` }]),
  ];
}
