import { tryCases } from './cases.ts';
import { part } from './part.ts';

const any = (value: unknown) => ({ id: '1', any: value });
const source = (value: unknown) =>
  part('scalar Any type Query { thing: Thing } type Thing @key(fields: "id") { id: ID! any: Any }', {
    Query: { thing: any(value) },
    Thing: [any(value)],
  });
const reader = part(
  'scalar Any type Thing @key(fields: "id") { id: ID! any: Any @external copy: Any @requires(fields: "any") }',
  {
    Thing: [
      {
        copy(this: { any: unknown }) {
          return this.any;
        },
      },
    ],
  },
);

const VALUES: readonly unknown[] = [
  0,
  -0.5,
  1e21,
  5e-324,
  1.7976931348623157e308,
  2 ** 53,
  2 ** 63,
  true,
  false,
  '',
  'ü ☃ 𝄞',
  '\ud800',
  '\udc00 \ud800',
  '\u0000\u001f\u007f\u2028\u2029',
  '"\\/\b\f\n\r\t',
  '</script>',
  [],
  {},
  [[[[[1]]]]],
  [null],
  { a: null },
  { __typename: 'Other', id: 'x' },
  { constructor: { prototype: 1 }, toString: 'x' },
  JSON.parse('{"__proto__": {"polluted": true}}'),
  { '': 1, ' ': 2, 'a.b': 3, '0': 4 },
  [{ id: 1 }, [{ id: 2 }]],
  'x'.repeat(100_000),
];

tryCases([
  ...VALUES.map((value) => {
    const text = JSON.stringify(value);
    return {
      name: `a custom scalar goes through unchanged: ${text.length > 60 ? `${text.slice(0, 20)}... (${text.length})` : text}`,
      parts: { source: source(value), reader },
      asks: [
        {
          query: '{ thing { any copy x: any } }',
          data: { thing: { any: JSON.parse(text), copy: JSON.parse(text), x: JSON.parse(text) } },
        },
      ],
    };
  }),
  {
    name: 'numbers at their limits',
    parts: {
      a: part('type Query { ints: [Int] floats: [Float] ids: [ID] }', {
        Query: {
          ints: [2147483647, -2147483648, 0],
          floats: [0.1, 1e300, -5e-324, 3, 123456789012345680000],
          ids: ['1', '007', 'ü', ''],
        },
      }),
    },
    asks: [
      {
        query: '{ ints floats ids }',
        data: {
          ints: [2147483647, -2147483648, 0],
          floats: [0.1, 1e300, -5e-324, 3, 123456789012345680000],
          ids: ['1', '007', 'ü', ''],
        },
      },
    ],
  },
  {
    name: 'lists of lists of entities, with nulls at every level',
    parts: {
      a: part('type Query { deep: [[[Thing]]] } type Thing @key(fields: "id") { id: ID! }', {
        Query: { deep: [[[{ id: '1' }, null], null, []], null, [], [[{ id: '2' }], [{ id: '1' }]]] },
      }),
      b: part('type Thing @key(fields: "id") { id: ID! grid: [[Int]!] }', {
        Thing: [
          { id: '1', grid: [[1, null], []] },
          { id: '2', grid: null },
        ],
      }),
    },
    asks: [
      {
        query: '{ deep { grid } }',
        data: {
          deep: [
            [[{ grid: [[1, null], []] }, null], null, []],
            null,
            [],
            [[{ grid: null }], [{ grid: [[1, null], []] }]],
          ],
        },
        fetches: { b: 1 },
      },
    ],
  },
  {
    name: 'scalars of the hub mean nothing in another graph',
    parts: {
      a: part('scalar Date scalar JSON scalar Decimal type Query { on(at: Date, j: JSON): Date price: Decimal }', {
        Query: { on: (args: object) => JSON.stringify(args), price: 12.5 },
      }),
    },
    asks: [
      {
        query: '{ on(at: "tomorrow", j: {a: [1]}) price }',
        data: { on: '{"at":"tomorrow","j":{"a":[1]}}', price: 12.5 },
      },
      {
        query: 'query($d: Date, $j: JSON) { on(at: $d, j: $j) }',
        variables: { d: 5, j: { __typename: 'x' } },
        data: { on: '{"at":5,"j":{"__typename":"x"}}' },
      },
    ],
  },
]);
