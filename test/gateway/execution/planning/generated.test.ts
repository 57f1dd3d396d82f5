import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  execute,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isObjectType,
  isUnionType,
  parse,
  validate,
} from 'graphql';
import { type GeneratedGraph, generatedGraph, type Random, randomOf } from './generated-graph.ts';
import { graphOf } from './graphs.ts';

const GRAPHS = Number(process.env.PLANNED_GRAPHS ?? 12);
const QUERIES = 12;
const FIRST = Number(process.env.PLANNED_FROM ?? 1);

test('generated graphs answer generated requests as one server with all the fields would', async (t) => {
  let asked = 0;
  for (let seed = FIRST; seed < FIRST + GRAPHS; seed++) {
    const random = randomOf(seed);
    const generated = generatedGraph(random);
    const graph = graphOf(generated.parts);
    const root = graph.planner.schema.getQueryType();
    assert.ok(root);
    for (let query = 0; query < QUERIES; query++) {
      const text: string = `{ ${selection(graph.planner.schema, root, 4, random)} }`;
      if (validate(graph.planner.schema, parse(text)).length > 0) continue; // two fields of one name
      asked += 1;
      const right = await whole(graph.planner.schema, text, generated);
      const ours: unknown = await graph
        .ours(text)
        .catch((error: Error) => ({ data: null, errors: [error.stack ?? ''] }));
      assert.deepEqual(
        ours,
        { data: right, errors: [] },
        `seed ${seed}: ${text}\n${Object.values(generated.parts)
          .map(({ sdl }) => sdl)
          .join('\n')}`,
      );
    }
  }
  t.diagnostic(`${asked} requests over ${GRAPHS} graphs`);
  assert.ok(asked > GRAPHS * QUERIES * 0.3, 'most generated requests are invalid');
});

async function whole(schema: GraphQLSchema, text: string, { value }: GeneratedGraph): Promise<unknown> {
  const { data, errors } = await execute({
    schema,
    document: parse(text),
    fieldResolver: (source, args, _context, { parentType, fieldName }) =>
      fieldName.startsWith('unused') ? null : value(parentType.name, source, fieldName, args),
    typeResolver: ({ __typename }: { __typename: string }) => __typename,
  });
  assert.equal(errors, undefined);
  return JSON.parse(JSON.stringify(data));
}

/** A random selection. Names that clients give are those of other fields, which is where mistakes hide. */
function selection(schema: GraphQLSchema, type: GraphQLCompositeType, depth: number, random: Random): string {
  const parts: string[] = [];
  if (!isUnionType(type)) {
    for (const field of Object.values(type.getFields())) {
      if (random(type.name === 'Query' ? 2 : 3) > 0) continue;
      const named = getNamedType(field.type);
      const below = isCompositeType(named)
        ? depth > 0
          ? ` { ${selection(schema, named, depth - 1, random)} }`
          : ''
        : ' ';
      if (below === '') continue;
      const alias = random(3) === 0 ? `${['id', 'f', 'g', 'h', 'k', 'a', 'b'][random(7)]}: ` : '';
      const args = field.args.length > 0 && random(2) === 0 ? `(x: ${random(3)})` : '';
      parts.push(`${alias}${field.name}${args}${below}`);
    }
  }
  if (!isObjectType(type)) {
    for (const object of schema.getPossibleTypes(type)) {
      if (random(2) === 0) parts.push(`... on ${object.name} { ${selection(schema, object, depth - 1, random)} }`);
    }
  }
  if (parts.length === 0 || random(4) === 0) parts.push('__typename');
  return parts.join(' ');
}
