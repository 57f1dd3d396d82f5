import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../../gateway/plugins/limits.ts';
import { target } from './attack.ts';

const BAD_REQUEST = { status: 400, code: 'BAD_REQUEST' };
const UNRESOLVED = { status: 400, code: 'OPERATION_RESOLUTION_FAILURE' };

test('request envelope', async (t) => {
  const { hub, refuses, post } = await target(t);

  await t.test('A17: a query that is no text is 400', async () => {
    for (const query of ['1', '0', '-1.5', 'true', 'false', '["{who}"]', '[]', '{"a":1}', '{}', 'null', '""', '" "']) {
      await refuses(query, () => post(`{"query":${query}}`), BAD_REQUEST);
      await refuses(`${query} with a name`, () => post(`{"query":${query},"operationName":"A"}`), BAD_REQUEST);
    }
  });

  await t.test('A18: variables, extensions and names of another kind are 400', async () => {
    for (const wrong of ['[]', '[1]', '"x"', '""', '1', '0', 'true', 'false']) {
      await refuses(wrong, () => post(`{"query":"{who}","variables":${wrong}}`), BAD_REQUEST);
      await refuses(wrong, () => post(`{"query":"{who}","extensions":${wrong}}`), BAD_REQUEST);
    }
    for (const wrong of ['[]', '1', 'true', '{}']) {
      await refuses(wrong, () => post(`{"query":"{who}","operationName":${wrong}}`), BAD_REQUEST);
    }
    const nulls = await post('{"query":"{who}","variables":null,"extensions":null,"operationName":null}');
    assert.equal(nulls.status, 200, 'null is as if it were left out');
    hub.fetches.length = 0;
  });

  await t.test('A19: a name that is not in the document is 400', async () => {
    for (const operationName of ['C', 'who', '__proto__', 'constructor', 'A B', 'F', 'x'.repeat(5_000)]) {
      const query = 'query A { ...F } query B { who } fragment F on Query { who }';
      await refuses(operationName, () => hub.ask(query, { operationName }), UNRESOLVED);
      await refuses(`${operationName}, one without a name`, () => hub.ask('{ who }', { operationName }), UNRESOLVED);
    }
  });

  await t.test('A20: two operations and no name are 400', async () => {
    const two = 'query A { who } query B { who }';
    await refuses('no name', () => hub.ask(two), UNRESOLVED);
    await refuses('an empty name is none', () => hub.ask(two, { operationName: '' }), UNRESOLVED);
    await refuses('one may write', () => hub.ask('query A { who } mutation B { write(n: 1) }'), UNRESOLVED);
    await refuses('no operation at all', () => hub.ask('fragment F on Query { who }'), {
      status: 400,
      code: ['OPERATION_RESOLUTION_FAILURE', 'GRAPHQL_VALIDATION_FAILED'],
    });
    assert.equal((await hub.ask(two, { operationName: 'B' })).status, 200);
    hub.fetches.length = 0;
  });

  await t.test('A21: a batch is 400, and none of it runs', async () => {
    const one = JSON.stringify({ query: 'mutation { write(n: 1) }' });
    for (const body of [Array(10).fill(one), [one], [one, 'null'], ['1', '2']]) {
      await refuses(`${body.length}`, () => post(`[${body}]`), { status: 400, code: 'BATCHING_DISABLED' });
    }
  });

  await t.test('A23: a body that is no object is 400', async () => {
    for (const body of ['null', '"x"', '1', '0', '[]', 'true', 'false', '{}', '""']) {
      await refuses(body, () => post(body), BAD_REQUEST);
    }
  });

  await t.test('A24: keys of prototypes are refused or plain data, and nothing is merged', async () => {
    const query = 'query Q($t: String) { echo(text: $t) }';
    for (const variables of [
      '{"t":"x","__proto__":{"admin":true}}',
      '{"t":{"__proto__":{"admin":true}}}',
      '{"t":[{"a":{"__proto__":null}}]}',
    ]) {
      await refuses(variables, () => post(`{"query":${JSON.stringify(query)},"variables":${variables}}`), BAD_REQUEST);
    }
    for (const body of [
      `{"query":"{ who }","variables":{"constructor":{"prototype":{"admin":true}}},"__proto__":{"admin":true}}`,
      `{"query":"{ who }","extensions":{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}}`,
    ]) {
      assert.equal((await post(body)).status, 200, body);
    }
    const aliases = await hub.ask('{ __proto__: who constructor: who prototype: who toString: __typename }');
    assert.equal(aliases.status, 200, aliases.text);
    assert.deepEqual(Object.keys(aliases.body.data ?? {}), ['__proto__', 'constructor', 'prototype', 'toString']);
    const literal = await hub.ask('query __proto__($constructor: String = "c") { echo(text: $constructor) }');
    assert.equal(literal.status, 200, literal.text);
    assert.equal(({} as { admin?: unknown }).admin, undefined);
    hub.fetches.length = 0;
  });

  await t.test('A25: variables of any depth and size are judged without a stack', async () => {
    const { variableDepth, variableKeys } = DEFAULT_LIMITS;
    const nested = (depth: number, open = '{"a":', close = '}') =>
      `{"query":"{ who }","variables":{"v":${open.repeat(depth)}1${close.repeat(depth)}}}`;
    for (const [open, close] of [
      ['{"a":', '}'],
      ['[', ']'],
    ] as const) {
      const most = variableDepth - 1;
      assert.equal((await post(nested(most, open, close))).status, 200);
      hub.fetches.length = 0;
      for (const depth of [variableDepth + 1, 2_000, 20_000]) {
        await refuses(`${open} ${depth}`, () => post(nested(depth, open, close)), {
          status: 400,
          code: 'VARIABLES_TOO_DEEP',
        });
      }
    }
    const flat = (keys: number) =>
      JSON.stringify({
        query: '{ who }',
        variables: Object.fromEntries(Array.from({ length: keys }, (_, i) => [i, i])),
      });
    assert.equal((await post(flat(variableKeys))).status, 200);
    hub.fetches.length = 0;
    await refuses('keys', () => post(flat(variableKeys + 1)), { status: 400, code: 'VARIABLES_TOO_LARGE' });
    const list = JSON.stringify({ query: '{ who }', variables: { v: Array(variableKeys + 1).fill(1) } });
    await refuses('entries of a list', () => post(list), { status: 400, code: 'VARIABLES_TOO_LARGE' });
    for (const part of ['extensions', 'x']) {
      const deep = `{"query":"{ who }","${part}":{"v":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`;
      assert.equal((await post(deep)).status, 200, `${part}: nobody looks into it`);
    }
    hub.fetches.length = 0;
  });

  await t.test('A26: a subscription is 400 where none is offered', async () => {
    const code = ['OPERATION_RESOLUTION_FAILURE', 'GRAPHQL_VALIDATION_FAILED'];
    for (const query of [
      'subscription { who }',
      'subscription S { __typename }',
      'query A { who } subscription B { x }',
    ]) {
      await refuses(query, () => hub.ask(query, query.includes('A') ? { operationName: 'B' } : {}), {
        status: 400,
        code,
      });
    }
  });
});
