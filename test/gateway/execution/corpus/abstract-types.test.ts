import { tryCases } from './cases.ts';
import { part } from './part.ts';

const book = { __typename: 'Book', id: 'b', title: 'B', pages: 9 };
const film = { __typename: 'Film', id: 'f', title: 'F', minutes: 90 };
const media = part(
  `type Query { all: [Media!] one: Media }
   interface Media @key(fields: "id") { id: ID! title: String }
   type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
   type Film implements Media @key(fields: "id") { id: ID! title: String minutes: Int }`,
  { Query: { all: [book, film, book], one: film }, Book: [book], Film: [film], Media: [book, film] },
);
const stars = part(
  'type Query { top: Media tops: [Media] } type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int title: String @external rated: String @requires(fields: "title") }',
  {
    Query: { top: { id: 'f', stars: 5 }, tops: [{ id: 'b', stars: 4 }, null, { id: 'x', stars: 1 }] },
    Media: [
      {
        id: 'b',
        stars: 4,
        rated(this: { title: string }) {
          return `${this.title}:4`;
        },
      },
      {
        id: 'f',
        stars: 5,
        rated(this: { title: string }) {
          return `${this.title}:5`;
        },
      },
    ],
  },
);

tryCases([
  {
    name: 'an interface as an object adds fields to all that implement it',
    parts: { media, stars },
    asks: [
      {
        query: '{ all { id stars } }',
        data: {
          all: [
            { id: 'b', stars: 4 },
            { id: 'f', stars: 5 },
            { id: 'b', stars: 4 },
          ],
        },
        fetches: { stars: 1 },
      },
      {
        query: '{ all { ... on Book { stars pages } ... on Film { s: stars } __typename } }',
        data: {
          all: [
            { stars: 4, pages: 9, __typename: 'Book' },
            { s: 5, __typename: 'Film' },
            { stars: 4, pages: 9, __typename: 'Book' },
          ],
        },
      },
    ],
  },
  {
    name: 'the type of what an interface as an object gives is found where it is known',
    parts: { media, stars },
    asks: [
      { query: '{ top { stars } }', data: { top: { stars: 5 } }, fetches: { media: 0 } },
      { query: '{ top { __typename stars title } }', data: { top: { __typename: 'Film', stars: 5, title: 'F' } } },
      { query: '{ top { ... on Film { minutes } ... on Book { pages } } }', data: { top: { minutes: 90 } } },
      {
        query: '{ top { t: __typename ... on Film { x: __typename stars } } }',
        data: { top: { t: 'Film', x: 'Film', stars: 5 } },
      },
    ],
  },
  {
    name: 'an interface as an object requires what the interface has',
    parts: { media, stars },
    asks: [
      { query: '{ all { rated } }', data: { all: [{ rated: 'B:4' }, { rated: 'F:5' }, { rated: 'B:4' }] } },
      { query: '{ top { rated } }', data: { top: { rated: 'F:5' } } },
      { query: '{ one { ... on Film { rated minutes } } }', data: { one: { rated: 'F:5', minutes: 90 } } },
    ],
  },
  {
    name: 'an interface as an object is reached through another entity',
    parts: {
      media,
      stars,
      shop: part('type Query { shop: Shop } type Shop { offers: [Offer] } type Offer @key(fields: "no") { no: Int }', {
        Query: { shop: { offers: [{ no: 1 }, { no: 2 }] } },
      }),
      offers: part(
        'type Offer @key(fields: "no") { no: Int of: Media } type Media @key(fields: "id") @interfaceObject { id: ID! }',
        {
          Offer: [
            { no: 1, of: { id: 'b' } },
            { no: 2, of: { id: 'f' } },
          ],
        },
      ),
    },
    asks: [
      {
        query: '{ shop { offers { of { __typename stars rated ... on Book { pages } } } } }',
        data: {
          shop: {
            offers: [
              { of: { __typename: 'Book', stars: 4, rated: 'B:4', pages: 9 } },
              { of: { __typename: 'Film', stars: 5, rated: 'F:5' } },
            ],
          },
        },
      },
    ],
  },
  {
    name: 'what nobody knows the type of is null, with an error',
    parts: { media, stars },
    asks: [
      {
        query: '{ tops { __typename stars } }',
        data: { tops: [{ __typename: 'Book', stars: 4 }, null, null] },
        errors: ['tops.2.__typename'],
      },
    ],
    apolloFails: 'it answers null without an error',
  },
  {
    name: 'an interface has the fields of all subgraphs, each from its own',
    parts: {
      a: part(
        'type Query { pets: [Pet!] } interface Pet { id: ID! name: String } type Dog implements Pet @key(fields: "id") { id: ID! name: String } type Cat implements Pet @key(fields: "id") { id: ID! name: String }',
        {
          Query: {
            pets: [
              { __typename: 'Dog', id: 'd', name: 'Rex' },
              { __typename: 'Cat', id: 'c', name: 'Tom' },
            ],
          },
        },
      ),
      b: part(
        'interface Pet { id: ID! age: Int } type Dog implements Pet @key(fields: "id") { id: ID! age: Int } type Cat implements Pet @key(fields: "id") { id: ID! age: Int lives: Int }',
        {
          Dog: [{ id: 'd', age: 3 }],
          Cat: [{ id: 'c', age: 4, lives: 9 }],
        },
      ),
    },
    asks: [
      {
        query: '{ pets { age name ... on Cat { lives } } }',
        data: {
          pets: [
            { age: 3, name: 'Rex' },
            { age: 4, name: 'Tom', lives: 9 },
          ],
        },
      },
      {
        query: '{ pets { __typename ... on Pet { id } ... on Dog { id n: age } } }',
        data: {
          pets: [
            { __typename: 'Dog', id: 'd', n: 3 },
            { __typename: 'Cat', id: 'c' },
          ],
        },
      },
    ],
  },
  {
    name: 'a union has other members in each subgraph',
    parts: {
      a: part(
        'type Query { found: [Hit!] } union Hit = Book | Film type Book @key(fields: "id") { id: ID! } type Film @key(fields: "id") { id: ID! }',
        {
          Query: {
            found: [
              { __typename: 'Book', id: 'b' },
              { __typename: 'Film', id: 'f' },
            ],
          },
        },
      ),
      b: part(
        'type Query { also: [Hit!] } union Hit = Book | Song type Book @key(fields: "id") { id: ID! title: String } type Song { bars: Int }',
        {
          Query: {
            also: [
              { __typename: 'Song', bars: 12 },
              { __typename: 'Book', id: 'b', title: 'B' },
            ],
          },
          Book: [{ id: 'b', title: 'B' }],
        },
      ),
    },
    asks: [
      {
        query:
          '{ found { ...H } also { ...H } } fragment H on Hit { __typename ... on Book { title } ... on Song { bars } ... on Film { id } }',
        data: {
          found: [
            { __typename: 'Book', title: 'B' },
            { __typename: 'Film', id: 'f' },
          ],
          also: [
            { __typename: 'Song', bars: 12 },
            { __typename: 'Book', title: 'B' },
          ],
        },
      },
      { query: '{ found { ... on Song { bars } } }', data: { found: [{}, {}] } },
    ],
  },
  {
    name: 'one response name means another field in each type',
    parts: { media, stars },
    asks: [
      {
        query: '{ all { ... on Book { n: pages } ... on Film { n: minutes } } }',
        data: { all: [{ n: 9 }, { n: 90 }, { n: 9 }] },
      },
      {
        query: '{ all { ... on Book { n: stars } ... on Film { n: minutes } } }',
        data: { all: [{ n: 4 }, { n: 90 }, { n: 4 }] },
      },
    ],
  },
  {
    name: 'an interface that no type of the subgraph implements there',
    parts: {
      a: part('type Query { a: Int } interface Node { id: ID! }', { Query: { a: 1 } }),
      b: part(
        'type Query { node: Node } interface Node { id: ID! } type User implements Node @key(fields: "id") { id: ID! name: String }',
        {
          Query: { node: { __typename: 'User', id: '1', name: 'Ann' } },
        },
      ),
    },
    asks: [{ query: '{ a node { id ... on User { name } } }', data: { a: 1, node: { id: '1', name: 'Ann' } } }],
  },
  {
    name: 'interfaces that implement interfaces',
    parts: {
      a: part(
        'type Query { n: Node } interface Node { id: ID! } interface Named implements Node { id: ID! name: String } type User implements Node & Named @key(fields: "id") { id: ID! name: String } type Thing implements Node @key(fields: "id") { id: ID! }',
        {
          Query: { n: { __typename: 'User', id: '1', name: 'Ann' } },
        },
      ),
      b: part('type User @key(fields: "id") { id: ID! age: Int }', { User: [{ id: '1', age: 30 }] }),
    },
    asks: [
      {
        query: '{ n { ... on Named { name ... on User { age } ... on Node { id } } ... on Thing { x: id } } }',
        data: { n: { name: 'Ann', age: 30, id: '1' } },
      },
    ],
  },
]);
