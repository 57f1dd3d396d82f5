import { setTimeout as sleep } from 'node:timers/promises';
import type { VendorName } from '../../../sandbox/core/vendor.ts';
import type { Acknowledgement } from '../../../test/invariants/evidence.ts';
import { arrivals, steady } from '../arrivals.ts';
import { drive } from '../drive.ts';
import { bringToRest, judgedEndings } from '../endings.ts';
import { answered, figuresOfAnswers } from '../figures.ts';
import { CAPS } from '../ground.ts';
import { figuresOf, meterHub } from '../hub-meter.ts';
import type { Bar, LoadCase } from '../load-case.ts';
import { coldEvery, read360, soundCustomers } from '../reads.ts';
import { acceptAhead, runningSubscriptions } from '../renewals.ts';

const PLANS = {
  FULL: {
    customers: 7_000,
    ahead: 600,
    warmUp: 10,
    renewals: 5_000,
    withinSeconds: 60,
    readsPerSecond: 20,
    warm: 1_000,
  },
  SHORT: { customers: 400, ahead: 5, warmUp: 1, renewals: 12, withinSeconds: 2, readsPerSecond: 5, warm: 40 },
} as const;
/** From the begin of the minute. */
const AT_REST_SECONDS = 600;
const PATIENCE_SECONDS = 2 * AT_REST_SECONDS;

/** Renewals that were accepted for the opening of their window: thousands begin in one minute, while people go on reading. */
export const renewalStorm: LoadCase = {
  id: 'D03',
  title: 'Renewal storm: 5,000 subscriptions fall due in the same minute beside 20 reads/s',
  ground: (length) => ({ customers: PLANS[length].customers }),
  async run(ground, length) {
    const { ahead, warmUp, renewals, withinSeconds, readsPerSecond, warm } = PLANS[length];
    const subscriptions = runningSubscriptions(ground.world).slice(0, renewals);
    if (subscriptions.length < renewals) throw new Error(`this company has only ${subscriptions.length} subscriptions`);
    const due = arrivals([steady(renewals / withinSeconds, withinSeconds)], 1);
    const reader = coldEvery(soundCustomers(ground.world), warm, 0.2);
    const read = (nr: number) => read360(ground, reader(nr).hubId);

    const noted: Acknowledgement[] = [];
    const begin = Date.now() + ahead * 1_000;
    const asked = await acceptAhead(
      ground,
      subscriptions.map((subscription, nr) => ({ subscription, at: new Date(begin + (due[nr] ?? 0)) })),
      noted,
    );
    const acceptedSeconds = ahead - (begin - Date.now()) / 1_000;
    if (Date.now() > begin) throw new Error(`accepting took ${acceptedSeconds} s: more than the ${ahead} s ahead`);
    await sleep(begin - Date.now() - warmUp * 1_000);
    await drive(arrivals([steady(readsPerSecond, warmUp)], 3), read);

    await ground.vendors.forgetInFlight();
    const calm = new AbortController();
    const used = await meterHub(ground);
    const reading = drive(arrivals([steady(readsPerSecond, PATIENCE_SECONDS)], 2), read, calm.signal);
    const rest = await bringToRest(ground, noted, PATIENCE_SECONDS);
    calm.abort();
    const reads = answered(await reading);
    const use = await used();
    const inFlight = await ground.vendors.inFlight();
    const refused = asked.filter((wrong) => wrong !== null);
    const ended = judgedEndings(rest, AT_REST_SECONDS);
    return {
      bars: [
        { name: 'reads p95', value: reads.p95Ms, unit: 'ms', atMost: 500, of: 'time' },
        { name: 'renewals not accepted', value: refused.length, unit: '', atMost: 0, of: 'truth' },
        ...(Object.keys(CAPS) as VendorName[]).map(
          (vendor): Bar => ({
            ...{ name: `most in flight at ${vendor}`, value: inFlight[vendor].most, unit: '' },
            ...{ atMost: CAPS[vendor], of: 'truth' },
          }),
        ),
        ...ended.bars,
      ],
      figures: {
        'accepted ahead within (s)': acceptedSeconds,
        ...figuresOfAnswers('reads', reads),
        ...figuresOf(use, renewals + reads.asked),
        ...ended.figures,
      },
      notes: [refused[0] ?? null, reads.firstWrong, ...ended.notes].filter((note) => note !== null),
    };
  },
};
