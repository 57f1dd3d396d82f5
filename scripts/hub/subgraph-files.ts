import {
  type ConstDirectiveNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
  type TypeNode,
  valueFromASTUntyped,
} from 'graphql';
import { ownSdl } from '../../platform/subgraph/schema.ts';
import { subgraphNames } from '../compose.ts';

/** One subgraph's own part of the graph, as it lies in the tree. */
export interface SubgraphFile {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Without what all subgraphs share. */
  readonly sdl: string;
}

export const readSubgraphFiles = (): SubgraphFile[] =>
  subgraphNames().map((name) => {
    const file = `subgraphs/${name}/schema.graphql`;
    return { name, file, sdl: ownSdl(new URL(`../../${file}`, import.meta.url)) };
  });

export type ObjectNode = ObjectTypeDefinitionNode | ObjectTypeExtensionNode;

/** The object types of a subgraph, roots included. */
export const objectsOf = ({ sdl }: SubgraphFile): ObjectNode[] =>
  parse(sdl).definitions.filter(
    (node) => node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION,
  );

/** Names of the fields that a type's keys consist of. */
export function keyFields(type: ObjectNode): ReadonlySet<string> {
  return new Set(
    argumentsOf(type.directives, 'key').flatMap(({ fields }) => String(fields ?? '').match(/[A-Za-z_]\w*/g) ?? []),
  );
}

export const isEntity = (type: ObjectNode): boolean => keyFields(type).size > 0;

/** The arguments of each use of a directive. */
export const argumentsOf = (directives: readonly ConstDirectiveNode[] = [], name: string): Record<string, unknown>[] =>
  directives
    .filter((directive) => directive.name.value === name)
    .map((directive) =>
      Object.fromEntries(
        (directive.arguments ?? []).map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]),
      ),
    );

export const typeName = (type: TypeNode): string =>
  type.kind === Kind.NAMED_TYPE ? type.name.value : typeName(type.type);

export const isNullable = ({ type }: FieldDefinitionNode): boolean => type.kind !== Kind.NON_NULL_TYPE;

/** Which fields each mutation may change, by the `@writes` of all inputs that its arguments reach. */
export function writesByMutation(
  files: readonly SubgraphFile[],
  writes: ReadonlyMap<string, readonly string[]>,
): Map<string, ReadonlySet<string>> {
  const inputs = inputFields(files);
  const found = new Map<string, ReadonlySet<string>>();
  for (const mutation of files.flatMap(objectsOf).filter(({ name }) => name.value === 'Mutation')) {
    for (const act of mutation.fields ?? []) {
      const reached = reachedInputs(act, inputs);
      found.set(act.name.value, new Set(reached.flatMap((field) => writes.get(field) ?? [])));
    }
  }
  return found;
}

/** `Input.field` of every input field that an act's arguments reach. */
export function reachedInputs(act: FieldDefinitionNode, inputs: ReturnType<typeof inputFields>): string[] {
  const seen = new Set<string>();
  const reach = (name: string): string[] => {
    if (seen.has(name)) return [];
    seen.add(name);
    return (inputs.get(name) ?? []).flatMap((field) => [`${name}.${field.name}`, ...reach(field.type)]);
  };
  return (act.arguments ?? []).flatMap(({ type }) => reach(typeName(type)));
}

/** The fields of every input type, with the name of their type. */
export function inputFields(files: readonly SubgraphFile[]): Map<string, { name: string; type: string }[]> {
  const found = new Map<string, { name: string; type: string }[]>();
  for (const node of files.flatMap(({ sdl }) => parse(sdl).definitions)) {
    if (node.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION && node.kind !== Kind.INPUT_OBJECT_TYPE_EXTENSION) continue;
    const fields = (node.fields ?? []).map((field) => ({ name: field.name.value, type: typeName(field.type) }));
    found.set(node.name.value, [...(found.get(node.name.value) ?? []), ...fields]);
  }
  return found;
}
