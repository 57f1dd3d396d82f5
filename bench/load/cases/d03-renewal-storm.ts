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
import { fallDue, runningSubscriptions } from '../renewals.ts';

const PLANS = {
  FULL: { customers: 7_000, warmUp: 10, renewals: 5_000, withinSeconds: 60, readsPerSecond: 20, warm: 1_000 },
  SHORT: { customers: 400, warmUp: 1, renewals: 12, withinSeconds: 2, readsPerSecond: 5, warm: 40 },
} as const;
/** From the begin of the minute. */
const AT_REST_SECONDS = 600;
const PATIENCE_SECONDS = 2 * AT_REST_SECONDS;

/** Contracts of one day end together: thousands of renewals fall due in one minute, while people go on reading. */
export const renewalStorm: LoadCase = {
  id: 'D03',
  title: 'Renewal storm: 5,000 subscriptions fall due in the same minute beside 20 reads/s',
  ground: (length) => ({ customers: PLANS[length].customers }),
  async run(ground, length) {
    const { warmUp, renewals, withinSeconds, readsPerSecond, warm } = PLANS[length];
    const subscriptions = runningSubscriptions(ground.world).slice(0, renewals);
    if (subscriptions.length < renewals) throw new Error(`this company has only ${subscriptions.length} subscriptions`);
    const due = arrivals([steady(renewals / withinSeconds, withinSeconds)], 1);
    const reader = coldEvery(soundCustomers(ground.world), warm, 0.2);
    const read = (nr: number) => read360(ground, reader(nr).hubId);
    await drive(arrivals([steady(readsPerSecond, warmUp)], 3), read);

    await ground.vendors.forgetInFlight();
    const noted: Acknowledgement[] = [];
    const calm = new AbortController();
    const used = await meterHub(ground);
    const began = performance.now();
    const reading = drive(arrivals([steady(readsPerSecond, PATIENCE_SECONDS)], 2), read, calm.signal);
    const asked = await fallDue(
      ground,
      subscriptions.flatMap((subscription, nr) => ({ subscription, atMs: due[nr] ?? 0 })),
      noted,
    );
    const askedSeconds = (performance.now() - began) / 1_000;
    const rest = await bringToRest(ground, noted, PATIENCE_SECONDS - askedSeconds);
    calm.abort();
    const reads = answered(await reading);
    const use = await used();
    const inFlight = await ground.vendors.inFlight();
    const renewing = answered(asked);
    const ended = judgedEndings({ ...rest, seconds: askedSeconds + rest.seconds }, AT_REST_SECONDS);
    return {
      bars: [
        { name: 'reads p95', value: reads.p95Ms, unit: 'ms', atMost: 500, of: 'time' },
        { name: 'renewals not accepted', value: renewals - renewing.right, unit: '', atMost: 0, of: 'truth' },
        ...(Object.keys(CAPS) as VendorName[]).map(
          (vendor): Bar => ({
            ...{ name: `most in flight at ${vendor}`, value: inFlight[vendor].most, unit: '' },
            ...{ atMost: CAPS[vendor], of: 'truth' },
          }),
        ),
        ...ended.bars,
      ],
      figures: {
        'all accepted after (s)': askedSeconds,
        ...figuresOfAnswers('reads', reads),
        ...figuresOf(use, renewals + reads.asked),
        ...ended.figures,
      },
      notes: [renewing.firstWrong, reads.firstWrong, ...ended.notes].filter((note) => note !== null),
    };
  },
};
