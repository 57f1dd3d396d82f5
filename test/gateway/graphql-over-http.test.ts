import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { startHub } from './hub.ts';
import { fineWeather, smallGraph } from './small-graph.ts';

/** The audits that the hub does not pass, each with the reason; any other failure fails the test. */
const BY_DESIGN: Readonly<Record<string, string>> = {
  '572B': 'a document that cannot be parsed is 400 in application/json too: logs, alarms and proxies count statuses',
  FDE2: 'so is one that does not fit the graph',
  '7B9B': 'and so is a variable of the wrong form, refused before any system is asked',
};

test('GraphQL over HTTP: MUST 13 of 13, SHOULD 20 of 23, MAY 25 of 25', async (t) => {
  const hub = await startHub(t, { parts: smallGraph(fineWeather()), scopes: ['operate'] });
  const results = await Promise.all(
    serverAudits({
      url: `${hub.url}/graphql`,
      fetchFn: (url: string, init: RequestInit = {}) => {
        const headers = new Headers(init.headers);
        headers.set('authorization', 'Bearer k');
        headers.set('apollo-require-preflight', 'audit');
        return fetch(url, { ...init, headers });
      },
    }).map(async (audit) => ({ level: audit.name.split(' ')[0] ?? '', result: await audit.fn() })),
  );
  const counts = ['MUST', 'SHOULD', 'MAY'].map((level) => {
    const all = results.filter((result) => result.level === level);
    return `${level} ${all.filter(({ result }) => result.status === 'ok').length}/${all.length}`;
  });
  const failed = results.flatMap(({ result }) => (result.status === 'ok' ? [] : [result]));
  t.diagnostic(counts.join(', '));
  for (const { id, name } of failed) t.diagnostic(`not met: ${id} ${name}: ${BY_DESIGN[id] ?? 'unknown'}`);
  for (const { id, name, reason } of failed) assert.ok(BY_DESIGN[id], `${id} ${name}: ${reason}`);
  assert.deepEqual(counts, ['MUST 13/13', 'SHOULD 20/23', 'MAY 25/25']);
});

test('the answer comes in the media type that the caller wants most, errors too', async (t) => {
  const hub = await startHub(t, { parts: smallGraph(fineWeather()) });
  const JSON_ANSWER = 'application/json; charset=utf-8';
  const GRAPHQL_ANSWER = 'application/graphql-response+json; charset=utf-8';
  const cases: [accept: string, type: string | null][] = [
    ['*/*', JSON_ANSWER],
    ['application/*', JSON_ANSWER],
    ['application/json', JSON_ANSWER],
    ['APPLICATION/JSON; charset=UTF-8', JSON_ANSWER],
    ['application/graphql-response+json', GRAPHQL_ANSWER],
    ['application/graphql-response+json; charset=utf-8, application/json; charset=utf-8', GRAPHQL_ANSWER],
    ['application/graphql-response+json, application/json;q=0.9', GRAPHQL_ANSWER],
    ['application/graphql-response+json;q=0.5, application/json', JSON_ANSWER],
    ['application/json;q=0, */*', GRAPHQL_ANSWER],
    ['text/html, application/xhtml+xml, */*;q=0.1', JSON_ANSWER],
    ['application/json;q=0', null],
    ['application/json; charset=utf-16', null],
    ['text/html', null],
  ];
  for (const [accept, type] of cases) {
    for (const [query, status] of [
      ['{ who }', 200],
      ['{', 400],
      ['{ nothing }', 400],
    ] as const) {
      const answer = await hub.ask(query, { headers: { accept } });
      assert.equal(answer.status, type === null ? 406 : status, `${accept} ${query}`);
      assert.equal(answer.headers.get('content-type'), type ?? JSON_ANSWER, `${accept} ${query}`);
    }
  }
  const batch = await hub.send({
    method: 'POST',
    body: '[{}]',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer k',
      accept: 'application/graphql-response+json',
    },
  });
  assert.equal(batch.headers.get('content-type'), GRAPHQL_ANSWER, 'also what the door refuses');
});

test('a query may come by GET with its variables and name; nothing of it may be kept', async (t) => {
  const hub = await startHub(t, { parts: smallGraph(fineWeather()) });
  const ask = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
    hub.send({
      path: `/graphql?${new URLSearchParams(parameters)}`,
      headers: { authorization: 'Bearer k', 'apollo-require-preflight': '1', ...headers },
    });
  const query = 'query A { who } query B($t: String) { echo(text: $t) }';
  const named = await ask({ query, operationName: 'B', variables: '{"t":"&=#ü"}', extensions: '{}' });
  assert.deepEqual(named.body.data, { echo: '{"text":"&=#ü"}' });
  assert.equal(named.headers.get('cache-control'), 'private, no-store');
  assert.equal((await ask({ query: '{ who }', operationName: '', variables: '' })).status, 200);
  assert.equal((await ask({ query: '{ who }', variables: '[1]' })).status, 400);
  assert.equal((await ask({ query: '{ who }', variables: '{' })).status, 400);
  const forged = await ask({ query: '{ who }' }, { 'apollo-require-preflight': '', 'content-type': 'text/plain' });
  assert.equal(forged.status, 415);
  const byType = await ask(
    { query: '{ who }' },
    { 'apollo-require-preflight': '', 'content-type': 'application/json' },
  );
  assert.equal(byType.status, 200, 'a page of another origin cannot send this content-type without asking first');
  const mutation = await ask({ query: 'mutation { write(n: 1) }' });
  assert.equal(mutation.status, 405);
  assert.equal(mutation.headers.get('allow'), 'POST');
});
