import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, type GraphQLSchema, parse, validate } from 'graphql';
import type { Subgraph } from '../equality/runner.ts';

/** Fields by name: a value, or a function of the arguments. A row's own function fields see the row as `this`. */
export type Row = Record<string, unknown>;

export interface Part {
  readonly sdl: string;
  readonly subgraph: Subgraph;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible", "@tag", "@interfaceObject", "@composeDirective", "@extends", "@context", "@fromContext"])`;

/**
 * One subgraph of a case.
 * @param values by type: for `Query` and `Mutation` the root fields; for an entity its rows, found by what a representation
 *   holds of them. What a representation holds beyond, such as required fields, is put into the row. An entity without rows
 *   is its representation.
 * @param link false for SDL that brings its own link, or none as in federation 1
 */
export function part(sdl: string, values: Readonly<Record<string, Row | readonly Row[]>> = {}, link = true): Part {
  const text = link ? `${LINK}\n${sdl}` : sdl;
  const schema = buildSubgraphSchema({ typeDefs: parse(text), resolvers: resolversOf(text, values) as never }); // typed as unknown there
  return { sdl: text, subgraph: (query, variables) => run(schema, query, variables) };
}

async function run(schema: GraphQLSchema, query: string, variables: Readonly<Record<string, unknown>>) {
  const document = parse(query);
  const errors = validate(schema, document);
  if (errors.length > 0) throw new Error(`A fetch is not valid: ${errors[0]?.message}\n${query}`);
  return execute({ schema, document, variableValues: { ...variables } });
}

function resolversOf(sdl: string, values: Readonly<Record<string, Row | readonly Row[]>>) {
  const resolvers: Record<string, Row> = {};
  for (const definition of parse(sdl).definitions) {
    if (!('name' in definition) || definition.name === undefined || !('fields' in definition)) continue;
    const type = definition.name.value;
    const isRoot = type === 'Query' || type === 'Mutation';
    const given = values[type];
    if (isRoot)
      resolvers[type] = rootResolvers(given as Row | undefined); // roots are given as one row
    else if (definition.directives?.some(({ name }) => name.value === 'key')) {
      const rows = given as readonly Row[] | undefined; // entities are given as rows
      resolvers[type] = { __resolveReference: (reference: Row) => (rows ? found(rows, reference) : reference) };
    }
  }
  return resolvers;
}

const rootResolvers = (row: Row = {}): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'function' ? (_source: unknown, args: unknown) => value(args) : () => value,
    ]),
  );

function found(rows: readonly Row[], reference: Row): Row | null {
  const row = rows.find((candidate) => fits(candidate, reference));
  return row === undefined ? null : { ...reference, ...row };
}

const fits = (row: Row, reference: Row): boolean =>
  Object.entries(reference).every(([name, value]) => {
    const own = row[name];
    if (name === '__typename' || !(name in row) || typeof own === 'function') return true;
    if (typeof own !== 'object' || own === null) return own === value;
    return typeof value === 'object' && value !== null && fits(own as Row, value as Row); // both are objects
  });
