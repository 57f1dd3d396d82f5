import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';

export type ComposedType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** What the corrections read from a supergraph: its types as composed, and who implements what. */
export interface SupergraphTypes {
  /** Object and interface types by name. */
  readonly types: ReadonlyMap<string, ComposedType>;
  field(type: string, field: string): FieldDefinitionNode | undefined;
  /** Object types that a value of this type may be; the type itself where it is an object. */
  possible(type: string): ReadonlySet<string>;
  /** Subgraph's name by its value of `join__Graph`. */
  readonly graphs: ReadonlyMap<string, string>;
}

/** Reads a supergraph of join v0.2 or later; root types are as the schema definition says. */
export function supergraphTypes(supergraph: DocumentNode): SupergraphTypes {
  const types = new Map<string, ComposedType>();
  const possible = new Map<string, Set<string>>();
  const graphs = new Map<string, string>();
  const add = (type: string, object: string) => {
    const known = possible.get(type);
    if (known === undefined) possible.set(type, new Set([object]));
    else known.add(object);
  };
  for (const definition of supergraph.definitions) {
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
      types.set(definition.name.value, definition);
      add(definition.name.value, definition.name.value);
      for (const { name } of definition.interfaces ?? []) add(name.value, definition.name.value);
    } else if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      types.set(definition.name.value, definition);
    } else if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
      for (const { name } of definition.types ?? []) add(definition.name.value, name.value);
    } else if (definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph') {
      for (const value of definition.values ?? []) {
        const graph = value.directives?.find(({ name }) => name.value === 'join__graph');
        graphs.set(value.name.value, textOf(graph, 'name') ?? value.name.value);
      }
    }
  }
  const none: ReadonlySet<string> = new Set();
  return {
    types,
    field: (type, field) => types.get(type)?.fields?.find(({ name }) => name.value === field),
    possible: (type) => possible.get(type) ?? none,
    graphs,
  };
}

/** All uses of one `join__` directive on a type or a field. */
export const joins = (node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }, name: string) =>
  (node.directives ?? []).filter((directive) => directive.name.value === name);

/** Text, enum value or `true`/`false` of a directive's argument; undefined where it is not given. */
export function textOf(directive: ConstDirectiveNode | undefined, argument: string): string | undefined {
  const value = directive?.arguments?.find(({ name }) => name.value === argument)?.value;
  if (value === undefined) return undefined;
  if (value.kind === Kind.STRING || value.kind === Kind.ENUM) return value.value;
  return value.kind === Kind.BOOLEAN ? String(value.value) : undefined;
}

/** The type's name without list and non-null. */
export function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

/** A federation field set (`id dimensions { weight }`, also written with braces around it) as a selection set. */
export function fieldSet(text: string): SelectionSetNode {
  const [operation] = parse(text.trim().startsWith('{') ? text : `{${text}}`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`Not a field set: ${text}`);
  return operation.selectionSet;
}

export const fieldSetText = (set: SelectionSetNode) => print(set).slice(1, -1).replace(/\s+/g, ' ').trim();
