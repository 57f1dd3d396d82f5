import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principalOf } from '../../../platform/principal.ts';
import { type Part, startHub, verdicts } from '../hub.ts';
import { people } from './people.ts';

const parts = people;

/** Each asks for the denied salary of person 1 and for something allowed beside it. */
const SAME_FIELD: Record<string, [query: string, path: string]> = {
  'B02 directly': ['{ person(id: 1) { name salary } }', 'person.salary'],
  'B03 under an alias': ['{ person(id: 1) { name name2: salary } }', 'person.name2'],
  'B04 in a named fragment': ['{ person(id: 1) { name ...F } } fragment F on Person { salary }', 'person.salary'],
  'B04 in a nested fragment': [
    '{ person(id: 1) { name ...F } } fragment F on Person { ...G } fragment G on Person { salary }',
    'person.salary',
  ],
  'B04 in an inline fragment without a type': ['{ person(id: 1) { name ... { salary } } }', 'person.salary'],
  'B05 through the concrete type behind an interface': [
    '{ named { name ... on Person { salary } } }',
    'named.0.salary',
  ],
  'B05 through an interface': ['{ named { name salary } }', 'named.0.salary'],
  'B06 through a union member': ['{ anything { __typename ... on Person { name salary } } }', 'anything.0.salary'],
  'through a list': ['{ people { name salary } }', 'people.0.salary'],
  'at the end of a chain': ['{ person(id: 1) { friend { friend { name salary } } } }', 'person.friend.friend.salary'],
};

for (const http of [false, true]) {
  for (const [name, [query, path]] of Object.entries(SAME_FIELD)) {
    const way = http ? 'HTTP' : 'in process';
    test(`${name}, a denied field is null with one error, its siblings stay, and it is not fetched (${way})`, async (t) => {
      const hub = await startHub(t, { parts, http });
      const answer = await hub.ask(query);
      assert.equal(answer.status, 200);
      assert.deepEqual(verdicts(answer), [['FORBIDDEN_FIELD', path]]);
      assert.ok(!answer.text.includes('1234567'));
      assert.ok(!answer.text.includes('concordType'));
      assert.doesNotMatch(answer.body.errors?.[0]?.message ?? '', /\bhr\b/, 'the scope is not told');
      assert.ok(answer.text.includes('name 1') || answer.text.includes('name 2'), 'siblings stay');
      assert.ok(hub.fetches.length > 0 && !hub.fetches.some((text) => text.includes('salary')));
      assert.ok(answer.body.errors?.[0]?.extensions.correlationId);
    });
  }
}

test('who holds the scope gets the value, by the same ways', async (t) => {
  const hub = await startHub(t, { parts, scopes: ['hr', 'ops'] });
  for (const [name, [query]] of Object.entries(SAME_FIELD)) {
    const answer = await hub.ask(query);
    assert.deepEqual(verdicts(answer), [], name);
    assert.ok(answer.text.includes('1234567'), name);
  }
});

test('the answer keeps the order that was asked for', async (t) => {
  const hub = await startHub(t, { parts });
  const answer = await hub.ask('{ a: person(id: 1) { salary name id } unrelated }');
  assert.equal(JSON.stringify(answer.body.data), '{"a":{"salary":null,"name":"name 1","id":"1"},"unrelated":"yes"}');
});

test('B07 of two scoped fields a key with one scope gets one', async (t) => {
  const hub = await startHub(t, { parts, scopes: ['tax'] });
  const answer = await hub.ask('{ person(id: 1) { salary taxId desk } }');
  assert.deepEqual(answer.body.data, { person: { salary: null, taxId: 'canary-tax', desk: 'D1' } });
  assert.deepEqual(verdicts(answer), [['FORBIDDEN_FIELD', 'person.salary']]);
});

test('B08 a scoped type is denied in a list, behind an entity, and as what an act returns', async (t) => {
  const hub = await startHub(t, { parts });
  const inUnion = await hub.ask('{ anything { __typename ... on Vault { gold } ... on Robot { serial } } }');
  assert.deepEqual(inUnion.body.data, {
    anything: [{ __typename: 'Person' }, { __typename: 'Robot', serial: 'x' }, { __typename: 'Vault', gold: null }],
  });
  assert.deepEqual(verdicts(inUnion), [['FORBIDDEN_FIELD', 'anything.2.gold']]);

  const behind = await hub.ask('{ person(id: 1) { name vault { gold } } }');
  assert.deepEqual(behind.body.data, { person: { name: 'name 1', vault: null } });

  hub.fetches.length = 0;
  const returned = await hub.ask('mutation { openVault { gold } }');
  assert.equal(returned.status, 403);
  assert.deepEqual(verdicts(returned), [['FORBIDDEN', undefined]]);
  assert.deepEqual(hub.fetches, []);
});

test('B09 a denied field that is never null takes its parent with it, and no more', async (t) => {
  const hub = await startHub(t, { parts });
  const answer = await hub.ask('{ person(id: 1) { name badge } unrelated people { badge } }');
  assert.deepEqual(answer.body.data, { person: null, unrelated: 'yes', people: null });
  assert.deepEqual(verdicts(answer), [
    ['FORBIDDEN_FIELD', 'person.badge'],
    ['FORBIDDEN_FIELD', 'people.0.badge'],
  ]);
});

test('B10 all scopes of one group are needed; no group, or an empty one, can be met by nobody', async (t) => {
  for (let bits = 0; bits < 8; bits++) {
    const scopes = ['a', 'b', 'c'].filter((_, index) => bits & (1 << index));
    const hub = await startHub(t, { parts, scopes });
    const answer = await hub.ask('{ alternatives { one none empty } }');
    const met = scopes.includes('c') || (scopes.includes('a') && scopes.includes('b'));
    assert.deepEqual(
      answer.body.data,
      { alternatives: { one: met ? '1' : null, none: null, empty: null } },
      `${scopes}`,
    );
  }
});

test('B11 a field that is not selected is not denied', async (t) => {
  const hub = await startHub(t, { parts });
  const skipped = await hub.ask('{ person(id: 1) { name salary @skip(if: true) } }');
  assert.deepEqual(skipped.body.data, { person: { name: 'name 1' } });
  assert.deepEqual(verdicts(skipped), []);
  const query = 'query Q($v: Boolean! = false) { person(id: 1) { name ... @include(if: $v) { salary } } }';
  for (const [variables, denied] of [
    [undefined, false],
    [{ v: false }, false],
    [{ v: true }, true],
    [{ v: false }, false],
  ] as const) {
    const answer = await hub.ask(query, { variables });
    assert.deepEqual(answer.body.data, { person: { name: 'name 1', ...(denied ? { salary: null } : {}) } });
    assert.deepEqual(verdicts(answer), denied ? [['FORBIDDEN_FIELD', 'person.salary']] : []);
  }
});

test('B12 a denied key by which another system is asked is used and never shown', async (t) => {
  const hub = await startHub(t, { parts });
  const answer = await hub.ask('{ person(id: 1) { desk ssn } }');
  assert.deepEqual(answer.body.data, { person: { desk: 'D1', ssn: null } });
  assert.ok(!answer.text.includes('canary-ssn'));
});

test('nothing is asked of any system when nothing is left to ask', async (t) => {
  const hub = await startHub(t, { parts });
  for (const query of [
    '{ vault { gold } }',
    '{ ...F } fragment F on Query { vault { gold } }',
    '{ __typename vault { gold } }',
  ]) {
    const answer = await hub.ask(query);
    assert.equal(answer.status, 200);
    assert.deepEqual(verdicts(answer), [['FORBIDDEN_FIELD', 'vault']]);
  }
  assert.deepEqual(hub.fetches, []);
});

test('callers with other scopes do not meet in the caches', async (t) => {
  const scopes: string[] = [];
  const hub = await startHub(t, { parts, scopes });
  const query = '{ person(id: 1) { name salary } }';
  for (let round = 0; round < 3; round++) {
    scopes.length = 0;
    assert.equal(verdicts(await hub.ask(query)).length, 1);
    scopes.push('hr');
    assert.equal(verdicts(await hub.ask(query)).length, 0);
  }
});

test('I9, I12: what was planned for a caller who may see all is not run for one without any scope, whoever asks first', async (t) => {
  const secret: Part = {
    sdl: 'type Query { open: String secret: String @requiresScopes(scopes: [["hr"]]) }',
    resolvers: { Query: { open: () => 'open', secret: () => 'canary' } },
  };
  for (const order of [
    ['hr', 'none', 'hr'],
    ['none', 'hr', 'none'],
  ]) {
    const hub = await startHub(t, {
      parts: { secret },
      gateway: {
        authenticate: async (key) => principalOf({ id: key, name: key, scopes: key === 'hr' ? ['hr'] : [] }),
      },
    });
    for (const key of order) {
      hub.fetches.length = 0;
      const answer = await hub.send({
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ open secret }' }),
      });
      const told = `${key} in ${order}: ${answer.text}`;
      assert.equal(answer.text.includes('"open":"open"'), true, told);
      assert.equal(answer.text.includes('canary'), key === 'hr', told);
      assert.equal(
        hub.fetches.some((text) => text.includes('secret{') || /\bsecret\b.*\bsecret\b/.test(text)),
        key === 'hr',
        told,
      );
    }
  }
});
