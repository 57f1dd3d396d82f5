import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
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

test('A38: a page has 1 to 100 entries, however the number is said', async (t) => {
  const hub = await start(t);
  for (const first of [-1, 0, 101, 9_000]) {
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
