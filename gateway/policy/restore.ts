import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import type { Cut } from './authorize.ts';

type Path = readonly (string | number)[];
type Data = Record<string, unknown>;

/** What climbs when a field that may not be null was denied. */
const CLIMBS = Symbol('a null that has to climb');

/**
 * Puts the answer to a cut operation back into the shape that was asked for: each denied field that would have been
 * executed is null, with one error for each place in the operation, at its first path. A null in a field that is never
 * null climbs, as in any GraphQL answer.
 */
export function restore(
  cut: Cut,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  data: Data | null,
  schema: GraphQLSchema,
): { data: Data | null; errors: GraphQLError[] } {
  const root = schema.getRootType(operation.operation);
  if (data === null || root == null) return { data, errors: [] };
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of cut.original.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  const errors = new Map<string, GraphQLError>();

  const objectOf = (
    type: GraphQLObjectType,
    fields: ReadonlyMap<string, readonly FieldNode[]>,
    value: Data,
    path: Path,
  ): Data | typeof CLIMBS => {
    const out: Data = {};
    for (const [name, nodes] of fields) {
      const allowed = nodes.filter((node) => !cut.nodes.has(node));
      const here = [...path, name];
      const definition = type.getFields()[nodes[0]?.name.value ?? ''];
      let result: unknown;
      if (allowed.length === 0) {
        deny(here);
        result = null;
      } else if (definition === undefined) {
        result = value[name]; // __typename and introspection
      } else {
        result = complete(definition.type, allowed, value[name] ?? null, here);
      }
      if (result === CLIMBS || (result === null && definition !== undefined && isNonNullType(definition.type))) {
        return CLIMBS;
      }
      out[name] = result;
    }
    return out;
  };

  const complete = (type: GraphQLOutputType, nodes: readonly FieldNode[], value: unknown, path: Path): unknown => {
    const nullable = getNullableType(type);
    const settle = (result: unknown) => (result === CLIMBS && !isNonNullType(type) ? null : result);
    if (value === null || isLeafType(nullable)) return value;
    if (isListType(nullable)) {
      if (!Array.isArray(value)) return value;
      const entries = value.map((entry, index) => complete(nullable.ofType, nodes, entry, [...path, index]));
      const climbs = entries.some((entry) => entry === CLIMBS || (entry === null && isNonNullType(nullable.ofType)));
      return settle(climbs ? CLIMBS : entries);
    }
    if (typeof value !== 'object') return value;
    const record = value as Data; // not a leaf, not a list, not null
    const runtime = isObjectType(nullable) ? nullable : schema.getType(String(record[cut.typeAlias]));
    if (!isObjectType(runtime)) return settle(CLIMBS); // unknown type: nothing may be shown
    return settle(objectOf(runtime, collectSubfields(schema, fragments, variables, runtime, nodes), record, path));
  };

  const deny = (path: Path) => {
    const place = path.filter((step) => typeof step === 'string').join('.');
    if (errors.has(place)) return;
    errors.set(
      place,
      new GraphQLError('Your key does not allow this field', {
        path: [...path],
        extensions: { code: 'FORBIDDEN_FIELD', retryable: false },
      }),
    );
  };

  const fields = collectFields(schema, fragments, variables, root, operation.selectionSet);
  const restored = objectOf(root, fields, data, []);
  return { data: restored === CLIMBS ? null : restored, errors: [...errors.values()] };
}
