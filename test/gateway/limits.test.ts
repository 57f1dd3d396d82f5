import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { getIntrospectionQuery } from 'graphql';
import { gatewayConfig } from '../../gateway/config.ts';
import { DEFAULT_LIMITS as LIMITS } from '../../gateway/plugins/limits.ts';
import { ConfigError } from '../../platform/config.ts';
import { type HubOptions, startHub, verdicts } from './hub.ts';
import { fineWeather, smallGraph } from './small-graph.ts';

const start = (t: TestContext, options: Partial<HubOptions> = {}) =>
  startHub(t, { parts: smallGraph(fineWeather()), ...options });

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');

/** `customer { parent { parent ... } }`, so many fields deep. */
const deep = (depth: number): string =>
  `{ customer(id: 1) ${'{ parent '.repeat(depth - 2)}{ id }${' }'.repeat(depth - 2)} }`;
/** Fragments of which each spreads the next one twice. */
const doubling = (count: number): string =>
  `{ customer(id: 1) { ...F0 } } ${times(count, (i) => `fragment F${i} on Customer { ${i + 1 < count ? `a${i}: parent { ...F${i + 1} } ...F${i + 1}` : 'id'} }`)}`;

test('every limit of a document: exactly at it is answered, one more is refused with its own code', async (t) => {
  const hub = await start(t);
  const roots = (count: number) => `{ ${times(count, () => '__typename')} }`;
  const cases: [code: string, atLimit: string, over: string][] = [
    ['MAX_DEPTH_LIMIT', deep(LIMITS.depth), deep(LIMITS.depth + 1)],
    [
      'MAX_ALIASES_LIMIT',
      `{ customer(id: 1) { ${times(LIMITS.aliases, (i) => `a${i}: __typename`)} } }`,
      `{ customer(id: 1) { ${times(LIMITS.aliases + 1, (i) => `a${i}: __typename`)} } }`,
    ],
    ['MAX_ROOT_FIELDS_LIMIT', roots(LIMITS.rootFields), roots(LIMITS.rootFields + 1)],
    [
      'MAX_DIRECTIVES_LIMIT',
      `{ customer(id: 1) { ${times(LIMITS.directives, () => 'id @skip(if: false)')} } }`,
      `{ customer(id: 1) { ${times(LIMITS.directives + 1, () => 'id @skip(if: false)')} } }`,
    ],
    [
      'MAX_DEFINITIONS_LIMIT',
      `{ ${times(LIMITS.definitions - 1, (i) => `...F${i}`)} } ${times(LIMITS.definitions - 1, (i) => `fragment F${i} on Query { ${i < 15 ? '__typename' : '...F0'} }`)}`,
      `{ ${times(LIMITS.definitions, (i) => `...F${i}`)} } ${times(LIMITS.definitions, (i) => `fragment F${i} on Query { __typename }`)}`,
    ],
  ];
  for (const [code, atLimit, over] of cases) {
    const good = await hub.ask(atLimit);
    if (code !== 'MAX_DEFINITIONS_LIMIT') assert.equal(good.status, 200, `${code}: ${good.text.slice(0, 300)}`);
    assert.notEqual(verdicts(good)[0]?.[0], code, 'at the limit');
    hub.fetches.length = 0;
    const bad = await hub.ask(over);
    assert.equal(bad.status, 400, code);
    assert.deepEqual(verdicts(bad), [[code, undefined]]);
    assert.deepEqual(hub.fetches, []);
  }
});

test('A27-A35 A39 hostile documents are refused early, and cheaply', async (t) => {
  const hub = await start(t);
  const cases: [name: string, query: string, code: string | string[]][] = [
    ['A27 101 aliases', `{ ${times(101, (i) => `a${i}: __typename`)} }`, 'MAX_ALIASES_LIMIT'],
    [
      'A27 1,000 aliases of a root field',
      `{ ${times(1_000, (i) => `a${i}: who`)} }`,
      ['MAX_ALIASES_LIMIT', 'GRAPHQL_PARSE_FAILED'],
    ],
    ['A28 3,000 times one field', `{ ${times(3_000, () => 'who')} }`, 'GRAPHQL_PARSE_FAILED'],
    ['A28 500 times one field', `{ ${times(500, () => 'who')} }`, 'MAX_ROOT_FIELDS_LIMIT'],
    [
      'A29 1,000 unknown directives',
      `{ who ${times(1_000, (i) => `@d${i}`)} }`,
      ['MAX_DIRECTIVES_LIMIT', 'GRAPHQL_PARSE_FAILED'],
    ],
    [
      'A30 500 skips',
      `{ who ${times(500, () => '@skip(if: false)')} }`,
      ['MAX_DIRECTIVES_LIMIT', 'GRAPHQL_PARSE_FAILED'],
    ],
    ['A31 30 deep', deep(30), 'MAX_DEPTH_LIMIT'],
    ['A32 2,000 deep', deep(2_000), 'GRAPHQL_PARSE_FAILED'],
    ['A32 8,000 deep', deep(8_000), 'GRAPHQL_PARSE_FAILED'],
    ['A33 lists 8,000 deep', `{ echo(text: ${'['.repeat(8_000)}${']'.repeat(8_000)}) }`, 'GRAPHQL_PARSE_FAILED'],
    [
      'A34 circular fragments',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['A34 a fragment in itself', '{ ...A } fragment A on Query { ...A }', 'GRAPHQL_VALIDATION_FAILED'],
    ['A35 doubling', doubling(18), ['MAX_SELECTIONS_LIMIT', 'MAX_DEPTH_LIMIT']],
    [
      'A35 doubling without depth',
      doubling(18).replaceAll(/a\d+: parent \{ (\.\.\.F\d+) \}/g, '$1'),
      'MAX_SELECTIONS_LIMIT',
    ],
    ['A39 over the token limit', `{ ${times(2_001, () => '__typename')} }`, 'GRAPHQL_PARSE_FAILED'],
  ];
  for (const [name, query, codes] of cases) {
    const before = process.cpuUsage();
    const answer = await hub.ask(query);
    const { user, system } = process.cpuUsage(before);
    assert.equal(answer.status, 400, name);
    assert.ok([codes].flat().includes(String(verdicts(answer)[0]?.[0])), `${name}: ${answer.text.slice(0, 200)}`);
    assert.ok((answer.body.errors?.length ?? 0) <= 10, name);
    assert.ok(!/call stack/i.test(answer.text), name);
    assert.ok(
      (user + system) / 1_000 < 250,
      `${name}: ${(user + system) / 1_000} ms of CPU, client and server together`,
    );
  }
  assert.deepEqual(hub.fetches, []);
  const comments = `${'# a comment , , ,\n,,,'.repeat(500)} {__typename}`;
  assert.equal((await hub.ask(comments)).status, 200, 'A39 comments and commas are no tokens');
});

test('A19 A20 A26 a request that names no operation that can run is 400', async (t) => {
  const hub = await start(t);
  const two = 'query A { who } query B { who }';
  for (const [query, operationName] of [
    [two, undefined],
    [two, 'C'],
    ['{ who }', 'C'],
    ['fragment F on Query { who }', undefined],
  ] as const) {
    const answer = await hub.ask(query, operationName ? { operationName } : {});
    assert.equal(answer.status, 400);
    assert.match(String(verdicts(answer)[0]?.[0]), /OPERATION_RESOLUTION_FAILURE|GRAPHQL_VALIDATION_FAILED/);
  }
  assert.equal((await hub.ask(two, { operationName: 'B' })).status, 200);
  hub.fetches.length = 0;
  const subscription = await hub.ask('subscription { who }');
  assert.equal(subscription.status, 400);
  assert.deepEqual(hub.fetches, []);
  for (const query of ['{ customer(id: 1) { ... @defer { name } } }', '{ customers @stream { name } }']) {
    const answer = await hub.ask(query, {
      headers: { accept: 'multipart/mixed;deferSpec=20220824, application/json' },
    });
    assert.equal(answer.status, 400, `A55 ${query}`);
    assert.equal(verdicts(answer)[0]?.[0], 'GRAPHQL_VALIDATION_FAILED');
  }
});

test('A25 variables have a depth and a size', async (t) => {
  const hub = await start(t);
  const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
  const flat = (keys: number) => Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, i]));
  const ask = (variables: unknown) => hub.ask('{ who }', { variables });
  assert.equal((await ask(nested(LIMITS.variableDepth))).status, 200);
  assert.deepEqual(verdicts(await ask(nested(LIMITS.variableDepth + 2))), [['VARIABLES_TOO_DEEP', undefined]]);
  const raw = `{"query":"{ who }","variables":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`;
  const headers = { 'content-type': 'application/json', authorization: 'Bearer k' };
  assert.deepEqual(verdicts(await hub.send({ method: 'POST', headers, body: raw })), [
    ['VARIABLES_TOO_DEEP', undefined],
  ]);
  assert.equal((await ask(flat(LIMITS.variableKeys))).status, 200);
  assert.deepEqual(verdicts(await ask(flat(LIMITS.variableKeys + 1))), [['VARIABLES_TOO_LARGE', undefined]]);
});

test('A36-A38 a page has 1 to 100 entries, however the number is said', async (t) => {
  const hub = await start(t);
  for (const first of [-1, 0, 101, 1_000_000]) {
    for (const [query, variables] of [
      [`{ customers(first: ${first}) { id } }`, {}],
      ['query Q($n: Int) { customers(first: $n) { id } }', { n: first }],
      [`query Q($n: Int = ${first}) { customers(first: $n) { id } }`, {}],
    ] as const) {
      const answer = await hub.ask(query, { variables });
      assert.equal(answer.status, 400, query);
      assert.deepEqual(verdicts(answer), [['BAD_USER_INPUT', undefined]]);
      assert.match(answer.text, /from 1 to 100/);
    }
  }
  assert.deepEqual(hub.fetches, []);
  assert.equal(
    (await hub.ask('query Q($n: Int = 0) { customers(first: $n) { id } }', { variables: { n: 100 } })).status,
    200,
  );
});

test('A40 A44 A45 values of the wrong form are refused before any system is asked', async (t) => {
  const hub = await start(t);
  for (const [query, variables] of [
    ['{ customers(first: 3000000000) { id } }', {}],
    ['{ customers(first: 1e400) { id } }', {}],
    ['query Q($n: Int!) { customers(first: $n) { id } }', { n: 3_000_000_000 }],
    ['query Q($n: Int!) { customers(first: $n) { id } }', { n: null }],
    ['query Q($n: Int!) { customers(first: $n) { id } }', {}],
    ['{ echo(on: "2026-02-30") }', {}],
    ['{ echo(on: "0000-01-01") }', {}],
    ['query Q($d: Date) { echo(on: $d) }', { d: '2026-02-30' }],
    ['query Q($d: Date) { echo(on: $d) }', { d: 7 }],
  ] as const) {
    const answer = await hub.ask(query, { variables });
    assert.equal(answer.status, 400, `${query} ${answer.text}`);
    assert.match(String(verdicts(answer)[0]?.[0]), /BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED/, answer.text);
  }
  assert.deepEqual(hub.fetches, []);
  assert.equal((await hub.ask('{ echo(on: "2026-02-28") }')).status, 200);
});

test('A48-A50 outside development the schema is told to operators only', async (t) => {
  const production = await start(t);
  for (const query of [
    '{ __schema { types { name } } }',
    '{ ...F } fragment F on Query { x: __type(name: "Customer") { name } }',
  ]) {
    const answer = await production.ask(query);
    assert.equal(answer.status, 403);
    assert.deepEqual(verdicts(answer), [['INTROSPECTION_DISABLED', undefined]]);
    assert.ok(!answer.text.includes('Customer'));
  }
  assert.deepEqual((await production.ask('{ __typename }')).body.data, { __typename: 'Query' });
  for (const query of ['{ customr(id: 1) { id } }', '{ customer(idd: 1) { id } }', 'query Q($x: Custmer) { who }']) {
    assert.ok(!/did you mean/i.test((await production.ask(query)).text), query);
  }
  for (const query of ['{ _service { sdl } }', '{ _entities(representations: []) { __typename } }']) {
    assert.deepEqual(verdicts(await production.ask(query))[0], ['GRAPHQL_VALIDATION_FAILED', undefined]);
  }
  const operator = await start(t, { scopes: ['operate'] });
  assert.equal((await operator.ask(getIntrospectionQuery())).status, 200);
  const development = await start(t, { config: gatewayConfig({ PORT: '0', HUB_MODE: 'development' }) });
  assert.equal((await development.ask(getIntrospectionQuery())).status, 200);
  assert.match((await development.ask('{ customr(id: 1) { id } }')).text, /Did you mean/);
});

test('the configuration tells all its problems, and is in development on loopback only', () => {
  assert.equal(gatewayConfig({}).development, true);
  assert.equal(gatewayConfig({ HOST: '0.0.0.0' }).development, false);
  assert.equal(gatewayConfig({ HOST: '::1' }).development, true);
  assert.equal(gatewayConfig({ HUB_MODE: 'production' }).development, false);
  assert.deepEqual(gatewayConfig({ HUB_LIMIT_DEPTH: '20' }).limits, { ...LIMITS, depth: 20 });
  assert.throws(
    () => gatewayConfig({ PORT: 'x', HUB_MODE: 'prod', HUB_CORS_ORIGINS: 'portal', HUB_LIMIT_TOKENS: '0' }),
    (error) => error instanceof ConfigError && error.problems.length === 4,
  );
});
