import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayConfig } from '../../../gateway/config.ts';
import { type RegisteredOperation, sha256 } from '../../../gateway/operations/registry.ts';
import { principalOf } from '../../../platform/principal.ts';
import { type Target, target } from './attack.ts';

const operation = (body: string, name: string, type: 'query' | 'mutation' = 'query'): RegisteredOperation => ({
  id: sha256(body),
  name,
  type,
  body,
});
/** What `target` asks after each refusal. */
const GOOD = operation('{ customer(id: 1) { name } }', 'Good');
const WHO = operation('query Who { who }', 'Who');
const WRITE = operation('mutation Write($n: Int!) { write(n: $n) }', 'Write', 'mutation');
const persisted = (sha256Hash: unknown, version: unknown = 1) => ({ persistedQuery: { version, sha256Hash } });

/** A hub in which the key `k` may run registered operations only, and `free` what it likes. */
const safelisted = (t: Parameters<typeof target>[0]): Promise<Target> => {
  const free = principalOf({ id: 'k1', name: 'free', scopes: [] });
  return target(t, {
    config: { ...gatewayConfig({ PORT: '0', HUB_MODE: 'production' }), registered: [GOOD, WHO, WRITE] },
    gateway: {
      authenticate: async (key) => (key === 'k' ? { ...free, operations: 'registered' } : key === 'free' ? free : null),
    },
  });
};
test('persisted and registered operations', async (t) => {
  await t.test('A56: a hash that is not the text’s is refused, and nothing is kept under it', async (t) => {
    const { hub, refuses, post } = await target(t);
    const text = '{ customer(id: 2) { name } }';
    const send = (body: object) => post(JSON.stringify(body));
    const wrong = [
      sha256('{ who }'),
      sha256(text).toUpperCase(),
      sha256(text).slice(1),
      'x',
      '__proto__',
      `${sha256(text)} `,
    ];
    for (const hash of wrong) {
      const mismatch = { status: 400, code: 'PERSISTED_QUERY_HASH_MISMATCH' };
      await refuses(hash, () => send({ query: text, extensions: persisted(hash) }), mismatch);
      await refuses(hash, () => send({ query: text, documentId: hash }), mismatch);
      const again = await send({ extensions: persisted(hash) });
      assert.equal(again.body.errors?.[0]?.extensions.code, 'PERSISTED_QUERY_NOT_FOUND', 'nothing was kept');
    }
    for (const version of [2, 0, '1', null, undefined]) {
      const extensions = { persistedQuery: { version, sha256Hash: sha256(text) } };
      await refuses(`version ${version}`, () => send({ query: text, extensions }), {
        status: 400,
        code: 'PERSISTED_QUERY_NOT_SUPPORTED',
      });
    }
    for (const hash of [1, null, {}, [], '', 'x'.repeat(257)]) {
      await refuses(`${hash}`, () => send({ query: text, extensions: persisted(hash) }), {
        status: 400,
        code: 'BAD_REQUEST',
      });
    }
    for (const bad of ['{', '{ nothing }', `{ ${'who '.repeat(16)} }`]) {
      const code = ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'MAX_ROOT_FIELDS_LIMIT'];
      await refuses(bad, () => send({ query: bad, extensions: persisted(sha256(bad)) }), { status: 400, code });
      const again = await send({ extensions: persisted(sha256(bad)) });
      assert.equal(
        again.body.errors?.[0]?.extensions.code,
        'PERSISTED_QUERY_NOT_FOUND',
        'a text that may not run is not kept',
      );
    }
    assert.deepEqual(hub.fetches, []);
  });

  await t.test('A57: a key for registered operations may send none of its own', async (t) => {
    const { hub, weather, refuses, post } = await safelisted(t);
    const outside = { status: 403, code: 'QUERY_NOT_IN_SAFELIST' };
    const free = [
      '{ who }',
      'query Who { who who }',
      'mutation { write(n: 1) }',
      '{',
      'x',
      `${WHO.body} ${WRITE.body}`,
      '{ __typename }',
    ];
    for (const query of free) await refuses(query, () => hub.ask(query), outside);
    await refuses('an unknown hash', () => post(JSON.stringify({ extensions: persisted(sha256('{ who }')) })), outside);
    await refuses('an unknown id', () => post(JSON.stringify({ documentId: 'Who' })), outside);
    for (const body of [
      { extensions: persisted(WHO.id) },
      { documentId: `sha256:${WHO.id}` },
      { documentId: WHO.id, operationName: 'Who' },
      { query: WHO.body },
      { query: 'query Who {\n  who # the same\n}\n' },
    ]) {
      const answer = await post(JSON.stringify(body));
      assert.match(String((answer.body.data as { who?: unknown } | undefined)?.who), /^free /, JSON.stringify(body));
    }
    const written = await post(JSON.stringify({ documentId: WRITE.id, variables: { n: 7 } }));
    assert.deepEqual(written.body.data, { write: 7 });
    assert.equal(weather.writes, 1);
  });

  await t.test('A57: what a free key had kept opens nothing to a key for registered operations', async (t) => {
    const { hub, refuses, post } = await safelisted(t);
    const text = '{ customer(id: 3) { name } }';
    const freely = { 'content-type': 'application/json', authorization: 'Bearer free' };
    const kept = await post(JSON.stringify({ query: text, extensions: persisted(sha256(text)) }), freely);
    assert.equal(kept.status, 200);
    assert.equal((await post(JSON.stringify({ extensions: persisted(sha256(text)) }), freely)).status, 200);
    hub.fetches.length = 0;
    await refuses('kept by another', () => post(JSON.stringify({ extensions: persisted(sha256(text)) })), {
      status: 403,
      code: 'QUERY_NOT_IN_SAFELIST',
    });
  });

  await t.test('A58: an id and a text together are refused, and neither runs', async (t) => {
    const { hub, refuses, post } = await safelisted(t);
    for (const body of [
      { query: 'mutation { write(n: 1) }', extensions: persisted(WHO.id) },
      { query: WHO.body, extensions: persisted(WHO.id) },
      { query: '{ customers { name } }', documentId: `sha256:${WHO.id}` },
      { query: '{ who }', extensions: persisted(sha256('{ who }')) },
      { documentId: WHO.id, extensions: persisted(WHO.id) },
    ]) {
      await refuses(JSON.stringify(body), () => post(JSON.stringify(body)), { status: 400, code: 'BAD_REQUEST' });
    }
    const search = new URLSearchParams({ query: '{ who }', documentId: WHO.id });
    const headers = { authorization: 'Bearer k', 'apollo-require-preflight': '1' };
    await refuses('by GET', () => hub.send({ path: `/graphql?${search}`, headers }), {
      status: 400,
      code: 'BAD_REQUEST',
    });
    const byGet = await hub.send({ path: `/graphql?documentId=sha256:${WRITE.id}&variables=%7B%22n%22:1%7D`, headers });
    assert.equal(byGet.status, 405, 'a registered mutation by GET');
  });
});
