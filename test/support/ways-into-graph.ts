import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from 'graphql';

/** A way that leads to a type of a subgraph, and what of the port it asks. */
export interface Way {
  /** A query of what is selected at the type. */
  readonly query: (selection: string) => string;
  /** Methods that it asks whatever is selected. */
  readonly asks: ReadonlySet<string>;
  /** Those of them whose answers the things of the type are. */
  readonly gives: ReadonlySet<string>;
}

/** By type; under `<type> by its key` the one way by which references to it are resolved. */
export type Ways = ReadonlyMap<string, readonly Way[]>;

/** Asks the subgraph, and says which methods of its port were called. */
export type Ask = (query: string) => Promise<{ readonly methods: ReadonlySet<string>; readonly data: unknown }>;
type Selects = Way['query'];

/** Selected beside anything else: shows that a thing of the type was there. */
export const MARK = 'reached: __typename';
/** Values of arguments that must be given. */
const GIVEN: Readonly<Record<string, string>> = { currency: '"EUR"' };
const KEYS = ['id', 'sku', 'serialNumber'];

/** Every way to each type: from the references to begin with and from `Query`, by each field that leads to it, and by its key. */
export async function waysInto(
  schema: GraphQLSchema,
  ask: Ask,
  begin: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>,
): Promise<Ways> {
  const ways = new Map<string, Way[]>();
  const queue: [GraphQLObjectType, Way][] = [];
  const add = async (type: string, query: Selects, from: Way | null): Promise<Way> => {
    const { methods: asks } = await ask(query(MARK));
    const own = without(asks, from?.asks);
    const way = { query, asks, gives: own.size > 0 ? own : (from?.gives ?? own) };
    ways.set(type, [...(ways.get(type) ?? []), way]);
    return way;
  };
  /** By each field of a type that leads to another one. */
  const follow = async (type: GraphQLObjectType, query: Selects, from: Way | null) => {
    for (const field of Object.values(type.getFields())) {
      if (field.name.startsWith('_') || mustBeGiven(field).some((one) => !(one in GIVEN))) continue;
      const [target, wrapped] = listedIn(field);
      if (target === null || target.name in begin) continue;
      const isNew = !ways.has(target.name);
      const way = await add(
        target.name,
        (selection) => query(`${field.name}${argumentsOf(field)} { ${wrapped(selection)} }`),
        from,
      );
      if (isNew) queue.push([target, way]);
    }
  };
  for (const [name, references] of Object.entries(begin)) {
    const type = schema.getType(name) as GraphQLObjectType; // whoever asks names types of the schema
    queue.push([type, await add(name, (selection) => entities(name, references, selection), null)]);
  }
  const query = schema.getQueryType();
  if (query) await follow(query, (selection) => `{ ${selection} }`, null);
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [type, way] = next;
    await follow(type, way.query, way);
    const one = firstReached((await ask(way.query(`${MARK} ${plainFieldsOf(type).join(' ')}`))).data, type.name);
    if (one === null || type.name in begin) continue;
    const key = KEYS.find((name) => name in one);
    if (isResolvable(type) && key !== undefined) {
      const references = [{ [key]: String(one[key]) }];
      const byKey = await add(type.name, (selection) => entities(type.name, references, selection), null);
      ways.set(`${type.name} by its key`, [byKey]);
    }
    for (const field of Object.values(query?.getFields() ?? {})) {
      const given = mustBeGiven(field);
      if (getNamedType(field.type) !== type || given.length === 0 || !given.every((name) => name in one)) continue;
      const told = given.map((name) => `${name}: ${JSON.stringify(one[name])}`).join(' ');
      await add(type.name, (selection) => `{ ${field.name}(${told}) { ${selection} } }`, null);
    }
  }
  return ways;
}

/** A field as it is asked for alone. */
export const selected = (field: GraphQLField<unknown, unknown>): string =>
  `${field.name}${argumentsOf(field)}${isLeafType(getNamedType(field.type)) ? '' : ' { __typename }'}`;

export const without = (methods: ReadonlySet<string>, others: ReadonlySet<string> = new Set()): ReadonlySet<string> =>
  new Set([...methods].filter((method) => !others.has(method)));

/** The first thing of a type in an answer, by its mark. */
export function firstReached(data: unknown, type: string): Record<string, unknown> | null {
  if (typeof data !== 'object' || data === null) return null;
  if ('reached' in data && data.reached === type) return data as Record<string, unknown>;
  for (const inner of Object.values(data)) {
    const found = firstReached(inner, type);
    if (found !== null) return found;
  }
  return null;
}

const entities = (type: string, references: readonly Readonly<Record<string, string>>[], selection: string): string => {
  const told = references.map((one) => {
    const key = Object.entries(one).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    return `{ __typename: "${type}" ${key.join(' ')} }`;
  });
  return `{ _entities(representations: [${told.join(' ')}]) { ... on ${type} { ${selection} } } }`;
};

const plainFieldsOf = (type: GraphQLObjectType): string[] =>
  Object.values(type.getFields())
    .filter(({ type: of, args }) => isLeafType(getNamedType(of)) && args.length === 0)
    .map(({ name }) => name);

const mustBeGiven = ({ args }: GraphQLField<unknown, unknown>): string[] =>
  args.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined).map(({ name }) => name);

const argumentsOf = (field: GraphQLField<unknown, unknown>): string => {
  const given = mustBeGiven(field).map((name) => `${name}: ${GIVEN[name]}`);
  return given.length === 0 ? '' : `(${given.join(' ')})`;
};

/** The type that a field leads to, through a connection where it is one. */
function listedIn({ type }: GraphQLField<unknown, unknown>): [GraphQLObjectType | null, Selects] {
  const named = getNamedType(type);
  if (!isObjectType(named)) return [null, (selection) => selection];
  const nodes = named.getFields().nodes;
  if (!named.name.endsWith('Connection') || nodes === undefined) return [named, (selection) => selection];
  return [getNamedType(nodes.type) as GraphQLObjectType, (selection) => `nodes { ${selection} }`]; // nodes are objects
}

/** Whether the subgraph finds one by its key. */
const isResolvable = ({ extensions }: GraphQLObjectType): boolean =>
  (extensions as { apollo?: { subgraph?: { resolveReference?: unknown } } }).apollo?.subgraph?.resolveReference !==
  undefined;
