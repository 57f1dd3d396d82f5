import { setTimeout as sleep } from 'node:timers/promises';
import { netsuite, salesforce, stripe } from '../../../sandbox/data/keys.ts';
import type { PersonsAct } from '../../../sandbox/start.ts';
import { arrivals, steady } from '../arrivals.ts';
import { drive } from '../drive.ts';
import { answered, figuresOfAnswers, percentile } from '../figures.ts';
import type { Ground } from '../ground.ts';
import type { LoadCase } from '../load-case.ts';
import { coldEvery, read360, readOnce, soundCustomers } from '../reads.ts';

const POLL_SECONDS = 5;
const PLANS = {
  FULL: { customers: 4_000, warmUp: 10, seconds: 120, perSecond: 60, changesPerSecond: 1, warm: 1_000 },
  SHORT: { customers: 300, warmUp: 1, seconds: 8, perSecond: 5, changesPerSecond: 1, warm: 20 },
} as const;
/** Of the reads, as in D01. */
const COLD = 0.2;
/** How often the one who waits for a change looks: its time is told that much too long at most. */
const LOOK_EVERY_MS = 50;
const GIVEN_UP_AFTER_MS = 60_000;

type Customer = ReturnType<typeof soundCustomers>[number];

/** A field of the 360 view, and how somebody at its vendor changes it. */
const CHANGES: readonly {
  readonly by: 'webhook' | 'polling';
  readonly query: string;
  readonly field: string;
  readonly act: (customer: Customer, value: string) => PersonsAct;
}[] = [
  {
    by: 'webhook',
    field: 'billingEmail',
    query: 'query ($id: ID!) { customer(id: $id) { billingEmail } }',
    act: ({ index }, value) => ({
      ...{ vendor: 'stripe', method: 'POST', path: `/v1/customers/${stripe.customer(index)}` },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ email: value }).toString(),
    }),
  },
  {
    by: 'polling',
    field: 'industry',
    query: 'query ($id: ID!) { customer(id: $id) { industry } }',
    act: ({ index }, value) => ({
      ...{
        vendor: 'salesforce',
        method: 'PATCH',
        path: `/services/data/v66.0/sobjects/Account/${salesforce.account(index)}`,
      },
      body: { Industry: value },
    }),
  },
  {
    by: 'polling',
    field: 'legalName',
    query: 'query ($id: ID!) { customer(id: $id) { legalName } }',
    act: ({ index }, value) => ({
      ...{ vendor: 'netsuite', method: 'PATCH', path: `/services/rest/record/v1/customer/${netsuite.customer(index)}` },
      body: { companyName: value },
    }),
  },
];

/** From a change in a vendor to the 360 view that shows it, beside reads. */
export const freshness: LoadCase = {
  id: 'FRESHNESS',
  title: `Freshness: from a change in a vendor to the 360 showing it, at 60 reads/s; polled every ${POLL_SECONDS} s`,
  ground: (length) => ({
    customers: PLANS[length].customers,
    env: {
      HUB_POLL: 'on',
      HUB_POLL_SALESFORCE_SECONDS: String(POLL_SECONDS),
      HUB_POLL_NETSUITE_SECONDS: String(POLL_SECONDS),
    },
  }),
  async run(ground, length) {
    const { warmUp, seconds, perSecond, changesPerSecond, warm } = PLANS[length];
    const sound = soundCustomers(ground.world);
    const reader = coldEvery(sound, warm, COLD);
    await readOnce(ground, sound.slice(0, warm), perSecond / 2);
    await ground.vendors.sendWebhooks('stripe', `${new URL(ground.client.url).origin}/webhooks/stripe`);
    const reading = drive(arrivals([steady(perSecond, warmUp + seconds)], 1), (nr) =>
      read360(ground, reader(nr).hubId),
    );
    await sleep(warmUp * 1_000);
    const seen: { by: string; tookMs: number }[] = [];
    const changing = drive(arrivals([steady(changesPerSecond, seconds)], 2), async (nr) => {
      const change = CHANGES[nr % CHANGES.length];
      const customer = sound[(nr * 7) % sound.length];
      if (change === undefined || customer === undefined) throw new Error('there is nobody to change');
      seen.push({ by: change.by, tookMs: await untilSeen(ground, customer, change, `Changed ${nr} ${Date.now()}`) });
      return null;
    });
    const samples = await reading;
    await changing;
    const reads = answered(samples, warmUp * 1_000);
    const took = (by: string) => seen.filter((one) => one.by === by).map(({ tookMs }) => tookMs);
    return {
      bars: [
        {
          name: 'seen by webhook p95',
          value: percentile(took('webhook'), 0.95),
          unit: 'ms',
          atMost: 1_000,
          of: 'time',
        },
        {
          ...{ name: 'seen by polling p95', unit: 'ms', of: 'time' },
          value: percentile(took('polling'), 0.95),
          atMost: POLL_SECONDS * 1_000 + 1_000,
        },
        {
          name: 'never seen',
          value: seen.filter(({ tookMs }) => tookMs === Number.POSITIVE_INFINITY).length,
          unit: '',
          atMost: 0,
          of: 'truth',
        },
        { name: 'errors', value: reads.asked - reads.right, unit: '', atMost: 0, of: 'truth' },
      ],
      figures: {
        'changes by webhook': took('webhook').length,
        'seen by webhook p50 (ms)': percentile(took('webhook'), 0.5),
        'seen by webhook, longest (ms)': percentile(took('webhook'), 1),
        'changes by polling': took('polling').length,
        'seen by polling p50 (ms)': percentile(took('polling'), 0.5),
        'seen by polling, longest (ms)': percentile(took('polling'), 1),
        ...figuresOfAnswers('reads', reads),
      },
      notes: reads.firstWrong === null ? [] : [reads.firstWrong],
    };
  },
};

/** Shows the field first, so that it is in the cache; then changes it and looks until it is shown. */
async function untilSeen(
  { client, vendors }: Ground,
  customer: Customer,
  { field, query, act }: (typeof CHANGES)[number],
  text: string,
): Promise<number> {
  const value = field === 'billingEmail' ? `${text.replaceAll(' ', '-').toLowerCase()}@example.com` : text;
  const shown = async (): Promise<unknown> => {
    const { data } = await client.ask(query, { id: customer.hubId }, 'operator');
    return (data?.customer as Record<string, unknown> | null)?.[field]; // the query names the field
  };
  await shown();
  await vendors.asPerson(act(customer, value));
  const begin = performance.now();
  while (performance.now() - begin < GIVEN_UP_AFTER_MS) {
    if ((await shown()) === value) return performance.now() - begin;
    await sleep(LOOK_EVERY_MS);
  }
  return Number.POSITIVE_INFINITY;
}
