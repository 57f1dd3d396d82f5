import { tryCases } from './cases.ts';
import { part } from './part.ts';

const ann = { id: '1', name: 'Ann', address: { city: 'Bern', zip: '3000' } };
const users = part(
  'type User @key(fields: "id") { id: ID! name: String @shareable address: Address @shareable } type Address @shareable { city: String zip: String }',
  { User: [ann] },
);

tryCases([
  {
    name: 'what a way provides is not fetched elsewhere, on that way only',
    parts: {
      users,
      posts: part(
        'type Query { post: Post draft: Post } type Post { by: User @provides(fields: "name") editor: User } type User @key(fields: "id") { id: ID! name: String @external }',
        { Query: { post: { by: { id: '1', name: 'provided' }, editor: { id: '1', name: 'not mine' } } } },
      ),
    },
    asks: [
      { query: '{ post { by { name } } }', data: { post: { by: { name: 'provided' } } }, fetches: { users: 0 } },
      { query: '{ post { editor { name } } }', data: { post: { editor: { name: 'Ann' } } }, fetches: { users: 1 } },
      {
        query: '{ post { editor { name } by { id name } } }',
        data: { post: { editor: { name: 'Ann' }, by: { id: '1', name: 'provided' } } },
      },
    ],
  },
  {
    name: 'a part of an object is provided, the rest is fetched',
    parts: {
      users,
      posts: part(
        'type Query { by: User @provides(fields: "address { city }") } type User @key(fields: "id") { id: ID! address: Address @external } type Address @shareable { city: String }',
        { Query: { by: { id: '1', address: { city: 'Bern' } } } },
      ),
    },
    asks: [
      { query: '{ by { address { city } } }', data: { by: { address: { city: 'Bern' } } }, fetches: { users: 0 } },
      {
        query: '{ by { address { city zip } } }',
        data: { by: { address: { city: 'Bern', zip: '3000' } } },
        fetches: { users: 1 },
      },
    ],
  },
  {
    name: 'something is provided for one member of a union',
    parts: {
      library: part(
        'type Book @key(fields: "id") { id: ID! title: String @shareable } type Film @key(fields: "id") { id: ID! title: String }',
        {
          Book: [{ id: 'b', title: 'Book' }],
          Film: [{ id: 'f', title: 'Film' }],
        },
      ),
      feed: part(
        'type Query { feed: [Media] @provides(fields: "... on Book { title }") } union Media = Book | Film type Book @key(fields: "id") { id: ID! title: String @external } type Film @key(fields: "id") { id: ID! }',
        {
          Query: {
            feed: [
              { __typename: 'Book', id: 'b', title: 'given' },
              { __typename: 'Film', id: 'f' },
            ],
          },
        },
      ),
    },
    asks: [
      {
        query: '{ feed { ... on Book { title } } }',
        data: { feed: [{ title: 'given' }, {}] },
        fetches: { library: 0 },
      },
      {
        query: '{ feed { ... on Book { title } ... on Film { title } } }',
        data: { feed: [{ title: 'given' }, { title: 'Film' }] },
      },
    ],
  },
  {
    name: 'what is provided may be what another field requires',
    parts: {
      users,
      posts: part(
        'type Query { by: User @provides(fields: "name") } type User @key(fields: "id") { id: ID! name: String @external initial: String @requires(fields: "name") }',
        {
          Query: { by: { id: '1', name: 'Ann', initial: 'A' } },
          User: [
            {
              initial(this: { name: string }) {
                return this.name.slice(0, 1);
              },
            },
          ],
        },
      ),
    },
    asks: [{ query: '{ by { initial } }', data: { by: { initial: 'A' } } }],
  },
]);
