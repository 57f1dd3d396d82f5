import { tryCases } from './cases.ts';
import { part } from './part.ts';

const LABEL = 'https://specs.apollo.dev/federation/v2.9';

tryCases([
  {
    name: 'a shareable field is taken from where the request is already',
    parts: {
      a: part('type Query { me: User } type User @key(fields: "id") { id: ID! name: String @shareable age: Int }', {
        Query: { me: { id: '1', name: 'Ann', age: 30 } },
      }),
      b: part(
        'type Query { you: User } type User @key(fields: "id") { id: ID! name: String @shareable mail: String }',
        {
          Query: { you: { id: '1', name: 'Ann', mail: 'ann@x' } },
          User: [{ id: '1', name: 'Ann', mail: 'ann@x' }],
        },
      ),
    },
    asks: [
      {
        query: '{ me { name age } you { name mail } }',
        data: { me: { name: 'Ann', age: 30 }, you: { name: 'Ann', mail: 'ann@x' } },
        fetches: { a: 1, b: 1 },
      },
      { query: '{ me { name mail } }', data: { me: { name: 'Ann', mail: 'ann@x' } } },
    ],
  },
  {
    name: 'a shared root field is asked of as few as can answer',
    parts: {
      a: part('type Query { now: Time @shareable } type Time { hour: Int @shareable zone: String }', {
        Query: { now: { hour: 8, zone: 'CET' } },
      }),
      b: part('type Query { now: Time @shareable } type Time { hour: Int @shareable offset: Int }', {
        Query: { now: { hour: 8, offset: 1 } },
      }),
    },
    asks: [
      { query: '{ now { hour zone } }', data: { now: { hour: 8, zone: 'CET' } }, fetches: { a: 1, b: 0 } },
      {
        query: '{ now { hour zone offset } }',
        data: { now: { hour: 8, zone: 'CET', offset: 1 } },
        fetches: { a: 1, b: 1 },
      },
    ],
  },
  {
    name: 'lists of values that two subgraphs share are joined by their place',
    parts: {
      a: part('type Query { days: [Day!] @shareable } type Day { no: Int @shareable name: String }', {
        Query: {
          days: [
            { no: 1, name: 'Mo' },
            { no: 2, name: 'Tu' },
          ],
        },
      }),
      b: part('type Query { days: [Day!] @shareable } type Day { no: Int @shareable free: Boolean }', {
        Query: {
          days: [
            { no: 1, free: false },
            { no: 2, free: true },
          ],
        },
      }),
    },
    asks: [
      {
        query: '{ days { name free no } }',
        data: {
          days: [
            { name: 'Mo', free: false, no: 1 },
            { name: 'Tu', free: true, no: 2 },
          ],
        },
      },
    ],
  },
  {
    name: 'an overridden field is asked of its new owner',
    parts: {
      old: part('type Query { me: User } type User @key(fields: "id") { id: ID! name: String plan: String }', {
        Query: { me: { id: '1', name: 'Ann', plan: 'old' } },
        User: [{ id: '1', name: 'Ann', plan: 'old' }],
      }),
      new: part('type User @key(fields: "id") { id: ID! plan: String @override(from: "old") }', {
        User: [{ id: '1', plan: 'new' }],
      }),
    },
    asks: [{ query: '{ me { name plan } }', data: { me: { name: 'Ann', plan: 'new' } } }],
  },
  {
    name: 'an overridden root field is asked of its new owner',
    parts: {
      old: part('type Query { plan: String other: Int }', { Query: { plan: 'old', other: 1 } }),
      new: part('type Query { plan: String @override(from: "old") }', { Query: { plan: 'new' } }),
    },
    asks: [{ query: '{ plan other }', data: { plan: 'new', other: 1 } }],
  },
  {
    name: 'a field that is overridden under a label stays with its old owner while the label is not chosen',
    parts: {
      old: part('type Query { me: User } type User @key(fields: "id") { id: ID! name: String plan: String }', {
        Query: { me: { id: '1', name: 'Ann', plan: 'old' } },
        User: [{ id: '1', name: 'Ann', plan: 'old' }],
      }),
      new: part('type User @key(fields: "id") { id: ID! plan: String @override(from: "old", label: "percent(0)") }', {
        User: [{ id: '1', plan: 'new' }],
      }),
    },
    asks: [{ query: '{ me { plan } }', data: { me: { plan: 'old' } } }],
  },
  {
    name: 'what is inaccessible is not to be asked for, and still serves inside',
    parts: {
      a: part(
        'type Query { me: User } type User @key(fields: "ref") { ref: ID! @inaccessible name: String rate: Int @inaccessible }',
        {
          Query: { me: { ref: 'r', name: 'Ann', rate: 3 } },
          User: [{ ref: 'r', name: 'Ann', rate: 3 }],
        },
      ),
      b: part('type User @key(fields: "ref") { ref: ID! rate: Int @external cost: String @requires(fields: "rate") }', {
        User: [
          {
            cost(this: { rate: number }) {
              return `cost ${this.rate}`;
            },
          },
        ],
      }),
    },
    asks: [
      { query: '{ me { name cost } }', data: { me: { name: 'Ann', cost: 'cost 3' } } },
      {
        query: '{ __type(name: "User") { fields { name } } }',
        data: { __type: { fields: [{ name: 'name' }, { name: 'cost' }] } },
        fetches: { a: 0, b: 0 },
      },
    ],
  },
  {
    name: 'a directive of one own and tags pass composition and change no answer',
    parts: {
      a: part(
        `schema @link(url: "${LABEL}", import: ["@key", "@tag", "@composeDirective"]) @link(url: "https://example.test/owner/v1.0", import: ["@owner"]) @composeDirective(name: "@owner") { query: Query }
         directive @owner(of: String!) on FIELD_DEFINITION
         type Query { me: User } type User @key(fields: "id") { id: ID! @tag(name: "t") name: String @owner(of: "A") }`,
        { Query: { me: { id: '1', name: 'Ann' } } },
        false,
      ),
      b: part('type User @key(fields: "id") { id: ID! age: Int @tag(name: "t") }', { User: [{ id: '1', age: 30 }] }),
    },
    asks: [{ query: '{ me { id name age } }', data: { me: { id: '1', name: 'Ann', age: 30 } } }],
  },
  {
    name: 'subgraphs of federation 1, with extend and @external keys',
    parts: {
      a: part(
        'type Query { me: User } type User @key(fields: "id") { id: ID! name: String }',
        { Query: { me: { id: '1', name: 'Ann' } }, User: [{ id: '1', name: 'Ann' }] },
        false,
      ),
      b: part(
        'extend type Query { last: Post } type Post @key(fields: "id") { id: ID! by: User @provides(fields: "name") } extend type User @key(fields: "id") { id: ID! @external name: String @external posts: [Post] initial: String @requires(fields: "name") }',
        {
          Query: { last: { id: 'p', by: { id: '1', name: 'Ann', posts: [] } } },
          User: [
            {
              id: '1',
              posts: [{ id: 'p' }, { id: 'q' }],
              initial(this: { name: string }) {
                return this.name[0];
              },
            },
          ],
          Post: [],
        },
        false,
      ),
      c: part(
        'type Person @extends @key(fields: "id") { id: ID! @external } type Query @extends { version: Int }',
        { Query: { version: 2 } },
        false,
      ),
      d: part('type Person @key(fields: "id") { id: ID! }', {}, false),
    },
    asks: [
      {
        query: '{ me { name posts { id } initial } version }',
        data: { me: { name: 'Ann', posts: [{ id: 'p' }, { id: 'q' }], initial: 'A' }, version: 2 },
      },
      { query: '{ last { by { name } } }', data: { last: { by: { name: 'Ann' } } } },
    ],
  },
  {
    name: 'input objects have the fields that all know, enums in inputs the values that all know',
    parts: {
      a: part(
        'type Query { a(by: By): String } input By { name: String, age: Int = 3, only: Int } enum Sort { UP DOWN } type X { s(sort: Sort): Int }',
        { Query: { a: (args: object) => JSON.stringify(args) } },
      ),
      b: part(
        'type Query { b(by: By, sort: Sort = UP): String } input By { name: String, age: Int = 3 } enum Sort { UP SIDE }',
        { Query: { b: (args: object) => JSON.stringify(args) } },
      ),
    },
    asks: [
      {
        query: 'query($by: By, $s: Sort) { a(by: {name: "n"}) b(by: $by, sort: $s) c: b(sort: UP) }',
        variables: { by: { name: null, age: 4 } },
        data: { a: '{"by":{"name":"n","age":3}}', b: '{"by":{"name":null,"age":4},"sort":"UP"}', c: '{"sort":"UP"}' },
      },
      {
        query: '{ __type(name: "By") { inputFields { name } } s: __type(name: "Sort") { enumValues { name } } }',
        data: { __type: { inputFields: [{ name: 'name' }, { name: 'age' }] }, s: { enumValues: [{ name: 'UP' }] } },
      },
    ],
  },
  {
    name: 'an enum that only leaves has the values of all',
    parts: {
      a: part('type Query { a: [Mood] } enum Mood { GOOD BAD }', { Query: { a: ['GOOD', null, 'BAD'] } }),
      b: part('type Query { b: Mood } enum Mood { GOOD WILD }', { Query: { b: 'WILD' } }),
    },
    asks: [{ query: '{ a b }', data: { a: ['GOOD', null, 'BAD'], b: 'WILD' } }],
  },
  {
    name: 'a type that subgraphs make nullable, or not, is nullable',
    parts: {
      a: part('type Query { me: User } type User @key(fields: "id") { id: ID! name: String! @shareable }', {
        Query: { me: { id: '1', name: 'Ann' } },
        User: [{ id: '1', name: 'Ann' }],
      }),
      b: part('type Query { you: User } type User @key(fields: "id") { id: ID! name: String @shareable }', {
        Query: { you: { id: '2', name: null } },
        User: [{ id: '2', name: null }],
      }),
    },
    asks: [{ query: '{ me { name } you { name } }', data: { me: { name: 'Ann' }, you: { name: null } } }],
  },
]);
