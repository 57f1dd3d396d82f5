import type { Acknowledgement } from '../../../test/invariants/evidence.ts';
import { arrivals, steady } from '../arrivals.ts';
import { drive } from '../drive.ts';
import { bringToRest, judgedEndings } from '../endings.ts';
import { answered, figuresOfAnswers } from '../figures.ts';
import { figuresOf, meterHub } from '../hub-meter.ts';
import type { LoadCase } from '../load-case.ts';
import { orderOf, withRoom } from '../orders.ts';
import { coldEvery, read360, soundCustomers } from '../reads.ts';
import { submit } from '../submit.ts';

const PLANS = {
  FULL: { customers: 4_000, warmUp: 10, ramp: { seconds: 300, from: 5, to: 40 }, readsPerSecond: 60, warm: 1_000 },
  SHORT: { customers: 400, warmUp: 1, ramp: { seconds: 3, from: 2, to: 4 }, readsPerSecond: 5, warm: 40 },
} as const;
/** After the ramp; what is still under way after three times as long is not waited for. */
const AT_REST_SECONDS = 60;

/** The quarter ends: orders ramp up beside people who read. */
export const quarterEnd: LoadCase = {
  id: 'D02',
  title: 'Quarter end: submitOrder ramps 5 to 40/s for 5 min beside 60 reads/s',
  ground: (length) => ({ customers: PLANS[length].customers }),
  async run(ground, length) {
    const { warmUp, ramp, readsPerSecond, warm } = PLANS[length];
    const ordersDue = arrivals([steady(ramp.from, warmUp), ramp], 1);
    const readsDue = arrivals([steady(readsPerSecond, warmUp), steady(readsPerSecond, ramp.seconds)], 2);
    const sound = soundCustomers(ground.world);
    const buyers = withRoom(sound, ground.world, Math.ceil(ordersDue.length / 1_000));
    const reader = coldEvery(sound, warm, 0.2);
    const buyer = (nr: number) => {
      const found = buyers[nr % buyers.length];
      if (found === undefined) throw new Error('nobody in this company has credit left');
      return found;
    };

    const noted: Acknowledgement[] = [];
    const used = await meterHub(ground);
    const [orders, reads] = await Promise.all([
      drive(ordersDue, (nr) => submit(ground, orderOf(buyer(nr), nr), noted)),
      drive(readsDue, (nr) => read360(ground, reader(nr).hubId)),
    ]);
    const use = await used();
    const ended = judgedEndings(await bringToRest(ground, noted, 3 * AT_REST_SECONDS), AT_REST_SECONDS);

    const accepting = answered(orders, warmUp * 1_000);
    const reading = answered(reads, warmUp * 1_000);
    return {
      bars: [
        { name: 'acceptance p95', value: accepting.p95Ms, unit: 'ms', atMost: 300, of: 'time' },
        { name: 'reads p95', value: reading.p95Ms, unit: 'ms', atMost: 500, of: 'time' },
        ...ended.bars,
      ],
      figures: {
        ...figuresOfAnswers('orders', accepting),
        ...figuresOfAnswers('reads', reading),
        ...figuresOf(use, orders.length + reads.length),
        ...ended.figures,
      },
      notes: [accepting.firstWrong, reading.firstWrong, ...ended.notes].filter((note) => note !== null),
    };
  },
};
