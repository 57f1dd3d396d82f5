import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gatewayConfig } from '../../../gateway/config.ts';
import { createLimiter } from '../../../gateway/limits/limiter.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import { type Budget, DEFAULT_BUDGET, principalOf } from '../../../platform/principal.ts';
import { type HubOptions, verdicts } from '../hub.ts';
import { target } from './attack.ts';

const TOO_DEAR = { status: 400, code: 'COST_ESTIMATED_TOO_EXPENSIVE' };
const START = '2027-01-31T08:00:00.000Z';

/** A hub whose one key has this budget, and whose minute does not pass. */
function budgeted(t: TestContext, budget: Partial<Budget>, env: Record<string, string> = {}) {
  const limiter = createLimiter({ redisUrl: null, clock: fixedClock(START), log: silentLog });
  t.after(() => limiter.close());
  const principal = principalOf({ id: 'k1', name: 'test', scopes: [], budget: { ...DEFAULT_BUDGET, ...budget } });
  const options: Partial<HubOptions> = {
    config: gatewayConfig({ PORT: '0', HUB_MODE: 'production', ...env }),
    gateway: { authenticate: async (key) => (key === 'k' ? principal : null), door: { limiter } },
  };
  return target(t, options);
}

const costOf = (answer: { body: { extensions?: object } }) =>
  (answer.body.extensions as { cost?: unknown } | undefined)?.cost;

test('what operations may cost', async (t) => {
  await t.test(
    'A36: a page of a million and lists in lists are refused with limit and cost, and nobody is asked',
    async (t) => {
      const { hub, refuses } = await target(t);
      const cases: [query: string, cost: number][] = [
        ['{ customers(first: 1000000) { id } }', 1_000_000],
        ['{ customers(first: 1000) { parent { id } kin(first: 1000) { id } } }', 1_000 + 1_000 + 1_000_000],
        ['{ a: customers(first: 6000) { id } b: customers(first: 6000) { id } }', 12_000],
        [
          '{ customers(first: 100) { ...F } } fragment F on Customer { kin(first: 100) { ... on Customer { id } } }',
          10_100,
        ],
        ['{ customers(first: 100) { kin(first: 100) { id } } }', 10_100],
      ];
      for (const [query, cost] of cases) {
        const { body } = await refuses(query, () => hub.ask(query), TOO_DEAR);
        const { message = '', extensions } = body.errors?.[0] ?? {};
        assert.deepEqual([extensions?.cost, extensions?.limit], [cost, 10_000], query);
        assert.ok(message.includes(String(cost)) && message.includes('10000'), message);
      }
      assert.equal((await hub.ask('{ customers(first: 99) { kin(first: 100) { id } } }')).status, 200);
    },
  );

  await t.test(
    "A37: a page size by variable, by its default, by the argument's default and omitted is judged alike",
    async (t) => {
      const { hub, refuses } = await target(t);
      const kin = 'kin(first: 100) { id }';
      const over: [query: string, variables?: object][] = [
        [`{ customers(first: 100) { ${kin} } }`],
        [`query Q($n: Int) { customers(first: $n) { ${kin} } }`, { n: 100 }],
        [`query Q($n: Int = 1) { customers(first: $n) { ${kin} } }`, { n: 100 }],
        [`query Q($n: Int = 100) { customers(first: $n) { ${kin} } }`],
        [`query Q($n: Int) { hundred(first: $n) { ${kin} } }`],
        [`query Q($n: Int) { hundred(first: $n) { ${kin} } }`, { n: null }],
        [`{ hundred { ${kin} } }`],
        [`{ herd { ${kin} } }`],
      ];
      for (const [query, variables = {}] of over) {
        const { body } = await refuses(
          `${query} ${JSON.stringify(variables)}`,
          () => hub.ask(query, { variables }),
          TOO_DEAR,
        );
        assert.equal(body.errors?.[0]?.extensions.cost, 10_100, query);
      }
      const under: [query: string, variables?: object][] = [
        [`query Q($n: Int) { customers(first: $n) { ${kin} } }`, { n: 99 }],
        [`query Q($n: Int = 99) { customers(first: $n) { ${kin} } }`],
        [`query Q($n: Int = 100) { customers(first: $n) { ${kin} } }`, { n: 99 }],
        [`{ herd(first: 99) { ${kin} } }`],
        [`{ customers { ${kin} } }`],
      ];
      for (const [query, variables = {}] of under)
        assert.equal((await hub.ask(query, { variables })).status, 200, query);
    },
  );

  await t.test('exactly the limit of a key is answered, and one point more is not', async (t) => {
    const { hub, refuses } = await budgeted(t, { maxCost: 7 });
    assert.equal((await hub.ask('{ customers(first: 7) { id } }')).status, 200);
    hub.fetches.length = 0;
    await refuses('8', () => hub.ask('{ customers(first: 8) { id } }'), TOO_DEAR);
  });

  await t.test(
    'a key spends what its operations cost, and is told when more than that of a minute is asked',
    async (t) => {
      const { hub, refuses } = await budgeted(t, { costPerMinute: 100 });
      const first = await hub.ask('{ customers(first: 60) { id } }');
      assert.equal(first.status, 200);
      assert.equal(first.headers.get('ratelimit-policy'), '"requests";q=6000;w=60, "cost";q=100;w=60');
      assert.match(first.headers.get('ratelimit') ?? '', /^"requests";r=5999;t=60, "cost";r=40;t=60$/);
      assert.equal((await hub.ask('{ who __typename }')).status, 200, 'scalars cost nothing');
      hub.fetches.length = 0;
      const over = await refuses('41', () => hub.ask('{ customers(first: 41) { id } }'), {
        status: 429,
        code: 'RATE_LIMITED',
      });
      const { retryAfterSeconds, cost, limit } = over.body.errors?.[0]?.extensions ?? {};
      assert.deepEqual([cost, limit], [41, 100]);
      assert.equal(over.headers.get('retry-after'), String(retryAfterSeconds));
      assert.ok(Number(retryAfterSeconds) > 0);
      assert.match(over.text, /100 points of cost a minute/);
      assert.equal((await hub.ask('{ customers(first: 39) { id } }')).status, 200, 'what was refused was not spent');
    },
  );

  await t.test('one subgraph may be asked for less than the whole, in one operation and in a minute', async (t) => {
    const { hub, refuses } = await budgeted(
      t,
      {},
      { HUB_UPSTREAM_MAX_COST: 'people=50, erp=3', HUB_UPSTREAM_COST_PER_MINUTE: 'people=80' },
    );
    const over = await refuses('51', () => hub.ask('{ customers(first: 51) { id } }'), TOO_DEAR);
    assert.deepEqual(
      [over.body.errors?.[0]?.extensions.system, over.body.errors?.[0]?.extensions.limit],
      ['PEOPLE', 50],
    );
    assert.equal((await hub.ask('{ customers(first: 50) { id } }')).status, 200);
    hub.fetches.length = 0;
    // Each `refuses` spends a point of its own with its next good request.
    const late = await refuses('30', () => hub.ask('{ customers(first: 30) { id } }'), {
      status: 429,
      code: 'RATE_LIMITED',
    });
    assert.match(late.text, /All callers together may ask PEOPLE for 80 points/);
    assert.ok(late.headers.get('retry-after'));
  });

  await t.test('who asks for it reads what an operation costs, and nobody else does', async (t) => {
    const { hub } = await budgeted(t, { costPerMinute: 100, maxCost: 50 });
    const body = (extensions?: object) => JSON.stringify({ query: '{ customers(first: 5) { id } }', extensions });
    const headers = { 'content-type': 'application/json', authorization: 'Bearer k' };
    const asked = await hub.send({ method: 'POST', headers, body: body({ cost: true }) });
    assert.deepEqual(costOf(asked), { estimated: 5, limit: 50, remaining: 95 });
    for (const extensions of [undefined, {}, { cost: false }, { cost: 'true' }]) {
      assert.equal(costOf(await hub.send({ method: 'POST', headers, body: body(extensions) })), undefined);
    }
    const dear = await hub.send({
      method: 'POST',
      headers,
      body: JSON.stringify({ query: '{ customers(first: 51) { id } }', extensions: { cost: true } }),
    });
    assert.equal(verdicts(dear)[0]?.[0], 'COST_ESTIMATED_TOO_EXPENSIVE');
  });
});
