import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphOf, type Subgraph } from './graphs.ts';

const depot: Subgraph = {
  sdl: `
    type Query { depot: Site, station: Site @shareable }
    type Site @key(fields: "id") { id: ID!, place: Place @shareable }
    type Place @shareable { stock: [Item!]! }
    union Item = Crate | Barrel
    type Crate @shareable { size(unit: String): String }
    type Barrel { litres(of: Int): Int, maker: Maker, lid: Lid }
    union Lid = Cork | Cap
    type Cork { soft: Boolean }
    type Cap { metal: String }
    type Maker @key(fields: "id") { id: ID! }
  `,
  resolvers: {
    Query: { depot: () => site('Crate', 'Barrel'), station: () => site('Crate') },
    Crate: { size: (_: unknown, { unit }: { unit?: string }) => `2 ${unit ?? 'm'}` },
    Barrel: {
      litres: (_: unknown, { of }: { of?: number }) => of ?? 200,
      maker: () => ({ id: 'm1' }),
      lid: () => ({ __typename: 'Cork', soft: true }),
    },
  },
};
const yard: Subgraph = {
  sdl: `
    type Query { yard: Site, station: Site @shareable }
    type Site @key(fields: "id") { id: ID!, place: Place @shareable }
    type Place @shareable { stock: [Item!]! }
    union Item = Crate | Log
    type Crate @shareable { size(unit: String): String }
    type Log { rings: Int }
    type Maker @key(fields: "id") { id: ID!, name: String }
  `,
  resolvers: {
    Query: { yard: () => site('Log', 'Crate'), station: () => site('Crate') },
    Crate: { size: () => 'large' },
    Log: { rings: () => 40 },
    Maker: { __resolveReference: (sent: object) => sent, name: () => 'Cooper' },
  },
};
const site = (...types: string[]) => ({ id: 's', place: { stock: types.map((__typename) => ({ __typename })) } });
const graph = graphOf({ depot, yard });

test('a member that one subgraph alone has comes back from it with what was asked for', async () => {
  const query = `{ depot { place { stock {
    __typename ... on Crate { size } ... on Barrel { litres } ... on Log { rings }
  } } } }`;
  const right = {
    depot: {
      place: {
        stock: [
          { __typename: 'Crate', size: '2 m' },
          { __typename: 'Barrel', litres: 200 },
        ],
      },
    },
  };
  assert.notDeepEqual((await graph.apollo(query)).data, right);
  assert.deepEqual(await graph.ours(query), { data: right, errors: [] });
});

test('each fetch gets its own members back, with aliases, variables, fragments and what lies below', async () => {
  const query = `query ($n: Int, $unit: String) { depot { ...all } yard { ...all } station { ...all } }
    fragment all on Site { place { stock { ... on Crate { size(unit: $unit) } ...barrel ... on Log { rings } } } }
    fragment barrel on Barrel { much: litres(of: $n) litres lid { ... on Cork { soft } ... on Cap { metal } } }`;
  assert.deepEqual(await graph.ours(query, { n: 7, unit: 'cm' }), {
    data: {
      depot: { place: { stock: [{ size: '2 cm' }, { much: 7, litres: 200, lid: { soft: true } }] } },
      yard: { place: { stock: [{ rings: 40 }, { size: 'large' }] } },
      station: { place: { stock: [{ size: '2 cm' }] } },
    },
    errors: [],
  });
});

test('a member that the fetching subgraph does not have is not asked of it', () => {
  const [fetch] = graph.fetches('{ yard { place { stock { ... on Barrel { litres } ... on Log { rings } } } } }');
  assert.match(fetch ?? '', /^yard: .*\.\.\.on Log\{rings\}/);
  assert.doesNotMatch(fetch ?? '', /Barrel/);
});

test('what that subgraph cannot answer of such a member itself is refused, and not left out', async () => {
  const query = '{ depot { place { stock { ... on Barrel { maker { name } } } } } }';
  await assert.rejects(graph.ours(query), /Barrel\.maker at "depot\.place\.stock"/);
});
