import { arrivals, steady } from '../arrivals.ts';
import { drive } from '../drive.ts';
import { answered, figuresOfAnswers } from '../figures.ts';
import { type Ground, startGround } from '../ground.ts';
import type { Length, LoadCase } from '../load-case.ts';
import { type Mark, markOfCases, read360, soundCustomers } from '../reads.ts';
import { vendorCalls } from '../vendor-calls.ts';

const PLANS = {
  FULL: { customers: 1_500, read: 1_000, seconds: 60, perSecond: 125 },
  SHORT: { customers: 200, read: 60, seconds: 4, perSecond: 40 },
} as const;
const COLD = 0.2;
/** Every so often the age of one part is looked at. */
const PROBE_EVERY = 10;
const NO_CACHE = { HUB_CACHE_LONGEST_SECONDS: '0' };

/**
 * The load of D01 twice, with the cache and without it: 1,000 customers are read at random for a minute, a fifth of whom nobody
 * has read before. (D01 itself is harder on the cache: there every fifth read is of somebody new, however long it lasts.)
 */
export const savings: LoadCase = {
  id: 'D01-SAVED',
  title: 'Calls saved: the load of D01 on 1,000 customers, one in five cold at the begin, with the cache and without',
  ground: (length) => ({ customers: PLANS[length].customers }),
  async run(ground, length) {
    const cached = await load(ground, length);
    await using other = await startGround({ customers: PLANS[length].customers, env: NO_CACHE });
    const bare = await load(other, length);
    const stale = cached.marks.filter(({ state }) => state === 'STALE').length;
    return {
      bars: [
        {
          name: 'calls with the cache, of those without',
          value: (100 * cached.calls) / bare.calls,
          unit: '%',
          atMost: 15,
          of: 'truth',
        },
        {
          name: 'cases told unmarked that are older than they may be',
          value: cached.marks.filter(({ tooOld }) => tooOld).length,
          unit: '',
          atMost: 0,
          of: 'truth',
        },
        { name: 'errors', value: cached.reads.asked - cached.reads.right, unit: '', atMost: 0, of: 'truth' },
      ],
      figures: {
        'vendor calls with the cache': cached.calls,
        'vendor calls without': bare.calls,
        'cases told as stale (%)': (100 * stale) / Math.max(1, cached.marks.length),
        ...figuresOfAnswers('reads', cached.reads),
        ...figuresOfAnswers('reads without the cache', bare.reads),
      },
      notes: [cached.reads.firstWrong, bare.reads.firstWrong].filter((note) => note !== null),
    };
  },
};

async function load(ground: Ground, length: Length) {
  const { read, seconds, perSecond } = PLANS[length];
  const customers = soundCustomers(ground.world).slice(0, read);
  const warm = customers.slice(Math.round(read * COLD));
  const marks: Mark[] = [];
  const one = async (at: number, of: typeof customers) => {
    const id = of[at % of.length]?.hubId ?? '';
    const wrong = await read360(ground, id);
    if (at % PROBE_EVERY !== 0) return wrong;
    const mark = await markOfCases(ground, id);
    if (mark !== null) marks.push(mark);
    return wrong;
  };
  await drive(arrivals([steady(perSecond / 2, (2 * warm.length) / perSecond)], 3), (nr) => one(nr, warm));
  await ground.vendors.forgetInFlight();
  marks.length = 0;
  // 7 has no divisor in common with the number of customers: each is read as often as the others, far apart.
  const samples = await drive(arrivals([steady(perSecond, seconds)], 1), (nr) => one(nr * 7, customers));
  return { calls: await vendorCalls(ground), reads: answered(samples), marks };
}
