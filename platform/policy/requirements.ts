import { type ConstDirectiveNode, type DefinitionNode, Kind, valueFromASTUntyped } from 'graphql';

/** What one `@requiresScopes` or `@policy` asks of a caller. */
export interface Requirement {
  readonly of: 'SCOPES' | 'POLICIES';
  /** Groups of names, of which a caller needs one whole group. No group, or an empty one, can be met by nobody. */
  readonly anyOf: readonly (readonly string[])[];
}

/** What a schema asks of a caller, by `Type` and `Type.field`: every entry of a list has to be met. */
export type Requirements = ReadonlyMap<string, readonly Requirement[]>;

/** What a caller brings: the scopes of the credential, and the policies that these meet. */
export interface Held {
  readonly scopes: ReadonlySet<string>;
  readonly policies: ReadonlySet<string>;
}

/** The names of the directives in this schema; undefined where it does not link them. */
export interface DirectiveNames {
  readonly requiresScopes: string | undefined;
  readonly policy: string | undefined;
}

/**
 * Reads `@requiresScopes` and `@policy` on types, fields, interfaces, enums and scalars. `@authenticated` asks for nothing
 * more than the door does: whoever reaches the graph has shown a credential.
 */
export function readRequirementsOf(definitions: readonly DefinitionNode[], names: DirectiveNames): Requirements {
  const found = new Map<string, Requirement[]>();
  const read = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    for (const directive of directives) {
      const name = directive.name.value;
      const of = name === names.requiresScopes ? 'SCOPES' : name === names.policy ? 'POLICIES' : undefined;
      if (of === undefined) continue;
      const argument = of === 'SCOPES' ? 'scopes' : 'policies';
      const value = directive.arguments?.find((given) => given.name.value === argument)?.value;
      const anyOf = value === undefined ? [] : groupsOf(valueFromASTUntyped(value));
      found.set(coordinate, [...(found.get(coordinate) ?? []), { of, anyOf }]);
    }
  };
  for (const definition of definitions) {
    if (!/Type(Definition|Extension)$/.test(definition.kind) || !('name' in definition)) continue;
    if (definition.name === undefined || !('directives' in definition)) continue;
    read(definition.name.value, definition.directives as readonly ConstDirectiveNode[]); // of a type: constants
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.OBJECT_TYPE_EXTENSION:
      case Kind.INTERFACE_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_EXTENSION:
        for (const field of definition.fields ?? []) {
          read(`${definition.name.value}.${field.name.value}`, field.directives);
        }
    }
  }
  return found;
}

/** A list of lists; a single value stands for a list of one, as in any GraphQL input. What is no text is met by nobody. */
const groupsOf = (value: unknown): readonly (readonly string[])[] =>
  asList(value).map((group) => {
    const names = asList(group);
    return names.every((name) => typeof name === 'string') ? names : [];
  });

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const isMet = (held: Held, { of, anyOf }: Requirement): boolean => {
  const names = of === 'SCOPES' ? held.scopes : held.policies;
  return anyOf.some((group) => group.length > 0 && group.every((name) => names.has(name)));
};

/** What is still asked of a caller; empty when all is met. */
export const unmet = (held: Held, required: readonly Requirement[] = []): readonly Requirement[] =>
  required.filter((requirement) => !isMet(held, requirement));

export const meetsAll = (held: Held, required: readonly Requirement[] = []): boolean =>
  required.every((requirement) => isMet(held, requirement));

/** Whether somebody could meet it at all. */
export const isMeetable = ({ anyOf }: Requirement): boolean => anyOf.some((group) => group.length > 0);

/** All names of one kind that a schema asks for. */
export const namesIn = (requirements: Requirements, kind: Requirement['of']): ReadonlySet<string> =>
  new Set([...requirements.values()].flat().flatMap(({ of, anyOf }) => (of === kind ? anyOf.flat() : [])));
