import { tryCases } from './cases.ts';
import { part } from './part.ts';

/** A row of a subgraph that computes `name` from what its representation holds. */
const computed = (name: string, of: (row: Record<string, unknown>) => unknown) => ({
  [name](this: Record<string, unknown>) {
    return of(this);
  },
});
const shown = (value: unknown) => JSON.stringify(value, (_key, inner) => (inner === undefined ? 'MISSING' : inner));

const goods = part(
  `type Query { goods: [Good!]! first: Good }
   type Good @key(fields: "id") { id: ID! weight: Int price(currency: String = "EUR"): Int size: Size parts: [Part!] maker: Maker kind: Kind any: Any }
   type Size @shareable { w: Int h: Int }
   type Part @shareable { name: String! grams: Int }
   type Maker @key(fields: "id") { id: ID! country: String }
   enum Kind { HARD SOFT } scalar Any`,
  (() => {
    const price = ({ currency }: { currency: string }) => (currency === 'USD' ? 120 : 100);
    const g1 = {
      id: '1',
      weight: 10,
      price,
      size: { w: 2, h: 3 },
      parts: [
        { name: 'a', grams: 1 },
        { name: 'b', grams: null },
      ],
      maker: { id: 'm', country: 'CH' },
      kind: 'HARD',
      any: { deep: [1, { x: null }] },
    };
    const g2 = { id: '2', weight: null, price, size: null, parts: [], maker: null, kind: null, any: null };
    return { Query: { goods: [g1, g2, g1], first: g1 }, Good: [g1, g2], Maker: [{ id: 'm', country: 'CH' }] };
  })(),
);
const good = (
  field: string,
  requires: string,
  external: string,
  of: (row: Record<string, unknown>) => unknown,
  types = '',
) =>
  part(
    `type Good @key(fields: "id") { id: ID! ${external} ${field}: String @requires(fields: ${JSON.stringify(requires)}) } ${types}`,
    { Good: [computed(field, of)] },
  );

tryCases([
  {
    name: 'what a field requires is brought, also where it is null',
    parts: { goods, post: good('cost', 'weight', 'weight: Int @external', ({ weight }) => `${weight} kg`) },
    asks: [
      {
        query: '{ goods { cost } }',
        data: { goods: [{ cost: '10 kg' }, { cost: 'null kg' }, { cost: '10 kg' }] },
        fetches: { goods: 1, post: 1 },
      },
      { query: '{ first { weight: id cost } }', data: { first: { weight: '1', cost: '10 kg' } } },
    ],
    apolloFails: 'it takes the alias for what is required',
  },
  {
    name: 'what is required within objects and lists',
    parts: {
      goods,
      post: good(
        'label',
        'size { h } parts { name }',
        'size: Size @external parts: [Part!] @external',
        ({ size, parts }) => shown({ size, parts }),
        'type Size @shareable { w: Int h: Int } type Part @shareable { name: String! grams: Int }',
      ),
    },
    asks: [
      {
        query: '{ goods { label } }',
        data: {
          goods: [
            { label: '{"size":{"h":3},"parts":[{"name":"a"},{"name":"b"}]}' },
            { label: '{"size":null,"parts":[]}' },
            { label: '{"size":{"h":3},"parts":[{"name":"a"},{"name":"b"}]}' },
          ],
        },
      },
      {
        query: '{ first { size { w } parts { grams } label } }',
        data: {
          first: {
            size: { w: 2 },
            parts: [{ grams: 1 }, { grams: null }],
            label: '{"size":{"h":3},"parts":[{"name":"a"},{"name":"b"}]}',
          },
        },
      },
    ],
  },
  {
    name: 'what is required of another entity',
    parts: {
      goods,
      post: good(
        'duty',
        'maker { country }',
        'maker: Maker @external',
        ({ maker }) => shown(maker),
        'type Maker @key(fields: "id") { id: ID! country: String @external }',
      ),
    },
    asks: [
      {
        query: '{ goods { duty } }',
        data: { goods: [{ duty: '{"country":"CH"}' }, { duty: 'null' }, { duty: '{"country":"CH"}' }] },
      },
    ],
  },
  {
    name: 'enums and custom scalars are required as they are',
    parts: {
      goods,
      post: good(
        'note',
        'kind any',
        'kind: Kind @external any: Any @external',
        ({ kind, any }) => shown({ kind, any }),
        'enum Kind { HARD SOFT } scalar Any',
      ),
    },
    asks: [
      {
        query: '{ goods { note } }',
        data: {
          goods: [
            { note: '{"kind":"HARD","any":{"deep":[1,{"x":null}]}}' },
            { note: '{"kind":null,"any":null}' },
            { note: '{"kind":"HARD","any":{"deep":[1,{"x":null}]}}' },
          ],
        },
      },
    ],
  },
  {
    name: 'a chain: what is required requires something itself',
    parts: {
      goods,
      one: good('cost', 'weight', 'weight: Int @external', ({ weight }) => `${weight} kg`),
      two: good('offer', 'cost', 'cost: String @external', ({ cost }) => `offer ${cost}`),
      three: good(
        'mail',
        'offer cost',
        'offer: String @external cost: String @external',
        ({ offer, cost }) => `mail ${offer} ${cost}`,
      ),
    },
    asks: [
      {
        query: '{ first { mail } }',
        data: { first: { mail: 'mail offer 10 kg 10 kg' } },
        fetches: { goods: 1, one: 1, two: 1, three: 1 },
      },
    ],
  },
  {
    name: 'two subgraphs that require of each other in turn',
    parts: {
      ping: part(
        `type Query { item: Item } type Item @key(fields: "id") { id: ID! a: String b: String @external c: String @requires(fields: "b") d: String @external e: String @requires(fields: "d") }`,
        {
          Query: { item: { id: '1', a: 'a' } },
          Item: [{ a: 'a', ...computed('c', ({ b }) => `c(${b})`), ...computed('e', ({ d }) => `e(${d})`) }],
        },
      ),
      pong: part(
        `type Item @key(fields: "id") { id: ID! a: String @external b: String @requires(fields: "a") c: String @external d: String @requires(fields: "c") }`,
        { Item: [{ ...computed('b', ({ a }) => `b(${a})`), ...computed('d', ({ c }) => `d(${c})`) }] },
      ),
    },
    asks: [
      { query: '{ item { e } }', data: { item: { e: 'e(d(c(b(a))))' } } },
      {
        query: '{ item { a b c d e } }',
        data: { item: { a: 'a', b: 'b(a)', c: 'c(b(a))', d: 'd(c(b(a)))', e: 'e(d(c(b(a))))' } },
      },
    ],
    apolloFails: 'its plan asks a subgraph for what is external there',
  },
  {
    name: 'a field is required with arguments',
    parts: {
      goods,
      post: good(
        'dollars',
        'price(currency: "USD")',
        'price(currency: String = "EUR"): Int @external',
        ({ price }) => `$${price}`,
      ),
    },
    asks: [{ query: '{ first { dollars } }', data: { first: { dollars: '$120' } } }],
  },
  {
    name: 'the client asks with other arguments for what is required with arguments',
    parts: {
      goods,
      post: good(
        'dollars',
        'price(currency: "USD")',
        'price(currency: String = "EUR"): Int @external',
        ({ price }) => `$${price}`,
      ),
    },
    asks: [
      { query: '{ first { price(currency: "EUR") dollars } }', data: { first: { price: 100, dollars: '$120' } } },
      { query: '{ first { dollars price } }', data: { first: { dollars: '$120', price: 100 } } },
      {
        query: 'query($c: String) { first { price(currency: $c) dollars usd: price(currency: "USD") } }',
        variables: { c: 'EUR' },
        data: { first: { price: 100, dollars: '$120', usd: 120 } },
      },
    ],
    apolloFails: 'it asks once, with one of both arguments',
  },
  {
    name: 'two fields require one field with arguments that differ',
    parts: {
      goods,
      one: good(
        'dollars',
        'price(currency: "USD")',
        'price(currency: String = "EUR"): Int @external',
        ({ price }) => `$${price}`,
      ),
      two: good(
        'euros',
        'price(currency: "EUR")',
        'price(currency: String = "EUR"): Int @external',
        ({ price }) => `${price} EUR`,
      ),
    },
    asks: [
      { query: '{ first { dollars euros } }', data: { first: { dollars: '$120', euros: '100 EUR' } } },
      {
        query: '{ goods { euros dollars price } }',
        data: {
          goods: [
            { euros: '100 EUR', dollars: '$120', price: 100 },
            { euros: '100 EUR', dollars: '$120', price: 100 },
            { euros: '100 EUR', dollars: '$120', price: 100 },
          ],
        },
      },
    ],
    apolloFails: 'it asks once, with one of both arguments',
  },
  {
    name: 'what is required of a union and of an interface, by type',
    parts: {
      media: part(
        `type Query { shelf: [Shelf!] } type Shelf @key(fields: "id") { id: ID! top: Media any: Titled }
         union Media = Book | Film
         interface Titled { title: String }
         type Book implements Titled @shareable { title: String pages: Int } type Film implements Titled @shareable { title: String minutes: Int }`,
        {
          Query: {
            shelf: [
              {
                id: '1',
                top: { __typename: 'Book', pages: 9, title: 'B' },
                any: { __typename: 'Film', minutes: 90, title: 'F' },
              },
              { id: '2', top: { __typename: 'Film', minutes: 90, title: 'F' }, any: null },
            ],
          },
        },
      ),
      index: part(
        `type Shelf @key(fields: "id") { id: ID! top: Media @external any: Titled @external
           card: String @requires(fields: "top { ... on Book { pages } ... on Film { title } } any { title ... on Film { minutes } }") }
         union Media = Book | Film
         interface Titled { title: String }
         type Book implements Titled @shareable { title: String pages: Int } type Film implements Titled @shareable { title: String minutes: Int }`,
        {
          Shelf: [
            computed('card', ({ top, any }) =>
              shown(
                [top, any].map(
                  (one) =>
                    one &&
                    Object.fromEntries(
                      Object.entries(one)
                        .filter(([name]) => name !== '__typename')
                        .sort(),
                    ),
                ),
              ),
            ),
          ],
        },
      ),
    },
    asks: [
      {
        query: '{ shelf { card } }',
        data: { shelf: [{ card: '[{"pages":9},{"minutes":90,"title":"F"}]' }, { card: '[{"title":"F"},null]' }] },
      },
    ],
  },
  {
    name: 'a root field of the subgraph itself still needs what its entity requires',
    parts: {
      goods,
      post: part(
        'type Query { last: Good } type Good @key(fields: "id") { id: ID! weight: Int @external cost: String @requires(fields: "weight") }',
        { Query: { last: { id: '1', cost: 'too early' } }, Good: [computed('cost', ({ weight }) => `${weight} kg`)] },
      ),
    },
    asks: [{ query: '{ last { cost } }', data: { last: { cost: '10 kg' } } }],
  },
  {
    name: 'a field that failed is required: null, one error for it, and the rest',
    parts: {
      broken: part('type Query { first: Good } type Good @key(fields: "id") { id: ID! weight: Int! name: String }', {
        Query: { first: { id: '1', name: 'n' } },
        Good: [
          {
            id: '1',
            weight: () => {
              throw new Error('no scale');
            },
            name: 'n',
          },
        ],
      }),
      extra: part('type Query { other: Good } type Good @key(fields: "id") { id: ID! colour: String }', {
        Query: { other: { id: '1', colour: 'red' } },
        Good: [{ id: '1', colour: 'red' }],
      }),
      post: good('cost', 'weight', 'weight: Int! @external', ({ weight }) => `${weight} kg`),
    },
    asks: [
      {
        query: '{ first: other { id: colour cost } }',
        data: { first: { id: 'red', cost: null } },
        errors: ['first.cost'],
      },
      {
        query: '{ other { colour cost } }',
        data: { other: { colour: 'red', cost: null } },
        errors: ['other.cost'],
        fetches: { post: 0 },
      },
    ],
    apolloFails: 'its only error is at a field that nobody asked for',
  },
]);
