import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphOf, type Subgraph } from './graphs.ts';

/** Graphs on which the base planner is right: the corrections must change no answer, and the proof refuse none. */

interface Sent {
  readonly __typename: string;
  readonly id: string;
}

const media: Subgraph = {
  sdl: `
    type Query { media: [Media!]!, shelf: Shelf @shareable, mixed: [Mixed!]! }
    interface Media @key(fields: "id") { id: ID!, title(short: Boolean): String, next: Media }
    type Book implements Media @key(fields: "id") { id: ID!, title(short: Boolean): String, next: Media, pages: Int }
    type Film implements Media @key(fields: "id") { id: ID!, title(short: Boolean): String, next: Media, minutes: Int }
    union Mixed = Book | Film | Note
    type Note @shareable { text: String }
    type Shelf @shareable { label: String, row: Row }
    type Row @shareable { number: Int }
  `,
  resolvers: {
    Query: {
      media: () => [thing('b1'), thing('f1')],
      shelf: () => ({ label: 'top', row: { number: 3 } }),
      mixed: () => [thing('b2'), { __typename: 'Note', text: 'a note' }],
    },
    Media: { __resolveReference: ({ id }: Sent) => thing(id) },
    Book: { __resolveReference: ({ id }: Sent) => thing(id), ...common() },
    Film: { __resolveReference: ({ id }: Sent) => thing(id), ...common() },
  },
};

function thing(id: string) {
  return { __typename: id.startsWith('b') ? 'Book' : 'Film', id, pages: 300, minutes: 90 };
}

function common() {
  return {
    title: ({ id }: Sent, { short }: { short?: boolean }) => `${id}${short ? '' : ' in full'}`,
    next: ({ id }: Sent) => thing(id === 'b1' ? 'f2' : 'b2'),
  };
}

const reviews: Subgraph = {
  sdl: `
    type Query { reviewed: [Media!]!, shelf: Shelf @shareable }
    type Media @key(fields: "id") @interfaceObject {
      id: ID!
      stars(of: Int): Int
      title(short: Boolean): String @external
      next: Media @external
      blurb: String @requires(fields: "title(short: true)")
      teaser: String @requires(fields: "title next { title(short: true) }")
    }
    type Shelf @shareable { label: String, row: Row, tidy: Boolean }
    type Row @shareable { number: Int }
  `,
  resolvers: {
    Query: { reviewed: () => [{ id: 'f1' }], shelf: () => ({ label: 'top', row: { number: 3 }, tidy: true }) },
    Media: {
      __resolveReference: (sent: object) => sent,
      stars: ({ id }: Sent, { of }: { of?: number }) => (of ?? 5) * Number(id.slice(1)),
      blurb: ({ title }: { title: string }) => `blurb of ${title}`,
      teaser: ({ title, next }: { title: string; next: { title: string } }) => `${title}, then ${next.title}`,
    },
  },
};

const graph = graphOf({ media, reviews });
const answers = async (query: string, data: unknown, variables?: Record<string, unknown>) =>
  assert.deepEqual(await graph.ours(query, variables), { data, errors: [] });

test('fields of an interface object, for all that implement it and for one type alone', async () => {
  await answers('{ media { __typename stars ... on Book { pages } ... on Film { minutes long: stars(of: 10) } } }', {
    media: [
      { __typename: 'Book', stars: 5, pages: 300 },
      { __typename: 'Film', stars: 5, minutes: 90, long: 10 },
    ],
  });
});

test('the true type behind an interface object', async () => {
  await answers('{ reviewed { __typename stars ... on Film { minutes } ... on Book { pages } } }', {
    reviewed: [{ __typename: 'Film', stars: 5, minutes: 90 }],
  });
});

test('an interface object that requires an interface field with arguments, beside the client who wants it otherwise', async () => {
  await answers('{ media { title(short: false) blurb teaser } reviewed { blurb teaser } }', {
    media: [
      { title: 'b1 in full', blurb: 'blurb of b1', teaser: 'b1 in full, then f2' },
      { title: 'f1 in full', blurb: 'blurb of f1', teaser: 'f1 in full, then b2' },
    ],
    reviewed: [{ blurb: 'blurb of f1', teaser: 'f1 in full, then b2' }],
  });
});

test('shared values, unions, and names by variable', async () => {
  await answers(
    `query ($of: Int) { shelf { label tidy row { number } } mixed { ...book ... on Note { text } } }
      fragment book on Book { stars(of: $of) ...following }
      fragment following on Media { next { title } }`,
    {
      shelf: { label: 'top', tidy: true, row: { number: 3 } },
      mixed: [{ stars: 4, next: { title: 'b2 in full' } }, { text: 'a note' }],
    },
    { of: 2 },
  );
});

const measures: Subgraph = {
  sdl: `
    type Query { crates: [Crate!]! }
    type Crate @key(fields: "id") { id: ID!, length(unit: String): Int, packing: Packing }
    type Packing @shareable { material: String }
  `,
  resolvers: {
    Query: { crates: () => [{ id: '1' }] },
    Crate: {
      __resolveReference: (sent: object) => sent,
      length: (_: unknown, { unit }: { unit?: string }) => (unit === 'mm' ? 1000 : 1),
      packing: () => ({ material: 'wood' }),
    },
  },
};
const volumes: Subgraph = {
  sdl: `
    type Crate @key(fields: "id") {
      id: ID!
      length(unit: String): Int @external
      volume(power: Int): Int @requires(fields: "length(unit: \\"mm\\")")
    }
  `,
  resolvers: {
    Crate: {
      __resolveReference: (sent: object) => sent,
      volume: ({ length }: { length: number }, { power }: { power?: number }) => length ** (power ?? 1),
    },
  },
};
const costs: Subgraph = {
  sdl: `
    type Crate @key(fields: "id") {
      id: ID!
      volume(power: Int): Int @external
      length(unit: String): Int @external
      cost: Int @requires(fields: "volume(power: 2) length(unit: \\"m\\")")
      discount: Int @requires(fields: "volume(power: 0)")
    }
  `,
  resolvers: {
    Crate: {
      __resolveReference: (sent: object) => sent,
      cost: ({ volume, length }: { volume: number; length: number }) => volume + length,
      discount: ({ volume }: { volume: number }) => volume,
    },
  },
};

test('a required field may require others itself, each with the arguments that its @requires names', async () => {
  const chain = graphOf({ measures, volumes, costs });
  const right = { crates: [{ length: 1, volume: 1000, cost: 1_000_001, discount: 1, packing: { material: 'wood' } }] };
  const query = '{ crates { length volume cost discount packing { material } } }';
  assert.deepEqual(await chain.ours(query), { data: right, errors: [] });
  assert.notDeepEqual((await chain.apollo(query)).data, right);
});
