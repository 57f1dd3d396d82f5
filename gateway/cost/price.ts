import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { createInputCost } from './inputs.ts';
import { listSizeOf, type Page, pageOf } from './pages.ts';
import { type Amount, type Cost, dearest, type Given, nothing, spentAt, sum, times } from './points.ts';
import type { ResolvedIn } from './resolved-in.ts';
import type { CostRules } from './rules.ts';
import { createSelecting } from './selecting.ts';
import { createReader } from './values.ts';

/** What one operation costs, and the pages that it asks for. */
export interface Price {
  readonly cost: Cost;
  readonly pages: readonly Page[];
}

/** What the parts of a graph cost. */
export interface Tariff {
  readonly schema: GraphQLSchema;
  readonly rules: CostRules;
  readonly resolvedIn: ResolvedIn;
  /** Places among the points: 1 and the number of subgraphs. */
  readonly length: number;
  /** Entries of a list about which the schema says nothing. */
  readonly listSize: number;
}

/** What a mutation costs before anything in it is counted. */
const MUTATION = 10;

/** The field whose value is looked into. */
interface Asker {
  /** Place of the subgraph that gave it. */
  readonly home: number;
  /** Lists within that are as long as its arguments say. */
  readonly sized: { readonly fields: readonly string[]; readonly entries: Amount; readonly id: string } | undefined;
}

/**
 * Prices one validated operation, under known conditions: for each field its entries, times its weight and all within, and
 * its arguments. A field that is written twice counts once, and of the types that a value may be the dearest counts.
 * Introspection costs nothing: it reads no system.
 */
export function priceOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  conditions: ReadonlyMap<string, boolean>,
  { schema, rules: { weights, lists }, resolvedIn, length, listSize }: Tariff,
): Price {
  const selecting = createSelecting(document, conditions, schema);
  const reader = createReader(operation);
  const inputs = createInputCost(weights);
  const pages = new Map<FieldNode, Page>();
  const ids = new Map<SelectionSetNode, number>();
  const known = new Map<string, Cost>();

  const idsOf = (sets: readonly SelectionSetNode[]): string =>
    sets
      .map((set) => {
        const id = ids.get(set) ?? ids.size;
        ids.set(set, id);
        return id;
      })
      .join();

  /** All that is asked of an object of the type. */
  const within = (sets: readonly SelectionSetNode[], type: GraphQLObjectType, asker: Asker): Cost => {
    const key = `${type.name} ${asker.home} ${asker.sized?.id ?? ''} ${idsOf(sets)}`;
    let cost = known.get(key);
    if (cost === undefined) {
      const groups = selecting.fields(sets, type);
      cost = sum(
        groups.map((nodes) => ofField(nodes, type, asker)),
        length,
      );
      known.set(key, cost);
    }
    return cost;
  };

  const ofField = (nodes: readonly FieldNode[], parent: GraphQLObjectType, { home, sized }: Asker): Cost => {
    const [node] = nodes;
    const field = node && parent.getFields()[node.name.value];
    if (node === undefined || field === undefined) return nothing(length); // __typename, and introspection
    const coordinate = `${parent.name}.${field.name}`;
    const places = resolvedIn(parent.name, field.name);
    const place = places.includes(home) ? home : (places[0] ?? home);

    const size = listSizeOf(field, said(lists, parent, field.name));
    let entries: Amount = listSize;
    if (size !== undefined) {
      const asked = pageOf(node, field, size, { reader, otherwise: listSize });
      entries = asked.entries;
      if (asked.page !== undefined) pages.set(node, asked.page);
    }
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const sizes = size !== undefined && size.sizedFields.length > 0;
    const asker: Asker = {
      home: place,
      sized: sizes ? { fields: size.sizedFields, entries, id: `${coordinate} ${idsOf(sets.slice(0, 1))}` } : undefined,
    };
    const own = sizes ? listSize : entries;
    const count = manyOf(field.type, sized?.fields.includes(field.name) ? sized.entries : own);

    const named = getNamedType(field.type);
    const weight = said(weights, parent, field.name);
    const ofType = (type: GraphQLObjectType): Cost => {
      const each = weight ?? weights.get(type.name) ?? weights.get(named.name) ?? 1;
      return sum([spentAt(place, each, length), within(sets, type, asker)], length);
    };
    const each = isCompositeType(named)
      ? dearest(possible(named).map(ofType), length)
      : spentAt(place, weight ?? weights.get(named.name) ?? 0, length);
    return sum([times(count, each), ...ofArguments(node, field, coordinate, place)], length);
  };

  const ofArguments = (
    { arguments: given = [] }: FieldNode,
    { args }: GraphQLField<unknown, unknown>,
    coordinate: string,
    place: number,
  ): readonly Cost[] =>
    given.flatMap(({ name, value }) => {
      const argument = args.find((defined) => defined.name === name.value);
      if (argument === undefined || !inputs.mayCost(coordinate, argument)) return [];
      const asked = reader.value(value);
      const amount = (variables: Given) => inputs.of(coordinate, argument, asked.read(variables));
      return [spentAt(place, asked.constant ? amount({}) : amount, length)];
    });

  const possible = (type: GraphQLCompositeType): readonly GraphQLObjectType[] =>
    isObjectType(type) ? [type] : schema.getPossibleTypes(type);

  /** Lists in lists are as long as the schema's silence says. */
  const manyOf = (type: GraphQLOutputType, entries: Amount): Amount => {
    const levels = listLevels(type);
    if (levels === 0) return 1;
    const further = listSize ** (levels - 1);
    return typeof entries === 'number' ? entries * further : (given) => entries(given) * further;
  };

  const root = schema.getRootType(operation.operation);
  if (root == null) return { cost: nothing(length), pages: [] };
  const asked = within([selecting.staying(operation.selectionSet)], root, { home: 0, sized: undefined });
  const before = spentAt(0, operation.operation === 'mutation' ? MUTATION : 0, length);
  return { cost: sum([before, asked], length), pages: [...pages.values()] };
}

/** What is said of a field, or of the field of an interface that it implements. */
function said<Value>(by: ReadonlyMap<string, Value>, type: GraphQLObjectType, field: string): Value | undefined {
  for (const { name } of [type, ...type.getInterfaces()]) {
    const value = by.get(`${name}.${field}`);
    if (value !== undefined) return value;
  }
  return undefined;
}

function listLevels(type: GraphQLOutputType): number {
  const plain = getNullableType(type);
  return isListType(plain) ? 1 + listLevels(plain.ofType) : 0;
}
