import { CANARY, type Lying, say, tryLies } from './town.ts';

const MISMATCH = 'SOURCE_SCHEMA_MISMATCH';

/** For each field of the graph: what its type is, how it is asked for, and values that it can never have. */
const NEVER: readonly {
  readonly of: string;
  readonly field: string;
  readonly selection?: string;
  readonly values: readonly unknown[];
}[] = [
  { of: 'an Int', field: 'age', values: ['30', CANARY, 1.5, 2 ** 31, -(2 ** 31) - 1, 1e300, true, [30], { age: 30 }] },
  { of: 'a Float', field: 'half', values: ['0.5', CANARY, true, [], {}] },
  { of: 'a String', field: 'word', values: [5, 0, true, ['w'], { w: CANARY }] },
  { of: 'a Boolean', field: 'yes', values: ['true', 0, 1, [], {}] },
  { of: 'an ID', field: 'no', values: [true, 1.5, [], {}] },
  { of: 'an enum', field: 'mood', values: ['WILD', 'good', CANARY, 0, true, ['GOOD'], {}] },
  { of: 'a list', field: 'nums', values: [1, '1,2', true, {}, { 0: 1, length: 1 }] },
  { of: 'a list of lists', field: 'grid', values: [1, '', {}] },
  { of: 'an object', field: 'cart', selection: '{ note }', values: [1, CANARY, true, [], [{ note: 'n' }]] },
  { of: 'a list of objects', field: 'carts', selection: '{ note }', values: [1, 'x', { note: 'n' }] },
  {
    of: 'an interface',
    field: 'pet',
    selection: '{ name }',
    values: [1, CANARY, true, [], [{ __typename: 'Dog', name: 'x' }]],
  },
  {
    of: 'a list of a union',
    field: 'pets',
    selection: '{ ... on Dog { name } }',
    values: [1, 'x', { __typename: 'Dog', name: 'x' }],
  },
];

const brief = (value: unknown) => JSON.stringify(value).slice(0, 40);

tryLies([
  ...NEVER.flatMap(({ of, field, selection = '', values }) =>
    values.map(
      (value): Lying => ({
        name: `C08 ${of} that comes as ${brief(value)} is null, with its error, and the rest stays`,
        query: `{ users { name other: ${field} ${selection} level } }`,
        b: say('1.other', value),
        data: {
          users: [
            { name: 'Ann', other: honest(field), level: 1 },
            { name: 'Bo', other: null, level: 1 },
          ],
        },
        errors: [['users.1.other', MISMATCH]],
      }),
    ),
  ),
  ...[undefined, null, 'one', 1.5].map(
    (value): Lying => ({
      name: `C08 what must not be null comes as ${value === undefined ? 'nothing' : brief(value)}: its parent is null, with one error`,
      query: '{ hi users { name level } }',
      b: say('0.level', value),
      data: { hi: 'hi', users: [null, { name: 'Bo', level: 1 }] },
      errors: [['users.0.level', MISMATCH]],
    }),
  ),
  {
    name: 'C08 what must not be null takes all that must not be null with it',
    query: '{ hi sure { name level } }',
    b: say('1.level', null),
    data: null,
    errors: [['sure.1.level', MISMATCH]],
  },
  {
    name: 'C08 a field that vanished is null, with its error',
    query: '{ users { name age word } }',
    b: say('1.age', undefined),
    data: {
      users: [
        { name: 'Ann', age: 30, word: 'w' },
        { name: 'Bo', age: null, word: 'w' },
      ],
    },
    errors: [['users.1.age', MISMATCH]],
  },
  {
    name: 'C08 a root field that vanished is null, with its error',
    query: '{ hi me { name } }',
    a: say('/hi', undefined),
    data: { hi: null, me: { name: 'Ann' } },
    errors: [['hi', MISMATCH]],
  },
  {
    name: 'C08 a wrong entry of a list is null, with its error at its index',
    query: '{ me { nums grid } }',
    b: (honest) => say('0.grid', [[1, 'x'], 5, null])(say('0.nums', [1, '2', null, 3])(honest, '') as never, ''), // an answer again
    data: { me: { nums: [1, null, null, 3], grid: [[1, null], null, null] } },
    errors: [
      ['me.nums.1', MISMATCH],
      ['me.grid.0.1', MISMATCH],
      ['me.grid.1', MISMATCH],
    ],
  },
  {
    name: 'C08 a wrong entry of a list that has no nulls costs the list',
    query: '{ me { exact word } }',
    b: say('0.exact', [1, null, 'x']),
    data: { me: { exact: null, word: 'w' } },
    errors: [['me.exact.1', MISMATCH]],
  },
  {
    name: 'C08 a broken promise within an object costs the object, in a list without nulls the list',
    query: '{ me { cart { sum note } carts { sum } word } }',
    b: (honest) => say('0.carts.1.sum', null)(say('0.cart.sum', 'x')(honest, '') as never, ''), // an answer again
    data: { me: { cart: null, carts: null, word: 'w' } },
    errors: [
      ['me.cart.sum', MISMATCH],
      ['me.carts.1.sum', MISMATCH],
    ],
  },
  ...['Ghost', 'Cart', 'User', 'Mood', 'Query', '__Type', 5, '', null, undefined].map(
    (typename): Lying => ({
      name: `C08 an object of an interface that says it is ${typename === undefined ? 'nothing' : brief(typename)} is null, with its error`,
      query: '{ me { pet { __typename name } word } }',
      b: say('0.pet.__typename', typename),
      data: { me: { pet: null, word: 'w' } },
      errors: [[typename === undefined ? 'me.pet.__typename' : 'me.pet', MISMATCH]],
    }),
  ),
  {
    name: 'C08 a member of a union that is unknown is null at its index, with its error',
    query: '{ me { pets { ... on Dog { bones } ... on Cat { lives } } } }',
    b: say('0.pets', [
      { __typename: 'Dog', bones: 3 },
      { __typename: 'Bird', wings: 2 },
      { __typename: 'Cat', lives: 9 },
    ]),
    data: { me: { pets: [{ bones: 3 }, null, { lives: 9 }] } },
    errors: [['me.pets.1', MISMATCH]],
  },
  {
    name: 'C08 fields that nobody asked for do not come out',
    query: '{ users { name age } }',
    a: (honest) => ({ ...honest, data: { ...honest.data, secret: CANARY }, extensions: { debug: CANARY } }),
    b: say('0.secret', CANARY),
    data: {
      users: [
        { name: 'Ann', age: 30 },
        { name: 'Bo', age: 31 },
      ],
    },
    errors: [],
  },
  {
    name: 'C08 a key of another kind is told where it is asked for, and asks for nothing elsewhere',
    query: '{ users { id name } hi }',
    a: say('/users.1.id', { odd: CANARY }),
    data: { users: [{ id: '1', name: 'Ann' }, null], hi: 'hi' },
    errors: [['users.1.id', MISMATCH]],
  },
  {
    name: 'C08 a key that is missing leaves what hangs on it null, each with an error',
    query: '{ users { name age } }',
    a: say('/users.1.id', undefined),
    data: {
      users: [
        { name: 'Ann', age: 30 },
        { name: 'Bo', age: null },
      ],
    },
    errors: [['users.1.age', MISMATCH]],
  },
]);

function honest(field: string): unknown {
  const known: Record<string, unknown> = {
    age: 30,
    half: 0.5,
    word: 'w',
    yes: true,
    no: 'n',
    mood: 'GOOD',
    nums: [1, 2],
    grid: [[1], [2]],
    cart: { note: 'n' },
    carts: [{ note: 'n' }, { note: 'm' }],
    pet: { name: 'Rex' },
    pets: [{ name: 'Rex' }],
  };
  return known[field];
}
