import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principalOf } from '../../../platform/principal.ts';
import { startHub, verdicts } from '../hub.ts';
import { people } from './people.ts';

const parts = people;

test('B16 B14 one denied act refuses the whole document before anything runs', async (t) => {
  const hub = await startHub(t, { parts });
  for (const query of [
    'mutation { promote(id: 1) { name } }',
    'mutation { rename(id: 1, name: "x") { name } promote(id: 1) { name } }',
    'mutation { ...F } fragment F on Mutation { x: promote(id: 1) { name } }',
  ]) {
    const answer = await hub.ask(query);
    assert.equal(answer.status, 403);
    assert.deepEqual(verdicts(answer), [['FORBIDDEN', undefined]]);
  }
  for (const [query, variables] of [
    ['mutation { setLevel(level: HIGH) { name } }', {}],
    ['mutation M($l: Level) { setLevel(level: $l) { name } }', { l: 'LOW' }],
  ] as const) {
    assert.equal((await hub.ask(query, { variables })).status, 403, 'an input of a denied type');
  }
  assert.deepEqual(hub.fetches, []);
  assert.equal((await hub.ask('mutation { setLevel { name } }')).status, 200, 'the input is left out');
});

test('B14 B15: a key whose acts are named runs those alone, whatever its scopes are', async (t) => {
  const principal = principalOf({ id: 'k', name: 'x', scopes: ['hr'], acts: { note: {} } });
  const hub = await startHub(t, { parts, gateway: { authenticate: async () => principal } });
  for (const query of [
    'mutation { rename(id: 1, name: "x") { name } }',
    'mutation { note(text: "t") { text } rename(id: 1, name: "x") { name } }',
    'mutation { note: rename(id: 1, name: "x") { name } }',
    'mutation { ...F } fragment F on Mutation { ... { setLevel { name } } }',
  ]) {
    const answer = await hub.ask(query);
    assert.deepEqual([answer.status, verdicts(answer)], [403, [['FORBIDDEN', undefined]]], query);
  }
  assert.deepEqual(hub.fetches, []);
  for (const query of ['mutation { __typename note(text: "t") { text } }', '{ __typename }']) {
    assert.equal((await hub.ask(query)).status, 200, query);
  }
  const none = principalOf({ id: 'k', name: 'x', scopes: ['hr'], acts: {} });
  const closed = await startHub(t, { parts, gateway: { authenticate: async () => none } });
  assert.equal((await closed.ask('mutation { note(text: "t") { text } }')).status, 403);
});

test('a denied field in what an allowed act returns does not keep the act from running', async (t) => {
  const hub = await startHub(t, { parts });
  const answer = await hub.ask('mutation { note(text: "t") { text secret } }');
  assert.deepEqual(answer.body.data, { note: { text: 't', secret: null } });
  assert.deepEqual(verdicts(answer), [['FORBIDDEN_FIELD', 'note.secret']]);
});
