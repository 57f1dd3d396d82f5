import { Agent } from 'undici';
import { systemClock } from '../../../platform/clock.ts';
import { createDb } from '../../../platform/db/db.ts';
import { createKeyStore } from '../../../platform/keys/key-store.ts';
import { ROLES } from '../../../platform/keys/scopes.ts';
import { arrivals, steady } from '../arrivals.ts';
import { drive, type Sample } from '../drive.ts';
import { answered, figuresOfAnswers, percentile } from '../figures.ts';
import type { Ground } from '../ground.ts';
import type { LoadCase } from '../load-case.ts';
import { soundCustomers } from '../reads.ts';

const PLANS = {
  FULL: { customers: 500, seconds: 60, perSecond: 6, good: 10, times: 20 },
  SHORT: { customers: 200, seconds: 3, perSecond: 3, good: 3, times: 10 },
} as const;
const QUERY = 'query ($id: ID!) { customer(id: $id) { id displayName legalName segment } }';

/** One caller asks twenty times as much as it may, beside ten that keep to it. */
export const overLimit: LoadCase = {
  id: 'D09',
  title: 'Over-limit caller: one key at 20 times its rate beside ten good ones',
  ground: (length) => ({ customers: PLANS[length].customers }),
  async run(ground, length) {
    const { seconds, perSecond, good, times } = PLANS[length];
    const known = soundCustomers(ground.world).slice(0, 100);
    // A short run asks twice within one minute.
    const limit = length === 'FULL' ? perSecond * 60 : 2 * perSecond * seconds;
    const keys = await keysOf(ground, good + 1, limit);
    const agent = new Agent({ connections: 64 });
    const asks =
      (key: string, outcomes?: { tookMs: number; status: number; retryAfter: boolean }[]) => async (nr: number) => {
        const began = performance.now();
        const { statusCode, headers, body } = await agent.request({
          origin: new URL(ground.client.url).origin,
          path: '/graphql',
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
          body: JSON.stringify({ query: QUERY, variables: { id: known[nr % known.length]?.hubId } }),
        });
        await body.dump();
        outcomes?.push({
          tookMs: performance.now() - began,
          status: statusCode,
          retryAfter: headers['retry-after'] !== undefined,
        });
        return statusCode === 200 ? null : `answered with ${statusCode}`;
      };
    // Just under the limit, so that chance alone never brings a good one over it.
    const due = (seed: number) => arrivals([steady(perSecond * 0.8, seconds)], seed);
    const tenAsk = async (): Promise<Sample[]> =>
      (await Promise.all(keys.slice(0, good).map((key, at) => drive(due(at + 1), asks(key))))).flat();
    try {
      const alone = answered(await tenAsk());
      await restOfMinute(length === 'FULL' ? 61_000 : 0);
      const outcomes: { tookMs: number; status: number; retryAfter: boolean }[] = [];
      const [beside] = await Promise.all([
        tenAsk(),
        drive(arrivals([steady(perSecond * times, seconds)], 99), asks(keys[good] ?? '', outcomes)),
      ]);
      const ten = answered(beside);
      const refused = outcomes.filter(({ status }) => status === 429);
      return {
        bars: [
          {
            name: 'refusals p95',
            value: percentile(
              refused.map(({ tookMs }) => tookMs),
              0.95,
            ),
            unit: 'ms',
            atMost: 10,
            of: 'time',
          },
          {
            name: 'refusals without retry-after',
            value: refused.filter(({ retryAfter }) => !retryAfter).length,
            unit: '',
            atMost: 0,
            of: 'truth',
          },
          {
            name: 'answers for the greedy one over its limit',
            value: Math.max(0, outcomes.filter(({ status }) => status === 200).length - 2 * limit),
            unit: '',
            atMost: 0,
            of: 'truth',
          },
          { name: 'refusals', value: refused.length, unit: '', atLeast: 1, of: 'truth' },
          {
            name: 'right answers of the ten, of those alone',
            value: (100 * ten.right) / alone.right,
            unit: '%',
            atLeast: 90,
            of: 'truth',
          },
        ],
        figures: {
          ...figuresOfAnswers('the ten alone', alone),
          ...figuresOfAnswers('the ten beside it', ten),
          refused: refused.length,
        },
        notes: [alone.firstWrong, ten.firstWrong].filter((note) => note !== null),
      };
    } finally {
      await agent.destroy();
    }
  },
};

const restOfMinute = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Keys of callers that may ask so much a minute. */
async function keysOf({ databaseUrl }: Ground, count: number, requestsPerMinute: number): Promise<string[]> {
  const db = createDb(databaseUrl, { max: 1 });
  try {
    const store = createKeyStore(db, systemClock);
    const budget = { requestsPerMinute };
    return await Promise.all(
      Array.from(
        { length: count },
        async (_, nr) => (await store.create({ name: `caller ${nr}`, ...ROLES.support, budget })).key,
      ),
    );
  } finally {
    await db.destroy();
  }
}
