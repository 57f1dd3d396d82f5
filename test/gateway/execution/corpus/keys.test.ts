import { tryCases } from './cases.ts';
import { part } from './part.ts';

const u = (id: string, more: object = {}) => ({ id, ...more });
const NAMES = [u('1', { name: 'Ann' }), u('2', { name: 'Bo' })];
const people = part(
  'type Query { me: User, users: [User], pairs: [[User!]] } type User @key(fields: "id") { id: ID! name: String }',
  {
    Query: {
      me: NAMES[0],
      users: [NAMES[1], null, NAMES[0], NAMES[1]],
      pairs: [[NAMES[0], NAMES[1]], null, [], [NAMES[0]]],
    },
    User: NAMES,
  },
);
const ages = part('type User @key(fields: "id") { id: ID! age: Int sure: Int! }', {
  User: [u('1', { age: 30, sure: 1 }), u('2', { age: 40, sure: 2 })],
});
const nobody = part('type User @key(fields: "id") { id: ID! age: Int sure: Int! }', { User: [] });

tryCases([
  {
    name: 'a field of another subgraph is joined by its key',
    parts: { people, ages },
    asks: [
      { query: '{ me { name age } }', data: { me: { name: 'Ann', age: 30 } }, fetches: { people: 1, ages: 1 } },
      { query: '{ me { age } }', data: { me: { age: 30 } } },
      { query: '{ me { id } }', data: { me: { id: '1' } }, fetches: { ages: 0 } },
    ],
  },
  {
    name: 'a list of entities with nulls and repeats is joined in one fetch, each entity asked once',
    parts: { people, ages },
    asks: [
      {
        query: '{ users { id age } }',
        data: { users: [{ id: '2', age: 40 }, null, { id: '1', age: 30 }, { id: '2', age: 40 }] },
        fetches: { ages: 1 },
      },
      {
        query: '{ pairs { age } }',
        data: { pairs: [[{ age: 30 }, { age: 40 }], null, [], [{ age: 30 }]] },
        fetches: { ages: 1 },
      },
    ],
  },
  {
    name: 'what a subgraph does not know is null without an error',
    parts: { people, nobody },
    asks: [{ query: '{ me { name age } }', data: { me: { name: 'Ann', age: null } } }],
  },
  {
    name: 'what a subgraph does not know and promises never to be null costs its parent, with an error',
    parts: { people, nobody },
    asks: [
      {
        query: '{ users { name sure } }',
        data: { users: [null, null, null, null] },
        errors: ['users.0.sure', 'users.2.sure', 'users.3.sure'],
      },
    ],
  },
  {
    name: 'a key leads to another key: id to email by the one that knows both',
    parts: {
      ids: part('type Query { me: User } type User @key(fields: "id") { id: ID! }', {
        Query: { me: u('1') },
        User: [u('1')],
      }),
      both: part('type User @key(fields: "id") @key(fields: "email") { id: ID! email: String! }', {
        User: [u('1', { email: 'ann@x' })],
      }),
      mail: part('type Query { byMail: User } type User @key(fields: "email") { email: String! inbox: Int }', {
        Query: { byMail: { email: 'ann@x', inbox: 7 } },
        User: [{ email: 'ann@x', inbox: 7 }],
      }),
    },
    asks: [
      { query: '{ me { inbox } }', data: { me: { inbox: 7 } } },
      {
        query: '{ byMail { id inbox } me { id email } }',
        data: { byMail: { id: '1', inbox: 7 }, me: { id: '1', email: 'ann@x' } },
      },
    ],
  },
  {
    name: 'a key of several fields, one of them within an object',
    parts: {
      a: part(
        'type Query { me: User } type User @key(fields: "id org { id }") { id: ID! org: Org! } type Org @shareable { id: ID! title: String }',
        { Query: { me: u('1', { org: u('o', { title: 'O' }) }) } },
      ),
      b: part(
        'type User @key(fields: "org { id } id") { id: ID! org: Org! seat: Int } type Org @shareable { id: ID! title: String }',
        {
          User: [u('1', { org: u('p'), seat: 1 }), u('1', { org: u('o', { title: 'O' }), seat: 2 })],
        },
      ),
    },
    asks: [
      { query: '{ me { seat } }', data: { me: { seat: 2 } } },
      { query: '{ me { seat org { title } } }', data: { me: { seat: 2, org: { title: 'O' } } } },
    ],
  },
  {
    name: 'a key that is another entity',
    parts: {
      a: part(
        'type Query { shop: Shop } type Shop @key(fields: "owner { id }") { owner: User! } type User @key(fields: "id") { id: ID! }',
        { Query: { shop: { owner: u('1') } } },
      ),
      b: part(
        'type Shop @key(fields: "owner { id }") { owner: User! open: Boolean } type User @key(fields: "id") { id: ID! name: String }',
        { Shop: [{ owner: NAMES[0], open: true }], User: NAMES },
      ),
    },
    asks: [{ query: '{ shop { open owner { name } } }', data: { shop: { open: true, owner: { name: 'Ann' } } } }],
  },
  {
    name: 'a list as a key',
    parts: {
      a: part('type Query { box: Box } type Box @key(fields: "tags") { tags: [String!]! }', {
        Query: { box: { tags: ['a', 'b'] } },
      }),
      b: part('type Box @key(fields: "tags") { tags: [String!]! size: Int }', {
        Box: [
          { tags: ['a', 'c'], size: 1 },
          { tags: ['a', 'b'], size: 2 },
        ],
      }),
    },
    asks: [{ query: '{ box { size } }', data: { box: { size: 2 } } }],
  },
  {
    name: 'a stub that is not resolvable refers, and is not asked',
    parts: {
      people,
      posts: part(
        'type Query { post: Post } type Post { text: String by: User } type User @key(fields: "id", resolvable: false) { id: ID! }',
        {
          Query: { post: { text: 'hi', by: u('2') } },
          User: [],
        },
      ),
    },
    asks: [{ query: '{ post { text by { id name } } }', data: { post: { text: 'hi', by: { id: '2', name: 'Bo' } } } }],
  },
  {
    name: 'a null in a key is a value like any other: the subgraph decides whether it knows such an entity',
    parts: {
      identity: part('type Query { all: [User] } type User @key(fields: "realm id") { realm: ID id: ID! }', {
        Query: { all: [u('1', { realm: 'r' }), u('1', { realm: null }), u('2', { realm: null })] },
      }),
      erp: part('type User @key(fields: "realm id") { realm: ID id: ID! credit: Int }', {
        User: [u('1', { realm: 'r', credit: 5 }), u('1', { realm: null, credit: 6 })],
      }),
    },
    asks: [{ query: '{ all { credit } }', data: { all: [{ credit: 5 }, { credit: 6 }, { credit: null }] } }],
  },
  {
    name: 'an alias may be the name of a key field',
    parts: { people, ages },
    asks: [
      { query: '{ me { id: name age } }', data: { me: { id: 'Ann', age: 30 } } },
      {
        query: '{ users { id: name age: id x: age } }',
        data: {
          users: [{ id: 'Bo', age: '2', x: 40 }, null, { id: 'Ann', age: '1', x: 30 }, { id: 'Bo', age: '2', x: 40 }],
        },
      },
    ],
    apolloFails: 'it takes the alias for the key',
  },
]);
