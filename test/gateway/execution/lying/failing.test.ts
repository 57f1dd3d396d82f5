import { HubError } from '../../../../platform/errors.ts';
import { answer, CANARY, type Lie, type Lying, refuse, say, tryLies } from './town.ts';

const BAD = 'SOURCE_BAD_RESPONSE';
const QUERY = '{ hi users { name age word } }';
const WITHOUT_B = {
  hi: 'hi',
  users: [
    { name: 'Ann', age: null, word: null },
    { name: 'Bo', age: null, word: null },
  ],
};
const allOf = (code: string) =>
  ['users.0.age', 'users.0.word', 'users.1.age', 'users.1.word'].map((path) => [path, code] as const);

/** Answers out of which nothing can be read. */
const UNREADABLE: readonly (readonly [string, Lie])[] = [
  ['C06 nothing', answer(undefined)],
  ['C06 null', answer(null)],
  ['C06 text', answer(`<html>${CANARY}</html>`)],
  ['C06 a number', answer(5)],
  ['C06 a list', answer([{ data: {} }])],
  ['C06 an empty object', answer({})],
  ['C06 data that is text', answer({ data: CANARY })],
  ['C06 data that is a list', answer({ data: [1] })],
  ['C07 errors that are no list', answer({ data: null, errors: { message: CANARY } })],
  ['C07 errors that are text', answer({ data: null, errors: [CANARY] })],
  ['C07 errors without a message', answer({ data: null, errors: [{ code: CANARY }] })],
  ['C07 errors with a path that is text', answer({ data: null, errors: [{ message: 'm', path: 'users' }] })],
  ['C07 errors with objects in the path', answer({ data: null, errors: [{ message: 'm', path: [{ a: CANARY }] }] })],
  ['C07 no data and an empty list of errors', answer({ errors: [] })],
  ['C08 entities that are an object', answer({ data: { _entities: { 0: { age: 1 } } } })],
  ['C08 entities that are text', answer({ data: { _entities: CANARY } })],
  ['C08 entities that are missing', answer({ data: { other: [] } })],
  ['C08 entities that are null, without an error', answer({ data: { _entities: null } })],
  ['C08 fewer entities than asked for', answer({ data: { _entities: [{ age: 1, word: 'w' }] } })],
  [
    'C08 more entities than asked for',
    answer({
      data: {
        _entities: [
          { age: 1, word: 'x' },
          { age: 2, word: 'y' },
          { age: 3, word: 'z' },
        ],
      },
    }),
  ],
  ['C08 no entities', answer({ data: { _entities: [] } })],
  ['C06 data that is null, without an error', answer({ data: null })],
];

/** What a transport throws, and the code that callers read. */
const NO_ANSWER: readonly (readonly [string, unknown, string])[] = [
  [
    'C01 that cannot be reached',
    new HubError('UNAVAILABLE', 'B cannot be reached', { system: 'B', cause: new Error(CANARY) }),
    'SOURCE_UNAVAILABLE',
  ],
  [
    'C02 that does not answer in time',
    new HubError('TIMEOUT', 'B did not answer in time', { system: 'B' }),
    'SOURCE_TIMEOUT',
  ],
  [
    'C03 that asks to wait',
    new HubError('THROTTLED', 'B asks to wait', { system: 'B', retryAfterMs: 3_000 }),
    'SOURCE_THROTTLED',
  ],
  ['C05 whose answer was cut', new HubError('CONTRACT_BROKEN', 'B gave no readable answer', { system: 'B' }), BAD],
  ['that fails in a way that nobody foresaw', new Error(CANARY), 'INTERNAL_SERVER_ERROR'],
  ['that throws what is no error', CANARY, 'INTERNAL_SERVER_ERROR'],
  ['that throws nothing', undefined, 'INTERNAL_SERVER_ERROR'],
];

const error = (path: unknown, message = 'it said') => ({ message, path, extensions: { code: 'X' } });

tryLies([
  ...UNREADABLE.map(
    ([name, b]): Lying => ({
      name: `${name} instead of entities: each field is null with an error, the rest stays`,
      query: QUERY,
      b,
      data: WITHOUT_B,
      errors: allOf(BAD),
    }),
  ),
  ...UNREADABLE.filter(([name]) => !name.includes('entities')).map(
    ([name, a]): Lying => ({
      name: `${name} instead of root fields: each is null with an error, the other subgraph's stay`,
      query: '{ hi far users { name } }',
      a,
      data: { hi: null, far: 7, users: null },
      errors: [
        ['hi', name.includes('null,') ? 'SOURCE_SCHEMA_MISMATCH' : BAD],
        ['users', name.includes('null,') ? 'SOURCE_SCHEMA_MISMATCH' : BAD],
      ],
    }),
  ),
  ...NO_ANSWER.map(
    ([name, thrown, code]): Lying => ({
      name: `a subgraph ${name}: each of its fields is null with an error, the rest stays`,
      query: QUERY,
      b: refuse(thrown),
      data: WITHOUT_B,
      errors: allOf(code),
    }),
  ),
  {
    name: 'C10 both subgraphs at once: every root field is null with its error',
    query: '{ hi far me { age } }',
    a: refuse(new HubError('UNAVAILABLE', 'A cannot be reached', { system: 'A' })),
    b: refuse(new HubError('TIMEOUT', 'B did not answer in time', { system: 'B' })),
    data: { hi: null, far: null, me: null },
    errors: [
      ['hi', 'SOURCE_UNAVAILABLE'],
      ['me', 'SOURCE_UNAVAILABLE'],
      ['far', 'SOURCE_TIMEOUT'],
    ],
  },
  ...['text', 5, true, [], [{ age: 1 }]].map(
    (entity): Lying => ({
      name: `C08 an entity that is ${JSON.stringify(entity)}: its fields are null with errors, the other entity stays`,
      query: '{ users { name age } }',
      b: say('1', entity),
      data: {
        users: [
          { name: 'Ann', age: 30 },
          { name: 'Bo', age: null },
        ],
      },
      errors: [['users.1.age', 'SOURCE_SCHEMA_MISMATCH']],
    }),
  ),
  {
    name: 'an entity that is null, without an error, is not known there: null, and no error',
    query: '{ users { name age } }',
    b: say('1', null),
    data: {
      users: [
        { name: 'Ann', age: 30 },
        { name: 'Bo', age: null },
      ],
    },
    errors: [],
  },
  {
    name: 'C07 data null with errors at their paths: each at its place, the other fields with what is known',
    query: QUERY,
    b: answer({ data: null, errors: [error(['_entities', 1, 'age'])] }),
    data: WITHOUT_B,
    errors: [
      ['users.1.age', 'X'],
      ['users.0.age', 'SOURCE_UNAVAILABLE'],
      ['users.0.word', 'SOURCE_UNAVAILABLE'],
      ['users.1.word', 'SOURCE_UNAVAILABLE'],
    ],
  },
  {
    name: 'C07 data null with one error without a path: it stands for each field',
    query: QUERY,
    b: answer({ data: null, errors: [{ message: 'it said', extensions: { code: 'X' } }] }),
    data: WITHOUT_B,
    errors: allOf('X'),
  },
  {
    name: 'C07 data and errors: mapped to where they belong',
    query: '{ users { name years: age word } }',
    b: (honest) => ({ ...(say('0.years', null)(honest, '') as object), errors: [error(['_entities', 0, 'years'])] }),
    data: {
      users: [
        { name: 'Ann', years: null, word: 'w' },
        { name: 'Bo', years: 31, word: 'w' },
      ],
    },
    errors: [['users.0.years', 'X']],
  },
  {
    name: 'C07 an error at an entity as a whole stands for each of its fields',
    query: '{ users { name age word } }',
    b: (honest) => ({ ...(say('0', null)(honest, '') as object), errors: [error(['_entities', 0])] }),
    data: {
      users: [
        { name: 'Ann', age: null, word: null },
        { name: 'Bo', age: 31, word: 'w' },
      ],
    },
    errors: [
      ['users.0.age', 'X'],
      ['users.0.word', 'X'],
    ],
  },
  {
    name: 'C07 an error at `_entities` as a whole stands for each field',
    query: QUERY,
    b: answer({ data: null, errors: [error(['_entities'])] }),
    data: WITHOUT_B,
    errors: allOf('X'),
  },
  {
    // The policy on errors gives it a code, when the answer leaves (gateway/plugins/errors.ts).
    name: 'C07 an error without a code is told at its path',
    query: '{ me { age } }',
    b: answer({
      data: { _entities: [{ age: null }] },
      errors: [{ message: 'it said', path: ['_entities', 0, 'age'] }],
    }),
    data: { me: { age: null } },
    errors: [['me.age', 'undefined']],
  },
  ...[
    ['nowhere'],
    ['_entities', 99, 'age'],
    ['_entities', 'x', 'age'],
    ['_entities', 0, 'age', 'deep', 5],
    [0],
    [],
  ].map(
    (path): Lying => ({
      name: `C07 an error at ${JSON.stringify(path)}, where nothing is, is told and costs no data`,
      query: '{ me { age } }',
      b: (honest) => ({ ...honest, errors: [error(path)] }),
      data: { me: { age: 30 } },
      errors: [[path.length > 3 ? 'me.age.deep.5' : '', 'X']],
    }),
  ),
  {
    name: 'C07 an error of a root fetch below a list',
    query: '{ users { name } }',
    a: (honest) => ({ ...(say('/users.1.name', null)(honest, '') as object), errors: [error(['users', 1, 'name'])] }),
    data: { users: [{ name: 'Ann' }, { name: null }] },
    errors: [['users.1.name', 'X']],
  },
  {
    name: 'what depends on a field that failed is null with an error',
    query: '{ me { friend { name age } word } }',
    b: (honest, query) =>
      query.includes('friend')
        ? { ...(say('0.friend', null)(honest, '') as object), errors: [error(['_entities', 0, 'friend'])] }
        : honest,
    data: { me: { friend: null, word: 'w' } },
    errors: [['me.friend', 'X']],
  },
]);
