import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { HubContext } from '../../../gateway/context.ts';
import { type DataClass, principalOf } from '../../../platform/principal.ts';
import { type Part, startHub } from '../hub.ts';

const GOVERNED = `
  extend schema @link(url: "https://concord.example/governance/v1.0", import: ["@data"]) @composeDirective(name: "@data")
  directive @data(class: DataClass!, mask: Mask, retainDays: Int, maxAgeSeconds: Int, purpose: Purpose) on FIELD_DEFINITION | OBJECT
  enum DataClass { PUBLIC INTERNAL PERSONAL FINANCIAL SECRET }
  enum Mask { EMAIL LAST4 HIDE }
  enum Purpose { MARKETING }
`;

const ADA = {
  id: 'ada',
  name: 'Ada Canary',
  email: 'ada.canary@example.com',
  emails: ['ada.canary@example.com', null, 'x'],
  iban: 'DE89 3704 0044 0532 0130 00',
  home: { street: 'Canary Row 7', town: 'Monterey' },
  born: 1815,
  pin: 'canary-pin',
  salary: 4_200,
};

const people: Part = {
  sdl: `${GOVERNED}
    type Query { person: Person, reachable: Reachable, anybody: Anybody, people: [Person!]! }
    type Mutation { greet: Person }
    interface Reachable { email: String }
    union Anybody = Person
    type Person implements Reachable @key(fields: "id") @key(fields: "email") @data(class: PERSONAL) {
      id: ID! @data(class: INTERNAL)
      name: String! @data(class: PERSONAL, mask: HIDE)
      email: String @shareable @data(class: PERSONAL, mask: EMAIL)
      emails: [String] @data(class: PERSONAL, mask: EMAIL)
      iban: String @data(class: FINANCIAL, mask: LAST4)
      home: Home @data(class: PERSONAL, mask: HIDE)
      born: Int @data(class: PERSONAL, mask: HIDE)
      pin: String @data(class: SECRET)
      salary: Int @data(class: FINANCIAL)
    }
    type Home { street: String, town: String }
  `,
  resolvers: {
    Query: {
      person: () => ADA,
      people: () => [ADA, ADA],
      reachable: () => ({ __typename: 'Person', ...ADA }),
      anybody: () => ({ __typename: 'Person', ...ADA }),
    },
    Mutation: { greet: () => ADA },
  },
};

/** Greets by the full values that it requires, and tells of each what it got. */
const letters: Part = {
  sdl: `${GOVERNED}
    type Person @key(fields: "email") { email: String @shareable @data(class: PERSONAL, mask: EMAIL), iban: String @external, isKnown: Boolean @requires(fields: "iban") }
  `,
  resolvers: {
    Person: {
      __resolveReference: (reference: object) => reference,
      isKnown: (given: { email: string; iban: string }) => given.email === ADA.email && given.iban === ADA.iban,
    },
  },
};

async function hubFor(t: TestContext, more: { http?: boolean; open?: boolean } = {}) {
  const hub = await startHub(t, {
    parts: { people, letters },
    http: more.http ?? false,
    gateway: {
      authenticate: more.open
        ? null
        : async (key) =>
            principalOf({
              id: key,
              name: key,
              scopes: [],
              unmasked: key === 'none' ? [] : (key.split(',') as DataClass[]),
            }),
    },
  });
  const as = async (unmasked: string, query: string) =>
    (await hub.ask(query, { headers: more.open ? { authorization: '' } : { authorization: `Bearer ${unmasked}` } }))
      .body as {
      data: Record<string, unknown>;
      errors?: unknown[];
      extensions?: { masked?: string[] };
    };
  return { as };
}

const ALL = '{ person { id name email emails iban home { street town } born pin salary } }';
const MASKED = {
  id: 'ada',
  name: '***',
  email: 'a***@example.com',
  emails: ['a***@example.com', null, '***'],
  iban: '***3000',
  home: null,
  born: null,
  pin: '***',
  salary: 4_200,
};

test('each field is masked in its form, without an error, and the answer says which were', async (t) => {
  const { as } = await hubFor(t);
  const answer = await as('none', ALL);
  assert.deepEqual(answer.data, { person: MASKED });
  assert.equal(answer.errors, undefined);
  assert.deepEqual(
    answer.extensions?.masked,
    ['born', 'email', 'emails', 'home', 'iban', 'name', 'pin'].map((field) => `Person.${field}`),
  );
});

test('each class is opened by its own right alone', async (t) => {
  const { as } = await hubFor(t);
  const { id, name, email, emails, iban, home, born, pin, salary } = ADA;
  const personal = { name, email, emails, home, born };
  assert.deepEqual((await as('PERSONAL', ALL)).data, { person: { ...MASKED, ...personal } });
  assert.deepEqual((await as('FINANCIAL', ALL)).data, { person: { ...MASKED, iban } });
  assert.deepEqual((await as('SECRET', ALL)).data, { person: { ...MASKED, pin } });
  assert.deepEqual((await as('PERSONAL,FINANCIAL,SECRET', ALL)).data, {
    person: { id, ...personal, iban, pin, salary },
  });
});

test('one operation, asked in turn by callers with different rights, never shows one of them the view of another', async (t) => {
  const { as } = await hubFor(t);
  for (let round = 0; round < 20; round++) {
    const [none, all] = await Promise.all([as('none', ALL), as('PERSONAL,FINANCIAL,SECRET', ALL)]);
    assert.deepEqual(none.data.person, MASKED);
    assert.equal((all.data.person as typeof ADA).email, ADA.email);
  }
});

test('an alias, a fragment, an interface, a union, a list and an act show the same masked form', async (t) => {
  const { as } = await hubFor(t);
  const ways = [
    '{ person { mail: email } }',
    'fragment F on Person { mail: email } { person { ...F } }',
    '{ reachable { mail: email } }',
    '{ reachable { ... on Person { mail: email } } }',
    '{ anybody { ... on Person { mail: email } } }',
    '{ people { mail: email } }',
    'mutation { greet { mail: email } }',
  ];
  for (const way of ways) {
    const text = JSON.stringify(await as('none', way));
    assert.match(text, /"mail":"a\*\*\*@example\.com"/, way);
    assert.doesNotMatch(text, /canary/i, way);
  }
});

for (const http of [false, true]) {
  test(`a key and a required field reach a subgraph ${http ? 'over HTTP' : 'in process'} in full`, async (t) => {
    const { as } = await hubFor(t, { http });
    assert.deepEqual((await as('none', '{ person { email isKnown } }')).data, {
      person: { email: 'a***@example.com', isKnown: true },
    });
  });
}

test('every sensitive field of which a full value is shown is noted for the audit, and no other', async (t) => {
  const contexts: HubContext[] = [];
  let person: object | null = ADA;
  const hub = await startHub(t, {
    parts: { people, letters },
    replace: {
      people: {
        fetch: async (_fetch, context) => {
          contexts.push(context);
          return { data: { person } };
        },
        close: async () => {},
      },
    },
    gateway: {
      authenticate: async (key) =>
        principalOf({ id: key, name: key, scopes: [], unmasked: key === 'none' ? [] : [key as DataClass] }),
    },
  });
  const noted = async (unmasked: string, query: string) => {
    await hub.ask(query, { headers: { authorization: `Bearer ${unmasked}` } });
    const { fullReads, masked } = contexts.at(-1) as HubContext; // the request that was just answered
    return { full: [...(fullReads ?? [])].sort(), masked: [...(masked ?? [])].sort() };
  };
  const QUERY = '{ person { id email iban salary } }';
  assert.deepEqual(await noted('none', QUERY), { full: [], masked: ['Person.email', 'Person.iban'] });
  assert.deepEqual(await noted('PERSONAL', QUERY), { full: ['Person.email'], masked: ['Person.iban'] });
  assert.deepEqual(await noted('FINANCIAL', QUERY), { full: ['Person.iban'], masked: ['Person.email'] });
  person = { ...ADA, email: null, iban: null };
  assert.deepEqual(await noted('PERSONAL', QUERY), { full: [], masked: [] }, 'there was nothing to see');
  person = null;
  assert.deepEqual(await noted('PERSONAL', QUERY), { full: [], masked: [] });
});

test('a graph that is open to all masks nothing', async (t) => {
  const { as } = await hubFor(t, { open: true });
  const answer = await as('', ALL);
  assert.deepEqual(answer.data, { person: ADA });
  assert.equal(answer.extensions?.masked, undefined);
});
