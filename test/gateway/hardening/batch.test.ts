import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gatewayConfig } from '../../../gateway/config.ts';
import { createLimiter } from '../../../gateway/limits/limiter.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import { DEFAULT_BUDGET, principalOf } from '../../../platform/principal.ts';
import { target } from './attack.ts';

const LIMIT = 4;
const WRITE = { query: 'mutation { write(n: 1) }' };
const READ = { query: '{ customers(first: 10) { id } }' };

function batching(t: TestContext, budget: { requestsPerMinute?: number; costPerMinute?: number } = {}) {
  const limiter = createLimiter({ redisUrl: null, clock: fixedClock('2027-01-31T08:00:00.000Z'), log: silentLog });
  t.after(() => limiter.close());
  const principal = principalOf({ id: 'k1', name: 'test', scopes: [], budget: { ...DEFAULT_BUDGET, ...budget } });
  return target(t, {
    config: gatewayConfig({ PORT: '0', HUB_MODE: 'production', HUB_BATCH_LIMIT: String(LIMIT) }),
    gateway: { authenticate: async (key) => (key === 'k' ? principal : null), door: { limiter } },
  });
}

const many = <T>(count: number, entry: T): T[] => Array.from({ length: count }, () => entry);
type Answers = {
  data?: { customers?: unknown[]; who?: string; write?: number };
  errors?: { extensions: { code: string; correlationId: string } }[];
}[];

test('A22: where batches are taken, one over the limit runs nothing, and each operation of it counts', async (t) => {
  await t.test('the limit is answered in order, one more is refused whole', async (t) => {
    const { post, refuses, hub, weather } = await batching(t);
    const asked = [READ, WRITE, { query: '{ who }' }, { query: '{ nothing }' }];
    const answer = await post(JSON.stringify(asked));
    assert.equal(answer.status, 200);
    const [first, second, third, fourth] = answer.body as Answers;
    assert.equal(first?.data?.customers?.length, 10);
    assert.deepEqual(second?.data, { write: 1 });
    assert.match(third?.data?.who ?? '', /^test /);
    const { code, correlationId } = fourth?.errors?.[0]?.extensions ?? {};
    assert.equal(code, 'GRAPHQL_VALIDATION_FAILED');
    assert.equal(correlationId, answer.headers.get('x-correlation-id'));
    assert.equal(weather.writes, 1);
    weather.writes = 0;
    hub.fetches.length = 0;
    await refuses('over', () => post(JSON.stringify(many(LIMIT + 1, WRITE))), { status: 400, code: 'MAX_BATCH_LIMIT' });
  });

  await t.test('one request that is none refuses them all', async (t) => {
    const { post, refuses } = await batching(t);
    for (const wrong of [null, 7, 'x', {}, { query: 7 }, [WRITE], { ...WRITE, variables: [] }]) {
      const body = JSON.stringify([WRITE, wrong]);
      await refuses(body, () => post(body), { status: 400, code: 'BAD_REQUEST' });
    }
    await refuses('none', () => post('[]'), { status: 400, code: 'BAD_REQUEST' });
  });

  await t.test('a batch spends as many requests as it has operations, or none of it runs', async (t) => {
    const { post, hub, weather } = await batching(t, { requestsPerMinute: 6 });
    const good = await post(JSON.stringify(many(4, { query: '{ who }' })));
    assert.match(good.headers.get('ratelimit') ?? '', /"requests";r=2;/);
    hub.fetches.length = 0;
    const over = await post(JSON.stringify(many(3, WRITE)));
    assert.equal(over.status, 429);
    assert.equal(over.body.errors?.[0]?.extensions.code, 'RATE_LIMITED');
    assert.ok(Number(over.headers.get('retry-after')) > 0);
    assert.deepEqual([hub.fetches, weather.writes], [[], 0]);
    assert.equal((await hub.ask('{ who }')).status, 200, 'the refused batch spent its own request alone');
    assert.equal((await hub.ask('{ who }')).status, 429);
  });

  await t.test('each operation of a batch spends its own cost', async (t) => {
    const { post } = await batching(t, { costPerMinute: 25 });
    const answer = await post(JSON.stringify(many(3, READ)));
    const codes = (answer.body as Answers).map(({ errors }) => errors?.[0]?.extensions.code ?? 'answered');
    assert.deepEqual(codes, ['answered', 'answered', 'RATE_LIMITED']);
    assert.equal(answer.status, 200);
  });
});
