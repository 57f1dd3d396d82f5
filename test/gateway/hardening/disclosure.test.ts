import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getIntrospectionQuery } from 'graphql';
import { gatewayConfig } from '../../../gateway/config.ts';
import { JSON_AND_KEY, target } from './attack.ts';

test('what answers tell of the hub', async (t) => {
  const { hub, refuses, post, weather } = await target(t);

  await t.test('A48: outside development the schema is told to operators only', async (t) => {
    for (const query of [
      getIntrospectionQuery(),
      '{ __schema { types { name } } }',
      '{ ...F } fragment F on Query { x: __type(name: "Customer") { name } }',
      '{ customer(id: 1) { id } ... { __schema { queryType { name } } } }',
      '{ __type(name: "Customer") @skip(if: true) { name } who }',
    ]) {
      const { text } = await refuses(query, () => hub.ask(query), { status: 403, code: 'INTROSPECTION_DISABLED' });
      assert.ok(!text.includes('Customer'));
    }
    const { body } = await hub.ask('{ __typename customer(id: 1) { __typename } }');
    assert.deepEqual(body.data, { __typename: 'Query', customer: { __typename: 'Customer' } });
    hub.fetches.length = 0;
    const operator = await target(t, { scopes: ['operate'] });
    assert.equal((await operator.hub.ask(getIntrospectionQuery())).status, 200);
    const development = await target(t, { config: gatewayConfig({ PORT: '0', HUB_MODE: 'development' }) });
    assert.equal((await development.hub.ask(getIntrospectionQuery())).status, 200);
    assert.match((await development.hub.ask('{ customr(id: 1) { id } }')).text, /Did you mean/);
  });

  await t.test('A49: a misspelt name is refused without the right one', async () => {
    for (const query of [
      '{ customr(id: 1) { id } }',
      '{ customer(idd: 1) { id } }',
      '{ customer(id: 1) { nam } }',
      'query Q($x: Custmer) { who }',
      '{ customer(id: 1) { ... on Custmer { id } } }',
      '{ customer(id: 1) { ...G } } fragment F on Customer { id }',
      '{ filtered(filter: { tone: LOUDE }) }',
      '{ filtered(filter: { tune: LOUD }) }',
      '{ who @skp(if: true) }',
      'mutation { wrte(n: 1) }',
    ]) {
      const { text } = await refuses(query, () => hub.ask(query), { status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
      assert.ok(!/did you mean|suggest/i.test(text), text);
    }
  });

  await t.test('A50: what federation adds to a subgraph is not to be asked of the hub', async () => {
    for (const query of [
      '{ _service { sdl } }',
      '{ _entities(representations: []) { __typename } }',
      'query Q($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { id } } }',
      '{ ... on Query { x: _service { __typename } } }',
    ]) {
      const variables = { r: [{ __typename: 'Customer', id: '1' }] };
      await refuses(query, () => hub.ask(query, { variables }), { status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
    }
  });

  await t.test('A53: a browser gets no page, no version and no tool, whatever it says it takes', async () => {
    for (const accept of ['text/html', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8']) {
      for (const path of [
        '/',
        '/graphql',
        '/graphiql',
        '/graphiql/page.js',
        '/graphql?query=%7B__typename%7D',
        '/sandbox',
      ]) {
        const headers = { accept, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
        for (const caller of [headers, { ...headers, authorization: 'Bearer k' }]) {
          const code = ['NOT_FOUND', 'UNAUTHENTICATED', 'NOT_ACCEPTABLE', 'BAD_REQUEST'];
          const answer = await refuses(`${path} ${accept}`, () => hub.send({ path, headers: caller }), {
            status: [400, 401, 404, 406],
            code,
          });
          assert.ok(!/graphiql|\d+\.\d+\.\d+/i.test(answer.text), answer.text);
        }
      }
    }
  });

  await t.test('A54: no answer names its maker, and none may be kept or guessed at', async () => {
    const headers = JSON_AND_KEY;
    const asked = {
      good: () => hub.ask('{ customer(id: 1) { name orders } }'),
      'good, by GET': () =>
        hub.send({ path: '/graphql?query=%7Bwho%7D', headers: { ...headers, 'apollo-require-preflight': '1' } }),
      'partly denied': async () => {
        weather.erp = 'down';
        const answer = await hub.ask('{ customer(id: 1) { name orders } }');
        weather.erp = 'fine';
        return answer;
      },
      'not parsed': () => hub.ask('{'),
      'not valid': () => hub.ask('{ nothing }'),
      'not resolved': () => hub.ask('{ who }', { operationName: 'X' }),
      'not coerced': () => hub.ask('query Q($n: Int!) { customers(first: $n) { id } }', { variables: { n: 'x' } }),
      'a mutation by GET': () =>
        hub.send({
          path: '/graphql?query=mutation%7Bwrite(n:1)%7D',
          headers: { ...headers, 'apollo-require-preflight': '1' },
        }),
      'a simple GET': () => hub.send({ path: '/graphql?query=%7Bwho%7D', headers: { authorization: 'Bearer k' } }),
      'an unknown hash': () => post(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"${'0'.repeat(64)}"}}}`),
      'no key': () => hub.send({ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
      'another method': () => hub.send({ method: 'PUT', headers }),
      'nothing there': () => hub.send({ path: '/nowhere' }),
      health: () => hub.send({ path: '/livez' }),
      readiness: () => hub.send({ path: '/readyz' }),
    };
    for (const [name, ask] of Object.entries(asked)) {
      const answer = await ask();
      assert.notEqual(answer.status, 500, name);
      assert.equal(answer.headers.get('cache-control'), 'private, no-store', name);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', name);
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer', name);
      assert.ok(answer.headers.get('x-correlation-id'), name);
      for (const header of ['x-powered-by', 'server', 'via', 'x-apollo-operation-name', 'etag']) {
        assert.equal(answer.headers.get(header), null, `${name}: ${header}`);
      }
      for (const [header, value] of answer.headers) {
        assert.ok(!/apollo|fastify|node|\/\d+\.\d+/i.test(value), `${name}: ${header}: ${value}`);
      }
    }
    hub.fetches.length = 0;
  });

  await t.test('A55: answers in parts are not offered: the directives are unknown', async () => {
    for (const query of [
      '{ customer(id: 1) { ... @defer { name } } }',
      '{ customer(id: 1) { ...F @defer(label: "x") } } fragment F on Customer { name }',
      '{ customers(first: 2) @stream(initialCount: 1) { name } }',
    ]) {
      for (const accept of [
        'application/json',
        'application/graphql-response+json',
        'multipart/mixed; deferSpec=20220824, application/json',
        'multipart/mixed;incrementalSpec=v0.2, application/json',
      ]) {
        const verdict = { status: 400, code: 'GRAPHQL_VALIDATION_FAILED' };
        const answer = await refuses(`${query} ${accept}`, () => hub.ask(query, { headers: { accept } }), verdict);
        assert.match(answer.text, /Unknown directive \\"@(defer|stream)\\"/);
      }
      await refuses(
        'parts alone',
        () => hub.ask(query, { headers: { accept: 'multipart/mixed; deferSpec=20220824' } }),
        {
          status: 406,
          code: 'NOT_ACCEPTABLE',
        },
      );
    }
  });
});
