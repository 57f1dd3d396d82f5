import { tryCases } from './cases.ts';
import { part } from './part.ts';

const echo = (args: object) => JSON.stringify(args);
const users = part(
  'type Query { me: User, users: [User!]!, echo(n: Int = 3, list: [Int!] = [1], on: In, text: String): String } input In { a: Int = 7, b: In } type User @key(fields: "id") { id: ID! name: String friend: User }',
  {
    Query: {
      me: { id: '1', name: 'Ann', friend: { id: '2', name: 'Bo', friend: null } },
      users: [
        { id: '1', name: 'Ann' },
        { id: '2', name: 'Bo' },
      ],
      echo,
    },
    User: [
      { id: '1', name: 'Ann', friend: { id: '2', name: 'Bo', friend: null } },
      { id: '2', name: 'Bo', friend: null },
    ],
  },
);
const posts = part(
  'type User @key(fields: "id") { id: ID! posts(first: Int = 2, tag: String): [Post!] last: Post none: Int } type Post { no: Int by: User text(up: Boolean = false): String }',
  {
    User: ['1', '2'].map((id) => {
      const post = (no: number) => ({ no, by: { id }, text: ({ up }: { up: boolean }) => (up ? 'HI' : 'hi') });
      return {
        id,
        last: post(9),
        posts: ({ first, tag }: { first: number; tag?: string | null }) =>
          Array.from({ length: first }, (_, no) => post(tag === null ? -no : tag === undefined ? no : tag.length + no)),
      };
    }),
  },
);
const parts = { users, posts };
const no = (...numbers: number[]) => numbers.map((n) => ({ no: n }));

tryCases([
  {
    name: 'a condition on what lies in another subgraph decides whether that is asked',
    parts,
    asks: [
      {
        query: 'query($c: Boolean!) { me { name posts @include(if: $c) { no } } }',
        variables: { c: false },
        data: { me: { name: 'Ann' } },
        fetches: { posts: 0 },
      },
      {
        query: 'query($c: Boolean!) { me { name posts @include(if: $c) { no } } }',
        variables: { c: true },
        data: { me: { name: 'Ann', posts: no(0, 1) } },
        fetches: { posts: 1 },
      },
      {
        query: 'query($c: Boolean = true) { me { name posts @skip(if: $c) { no } } }',
        data: { me: { name: 'Ann' } },
        fetches: { posts: 0 },
      },
      {
        query:
          'query($a: Boolean!, $b: Boolean!) { me { ... @include(if: $a) { posts { no } } ... @skip(if: $b) { posts { by { name } } } } }',
        variables: { a: true, b: true },
        data: { me: { posts: no(0, 1) } },
      },
      {
        query:
          'query($a: Boolean!, $b: Boolean!) { me { ... @include(if: $a) { posts { no } } ... @skip(if: $b) { posts { by { name } } } } }',
        variables: { a: false, b: false },
        data: { me: { posts: [{ by: { name: 'Ann' } }, { by: { name: 'Ann' } }] } },
      },
      {
        query: '{ me @skip(if: true) { name } users @include(if: false) { posts { no } } }',
        data: {},
        fetches: { users: 0, posts: 0 },
      },
      {
        query: 'query($c: Boolean!) { me { friend @include(if: $c) { posts { no } name } friend { name } } }',
        variables: { c: false },
        data: { me: { friend: { name: 'Bo' } } },
      },
    ],
  },
  {
    name: 'fragments within fragments, over subgraphs, and the same field from several',
    parts,
    asks: [
      {
        query:
          '{ me { ...A ...B } } fragment A on User { ...B friend { ...C } } fragment B on User { name posts(first: 1) { ...P } } fragment C on User { posts(first: 1) { no } } fragment P on Post { no by { name } }',
        data: { me: { name: 'Ann', posts: [{ no: 0, by: { name: 'Ann' } }], friend: { posts: no(0) } } },
      },
      {
        query:
          '{ me { friend { id } ...A } } fragment A on User { friend { name posts(first: 1) { no } } friend { friend { id } } }',
        data: { me: { friend: { id: '2', name: 'Bo', posts: no(0), friend: null } } },
      },
    ],
  },
  {
    name: 'one field under several aliases with several arguments, also where a fetch lies between',
    parts,
    asks: [
      {
        query: '{ me { a: posts(first: 1) { no } b: posts(first: 3) { no } posts(first: 1, tag: "xx") { no } } }',
        data: { me: { a: no(0), b: no(0, 1, 2), posts: no(2) } },
      },
      {
        query: '{ a: me { posts(first: 1) { text } } b: me { posts(first: 1) { text(up: true) } } }',
        data: { a: { posts: [{ text: 'hi' }] }, b: { posts: [{ text: 'HI' }] } },
      },
      {
        query: '{ users { name: id id: name posts: last { by { id: name } } last: posts(first: 1) { no } } }',
        data: {
          users: [
            { name: '1', id: 'Ann', posts: { by: { id: 'Ann' } }, last: no(0) },
            { name: '2', id: 'Bo', posts: { by: { id: 'Bo' } }, last: no(0) },
          ],
        },
      },
    ],
    apolloFails: 'it takes aliases for the fields that they are named like',
  },
  {
    name: '__typename everywhere, under any name',
    parts,
    asks: [
      {
        query: '{ __typename me { __typename t: __typename posts(first: 1) { __typename by { x: __typename } } } }',
        data: {
          __typename: 'Query',
          me: { __typename: 'User', t: 'User', posts: [{ __typename: 'Post', by: { x: 'User' } }] },
        },
      },
      { query: '{ t: __typename }', data: { t: 'Query' }, fetches: { users: 0 } },
    ],
  },
  {
    name: 'response names that JavaScript knows',
    parts,
    asks: [
      {
        query: '{ me { toString: none posts(first: 1) { no } valueOf: none } }',
        data: { me: { toString: null, posts: no(0), valueOf: null } },
      },
      {
        query: '{ constructor: me { toString: name hasOwnProperty: posts(first: 1) { valueOf: no } } }',
        data: { constructor: { toString: 'Ann', hasOwnProperty: [{ valueOf: 0 }] } },
      },
      {
        query:
          '{ me { friend { toString: friend { name } } } valueOf: me { isPrototypeOf: friend { constructor: friend { id } } } }',
        data: { me: { friend: { toString: null } }, valueOf: { isPrototypeOf: { constructor: null } } },
      },
      {
        query: '{ me { friend { name isPrototypeOf: friend { name } } last { no } isPrototypeOf: last { no } } }',
        data: { me: { friend: { name: 'Bo', isPrototypeOf: null }, last: { no: 9 }, isPrototypeOf: { no: 9 } } },
      },
    ],
  },
  {
    name: '__proto__ as a response name',
    parts,
    asks: [{ query: '{ me { __proto__: name id } }', data: JSON.parse('{"me":{"__proto__":"Ann","id":"1"}}') }],
  },
  {
    name: 'defaults, nulls, left out variables and lists reach the subgraph as they were meant',
    parts,
    asks: [
      { query: '{ echo }', data: { echo: '{"n":3,"list":[1]}' } },
      { query: '{ echo(n: null, list: 5) }', data: { echo: '{"n":null,"list":[5]}' } },
      { query: 'query($n: Int, $l: [Int!]) { echo(n: $n, list: $l) }', data: { echo: '{"n":3,"list":[1]}' } },
      {
        query: 'query($n: Int, $l: [Int!]) { echo(n: $n, list: $l) }',
        variables: { n: null, l: [] },
        data: { echo: '{"n":null,"list":[]}' },
      },
      {
        query: 'query($n: Int = 8, $l: [Int!]) { echo(n: $n, list: $l) }',
        variables: { l: 4 },
        data: { echo: '{"n":8,"list":[4]}' },
      },
      { query: 'query($o: In) { echo(on: {b: $o}) }', data: { echo: '{"n":3,"list":[1],"on":{"a":7}}' } },
      {
        query: 'query($a: Int) { echo(on: {a: $a, b: {a: 1}}) }',
        variables: { a: 2 },
        data: { echo: '{"n":3,"list":[1],"on":{"a":2,"b":{"a":1}}}' },
      },
      {
        query: 'query($o: In = {b: {}}) { echo(on: $o) }',
        data: { echo: '{"n":3,"list":[1],"on":{"a":7,"b":{"a":7}}}' },
      },
      {
        query: 'query($f: Int = 1, $t: String) { me { posts(first: $f, tag: $t) { no } } }',
        data: { me: { posts: no(0) } },
      },
      {
        query: 'query($f: Int = 1, $t: String) { me { posts(first: $f, tag: $t) { no } } }',
        variables: { f: 2, t: null },
        data: { me: { posts: [{ no: 0 }, { no: -1 }] } },
      },
      {
        query: 'query($t: String!) { echo(text: $t) }',
        variables: { t: '" } {\\ \u2028 ☃ 𝄞 \ud800' },
        data: { echo: '{"n":3,"list":[1],"text":"\\" } {\\\\ \u2028 ☃ 𝄞 \\ud800"}' },
      },
      {
        query: '{ echo(text: """block "quoted" \\n text""") }',
        data: { echo: '{"n":3,"list":[1],"text":"block \\"quoted\\" \\\\n text"}' },
      },
    ],
  },
  {
    name: 'introspection beside data',
    parts,
    asks: [
      {
        query: '{ me { name } __schema { queryType { name } } t: __type(name: "Post") { name fields { name } } }',
        data: {
          me: { name: 'Ann' },
          __schema: { queryType: { name: 'Query' } },
          t: { name: 'Post', fields: [{ name: 'no' }, { name: 'by' }, { name: 'text' }] },
        },
      },
      {
        query:
          'query($n: String!, $c: Boolean!) { ...T me { id } } fragment T on Query { __type(name: $n) { name @include(if: $c) kind } }',
        variables: { n: 'Nothing', c: true },
        data: { __type: null, me: { id: '1' } },
      },
      {
        query:
          'query($n: String!, $c: Boolean!) { ...T } fragment T on Query { __type(name: $n) { name @include(if: $c) kind } }',
        variables: { n: 'User', c: false },
        data: { __type: { kind: 'OBJECT' } },
      },
    ],
  },
  {
    name: 'the operation that is named is run',
    parts,
    asks: [
      {
        query: 'query A { me { name } } query B { me { posts(first: 1) { no } } }',
        operationName: 'A',
        data: { me: { name: 'Ann' } },
      },
      {
        query: 'query A { me { name } } query B { me { posts(first: 1) { no } } }',
        operationName: 'B',
        data: { me: { posts: no(0) } },
      },
    ],
  },
]);
