import { tryCases } from './cases.ts';
import { part } from './part.ts';

const fail = (text: string) => () => {
  throw new Error(text);
};
const users = part(
  'type Query { me: User, sure: User!, users: [User], all: [User!], many: [[User!]]! hi: String } type User @key(fields: "id") { id: ID! name: String }',
  (() => {
    const [u1, u2] = [
      { id: '1', name: 'Ann' },
      { id: '2', name: 'Bo' },
    ];
    return { Query: { me: u2, sure: u2, users: [u1, u2], all: [u1, u2], many: [[u1], [u1, u2]], hi: 'hi' } };
  })(),
);
const shops = part(
  'type User @key(fields: "id") { id: ID! level: Int! maybe: Int cart: Cart! open: Cart bad: Int bads: [Int!] badOnes: [Int] need: Int! } type Cart { sum: Int! note: String by: User }',
  {
    User: [
      {
        id: '1',
        level: 1,
        maybe: 1,
        cart: { sum: 1, note: 'n', by: { id: '2' } },
        open: { sum: 1 },
        bad: 1,
        bads: [1],
        badOnes: [1],
        need: 1,
      },
      {
        id: '2',
        level: null,
        maybe: null,
        cart: { sum: null, note: 'n' },
        open: { sum: fail('no sum'), note: 'n' },
        bad: fail('bad'),
        need: fail('no need'),
        bads: () => [1, null, 2],
        badOnes: () => [1, new Error('one'), 3],
      },
    ],
  },
);
const parts = { users, shops };

tryCases([
  {
    name: 'of several fields that may not be null the one that failed is told, under the name that the client gave',
    parts,
    asks: [
      {
        query: '{ users { name cart { note } need } }',
        data: { users: [{ name: 'Ann', cart: { note: 'n' }, need: 1 }, null] },
        errors: ['users.1.need'],
      },
      {
        query: '{ me: users { name: id cart { note } bad: need } }',
        data: { me: [{ name: '1', cart: { note: 'n' }, bad: 1 }, null] },
        errors: ['me.1.bad'],
      },
    ],
  },
  {
    name: 'a null that may not be climbs over the fetch to the next that may',
    parts,
    asks: [
      { query: '{ hi me { name level } }', data: { hi: 'hi', me: null }, errors: ['me.level'] },
      {
        query: '{ users { name level } }',
        data: { users: [{ name: 'Ann', level: 1 }, null] },
        errors: ['users.1.level'],
      },
      { query: '{ hi all { name level } }', data: { hi: 'hi', all: null }, errors: ['all.1.level'] },
      { query: '{ many { level } }', data: { many: [[{ level: 1 }], null] }, errors: ['many.1.1.level'] },
      { query: '{ hi sure { level } }', data: null, errors: ['sure.level'] },
      { query: '{ hi sure { cart { sum } } }', data: null, errors: ['sure.cart.sum'] },
      {
        query: '{ users { cart { by { name level } } } }',
        data: { users: [{ cart: { by: null } }, { cart: { by: null } }] },
        errors: ['users.0.cart.by.level'],
      },
    ],
  },
  {
    name: 'errors are told where they happened, beside all that went well',
    parts,
    asks: [
      { query: '{ me { name bad } }', data: { me: { name: 'Bo', bad: null } }, errors: ['me.bad'] },
      { query: '{ me { a: bad b: bad } }', data: { me: { a: null, b: null } }, errors: ['me.a', 'me.b'] },
      {
        query: '{ me { open { sum note } maybe } }',
        data: { me: { open: null, maybe: null } },
        errors: ['me.open.sum'],
      },
      {
        query: '{ users { badOnes } }',
        data: { users: [{ badOnes: [1] }, { badOnes: [1, null, 3] }] },
        errors: ['users.1.badOnes.1'],
      },
      { query: '{ users { bads } }', data: { users: [{ bads: [1] }, { bads: null }] }, errors: ['users.1.bads.1'] },
      {
        query: '{ users { id } me { bad } sure { bad } }',
        data: { users: [{ id: '1' }, { id: '2' }], me: { bad: null }, sure: { bad: null } },
        errors: ['me.bad', 'sure.bad'],
      },
    ],
  },
]);
