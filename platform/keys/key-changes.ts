import type { KeyTerms } from './key-terms.ts';

/** One part in which two keys, or two states of one, are not the same. */
export interface TermsChange {
  /** Path of it. Example: `budget.concurrency`. */
  readonly field: string;
  /** undefined: not there. */
  readonly from: unknown;
  readonly to: unknown;
}

/** What has to change for `from` to become `to`; lists are compared as sets. In the order of the fields. */
export function changesBetween(from: KeyTerms, to: KeyTerms): readonly TermsChange[] {
  const before = flat(from);
  const after = flat(to);
  const fields = [...new Set([...before.keys(), ...after.keys()])].sort(
    (one, other) => placeOf(one) - placeOf(other) || one.localeCompare(other),
  );
  return fields
    .map((field) => ({ field, from: before.get(field), to: after.get(field) }))
    .filter((change) => comparable(change.from) !== comparable(change.to));
}

const FIELDS = [
  ...(['name', 'scopes', 'actsFor', 'rows', 'unmasked', 'acts', 'operations', 'budget', 'networks'] as const),
  ...(['notBefore', 'expiresAt'] as const),
] satisfies readonly (keyof KeyTerms)[];
const places: readonly string[] = FIELDS;
const placeOf = (field: string): number => places.indexOf(field.split('.')[0] ?? '');
const PARTS: readonly string[] = ['rows', 'acts', 'budget'];

function flat(terms: KeyTerms): ReadonlyMap<string, unknown> {
  return new Map(
    FIELDS.map((field) => [field, terms[field]] as const).flatMap(([field, value]): [string, unknown][] =>
      PARTS.includes(field) && typeof value === 'object' && value !== null
        ? [
            [field, field === 'budget' ? undefined : 'limited'],
            ...Object.entries(value).map(([part, inner]): [string, unknown] => [`${field}.${part}`, inner]),
          ]
        : [[field, value]],
    ),
  );
}

/** The same text for the same meaning, whatever the order in which it was written or stored. */
const comparable = (value: unknown): string =>
  JSON.stringify(value, (_name, inner: unknown) => {
    if (Array.isArray(inner)) return [...inner].sort();
    return typeof inner === 'object' && inner !== null ? Object.fromEntries(Object.entries(inner).sort()) : inner;
  }) ?? '';
