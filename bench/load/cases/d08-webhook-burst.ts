import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { Agent } from 'undici';
import { createDb, type Db } from '../../../platform/db/db.ts';
import { stripe as keys } from '../../../sandbox/data/keys.ts';
import { createRandom } from '../../../sandbox/data/random.ts';
import { signed } from '../../../sandbox/stripe/events.ts';
import { arrivals, steady } from '../arrivals.ts';
import { drive } from '../drive.ts';
import { answered, figuresOfAnswers } from '../figures.ts';
import type { LoadCase } from '../load-case.ts';

const PLANS = {
  FULL: { customers: 1_000, perSecond: 300, seconds: 60 },
  SHORT: { customers: 200, perSecond: 100, seconds: 3 },
} as const;
const DUPLICATES = 0.1;
const OUT_OF_ORDER = 0.05;
const FORGED = 0.01;
const APPLIED_WITHIN_MS = 60_000;
const SECRET = 'whsec_of_the_webhook_burst';

/** One POST: what it says, and what has to come of it. */
interface Delivery {
  readonly id: string;
  readonly forged: boolean;
  readonly body: string;
}

/** Billing changes everything at once, and its webhooks come as such a day has them: twice, in the wrong order, and some from others. */
export const webhookBurst: LoadCase = {
  id: 'D08',
  title: 'Webhook burst: 300/s for 60 s, 10 % duplicates, 5 % out of order, 1 % forged',
  ground: (length) => ({
    customers: PLANS[length].customers,
    env: { STRIPE_WEBHOOK_SECRETS: SECRET, HUB_POLL: 'off' },
  }),
  async run(ground, length) {
    const { customers, perSecond, seconds } = PLANS[length];
    const due = arrivals([steady(perSecond, seconds)], 8);
    const deliveries = deliveriesOf(due.length, customers);
    const agent = new Agent({ connections: 128 });
    const db = createDb(ground.databaseUrl, { max: 2 });
    const wrongly = { forgedTaken: 0, genuineRefused: 0 };
    const send = async (nr: number): Promise<string | null> => {
      const { body, forged } = deliveries[nr] as Delivery; // there is one for each that comes due
      const headers = signed(body, forged ? 'whsec_of_somebody_else' : SECRET, Math.floor(Date.now() / 1_000));
      const { statusCode, body: answer } = await agent.request({
        origin: new URL(ground.client.url).origin,
        ...{ path: '/webhooks/stripe', method: 'POST', headers, body },
      });
      await answer.dump();
      if (forged && statusCode !== 401) wrongly.forgedTaken += 1;
      if (!forged && statusCode !== 202) wrongly.genuineRefused += 1;
      return statusCode === (forged ? 401 : 202) ? null : `answered with ${statusCode}`;
    };
    try {
      const samples = await drive(due, send);
      const appliedAfterMs = await untilApplied(db);
      const told = answered(samples);
      const sent = new Set(deliveries.filter(({ forged }) => !forged).map(({ id }) => id));
      const forged = new Set(deliveries.filter((one) => one.forged).map(({ id }) => id));
      const kept = await rowsOf(db);
      const once = kept
        .filter(({ state }) => ['APPLIED', 'SUPERSEDED'].includes(state))
        .map(({ event_id }) => event_id);
      return {
        bars: [
          { name: 'answers p95', value: told.p95Ms, unit: 'ms', atMost: 150, of: 'time' },
          { name: 'all applied after the burst', value: appliedAfterMs / 1_000, unit: 's', atMost: 60, of: 'time' },
          { name: 'genuine ones not acknowledged', value: wrongly.genuineRefused, unit: '', atMost: 0, of: 'truth' },
          { name: 'forged ones not refused', value: wrongly.forgedTaken, unit: '', atMost: 0, of: 'truth' },
          { name: 'lost', value: sent.size - new Set(once).size, unit: '', atMost: 0, of: 'truth' },
          { name: 'kept twice', value: once.length - new Set(once).size, unit: '', atMost: 0, of: 'truth' },
          { name: 'told twice', value: await toldTwice(db), unit: '', atMost: 0, of: 'truth' },
          {
            name: 'forged ones kept',
            value: kept.filter(({ event_id }) => forged.has(event_id)).length,
            unit: '',
            atMost: 0,
            of: 'truth',
          },
        ],
        figures: {
          ...figuresOfAnswers('webhooks', told),
          'different events': sent.size,
          superseded: kept.filter(({ state }) => state === 'SUPERSEDED').length,
          'webhooks for each subscription': due.length / customers,
        },
        notes: told.firstWrong === null ? [] : [told.firstWrong],
      };
    } finally {
      await Promise.all([agent.close(), db.destroy()]);
    }
  },
};

/** The same for the same number: events of the customers' subscriptions in the order of their making, and then what happens on the way. */
function deliveriesOf(count: number, customers: number): Delivery[] {
  const random = createRandom(8);
  const began = Math.floor(Date.now() / 1_000) - 250;
  const made: Delivery[] = [];
  for (let nr = 0; nr < count; nr += 1) {
    const before = made[nr - 1 - Math.floor(random.next() * 20)];
    if (before !== undefined && !before.forged && random.next() < DUPLICATES) {
      made.push(before);
      continue;
    }
    const customer = Math.floor(random.next() * customers);
    const id = `evt_burst_${nr}`;
    const object = { id: keys.subscription(customer, 0), object: 'subscription', customer: keys.customer(customer) };
    const created = began + Math.floor((nr / count) * 200);
    const body = { id, type: 'customer.subscription.updated', created, data: { object }, request: null };
    made.push({ id, forged: random.next() < FORGED, body: JSON.stringify(body) });
  }
  for (let nr = 10; nr < made.length; nr += 1) {
    if (random.next() >= OUT_OF_ORDER) continue;
    const earlier = nr - 1 - Math.floor(random.next() * 10);
    [made[nr], made[earlier]] = [made[earlier] as Delivery, made[nr] as Delivery]; // both are there
  }
  return made;
}

/** How long it took after the last answer until nothing waited any more. */
async function untilApplied(db: Db): Promise<number> {
  const begin = performance.now();
  for (;;) {
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from ingest.inbox where state = 'RECEIVED'`.execute(db);
    const tookMs = performance.now() - begin;
    if (rows[0]?.waiting === 0) return tookMs;
    if (tookMs > 2 * APPLIED_WITHIN_MS) return Number.POSITIVE_INFINITY;
    await sleep(100);
  }
}

const rowsOf = async (db: Db) =>
  (await sql<{ event_id: string; state: string }>`select event_id, state from ingest.inbox`.execute(db)).rows;

const toldTwice = async (db: Db): Promise<number> => {
  const { rows } = await sql<{ more: number }>`
    select (count(*) - count(distinct event_id))::int as more from outbox.event where event_id like 'stripe:evt_burst%'`.execute(
    db,
  );
  return rows[0]?.more ?? 0;
};
