import { type DefinitionNode, type FieldDefinitionNode, Kind, type TypeNode } from 'graphql';
import type { Claim } from './ownership.ts';

/** One input field of an act that changes something. */
export interface ClaimOfAct extends Claim {
  /** Path from the act's argument. Example: `input.billingAddress.city`. */
  readonly input: string;
}

/** What every mutation may change, by its name: all inputs that its arguments reach. */
export type Acts = ReadonlyMap<string, readonly ClaimOfAct[]>;

/** What each mutation may change, by what each input field says (`Input.field`). */
export function readActs(definitions: readonly DefinitionNode[], claims: ReadonlyMap<string, readonly Claim[]>): Acts {
  const inputs = new Map<string, { name: string; type: string }[]>();
  const mutations: FieldDefinitionNode[] = [];
  for (const node of definitions) {
    if (node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION || node.kind === Kind.INPUT_OBJECT_TYPE_EXTENSION) {
      const fields = (node.fields ?? []).map(({ name, type }) => ({ name: name.value, type: named(type) }));
      inputs.set(node.name.value, [...(inputs.get(node.name.value) ?? []), ...fields]);
    }
    if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION) {
      if (node.name.value === 'Mutation') mutations.push(...(node.fields ?? []));
    }
  }

  const claimsUnder = (type: string, seen: Set<string>): readonly Claim[] => {
    if (seen.has(type)) return [];
    seen.add(type);
    return (inputs.get(type) ?? []).flatMap((field) => [
      ...(claims.get(`${type}.${field.name}`) ?? []),
      ...claimsUnder(field.type, seen),
    ]);
  };
  const reach = (type: string, path: string, above: readonly string[]): readonly ClaimOfAct[] =>
    above.includes(type)
      ? // an input that holds itself has no end: whoever gives it there is judged as if all of it were given
        claimsUnder(type, new Set()).map((claim) => ({ ...claim, input: path }))
      : (inputs.get(type) ?? []).flatMap((field) => {
          const input = `${path}.${field.name}`;
          const own = claims.get(`${type}.${field.name}`) ?? [];
          return [...own.map((claim) => ({ ...claim, input })), ...reach(field.type, input, [...above, type])];
        });
  return new Map(
    mutations.map((act) => [
      act.name.value,
      (act.arguments ?? []).flatMap(({ name, type }) => reach(named(type), name.value, [])),
    ]),
  );
}

const named = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type));
