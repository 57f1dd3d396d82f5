import { VENDOR_NAMES } from '../../../sandbox/core/vendor.ts';
import type { CallLogEntry } from '../../../sandbox/start.ts';
import { arrivals, steady } from '../arrivals.ts';
import { drive } from '../drive.ts';
import { answered, figuresOfAnswers } from '../figures.ts';
import { figuresOf, meterHub } from '../hub-meter.ts';
import type { LoadCase } from '../load-case.ts';
import { read360, soundCustomers } from '../reads.ts';

const PLANS = {
  FULL: { customers: 500, warmUp: 10, seconds: 60, perSecond: 120, others: 100 },
  SHORT: { customers: 200, warmUp: 1, seconds: 6, perSecond: 20, others: 20 },
} as const;
const LIFE_SECONDS = 5;

/** Everybody reads one customer, and what is kept of it is old every five seconds. */
export const hotCustomer: LoadCase = {
  id: 'D05',
  title: 'Hot customer: nine of ten of 120 reads/s are of one customer, whose records live 5 s',
  ground: (length) => ({
    customers: PLANS[length].customers,
    env: { HUB_CACHE_LONGEST_SECONDS: String(LIFE_SECONDS) },
  }),
  async run(ground, length) {
    const { warmUp, seconds, perSecond, others } = PLANS[length];
    const [hot, ...rest] = soundCustomers(ground.world);
    const read = (nr: number) => read360(ground, (nr % 10 === 0 ? rest[(nr / 10) % others]?.hubId : hot?.hubId) ?? '');
    await read360(ground, hot?.hubId ?? '');
    await ground.vendors.forgetCalls();
    const used = await meterHub(ground);
    const samples = await drive(arrivals([steady(perSecond, warmUp), steady(perSecond, seconds)], 1), read);
    const use = await used();
    const logs = await Promise.all(VENDOR_NAMES.map((vendor) => ground.vendors.calls(vendor)));
    const reads = answered(samples, warmUp * 1_000);
    return {
      bars: [
        {
          name: 'most refreshes of one record at one time',
          value: mostAtOnce(logs.flat()),
          unit: '',
          atMost: 1,
          of: 'truth',
        },
        { name: 'reads p99', value: reads.p99Ms, unit: 'ms', atMost: 600, of: 'time' },
        { name: 'errors', value: reads.asked - reads.right, unit: '', atMost: 0, of: 'truth' },
      ],
      figures: {
        'vendor calls': logs.flat().length,
        'vendor calls of each read': logs.flat().length / samples.length,
        ...figuresOfAnswers('reads', reads),
        ...figuresOf(use, samples.length),
      },
      notes: reads.firstWrong === null ? [] : [reads.firstWrong],
    };
  },
};

/** How many of the same requests a vendor had before it at one time, at most. */
export function mostAtOnce(calls: readonly CallLogEntry[]): number {
  const same = Map.groupBy(calls, ({ vendor, method, path, query, body }) =>
    [vendor, method, path, query, body].join(' '),
  );
  return Math.max(
    0,
    ...[...same.values()].map((alike) => {
      const turns = alike.flatMap(({ at, ms }) => {
        const from = Date.parse(at);
        return [
          { at: from, by: 1 },
          { at: from + ms, by: -1 },
        ];
      });
      let now = 0;
      let most = 0;
      // One that ends in the same millisecond has ended before the next begins.
      for (const { by } of turns.sort((a, b) => a.at - b.at || a.by - b.by)) {
        now += by;
        most = Math.max(most, now);
      }
      return most;
    }),
  );
}
