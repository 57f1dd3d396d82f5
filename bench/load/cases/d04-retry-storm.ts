import type { Acknowledgement } from '../../../test/invariants/evidence.ts';
import { arrivals, steady } from '../arrivals.ts';
import { drive } from '../drive.ts';
import { bringToRest, judgedEndings } from '../endings.ts';
import { answered, figuresOfAnswers, timesAsLong } from '../figures.ts';
import type { LoadCase } from '../load-case.ts';
import { orderOf, withRoom } from '../orders.ts';
import { coldEvery, read360, readOnce, soundCustomers } from '../reads.ts';
import { submit } from '../submit.ts';

const PLANS = {
  FULL: {
    customers: 4_000,
    calm: 20,
    failing: 60,
    healing: 15,
    after: 20,
    readsPerSecond: 60,
    ordersPerSecond: 20,
    warm: 1_000,
  },
  SHORT: {
    customers: 400,
    calm: 2,
    failing: 3,
    healing: 3,
    after: 2,
    readsPerSecond: 10,
    ordersPerSecond: 2,
    warm: 40,
  },
} as const;
/** The last system that an order comes to: acts are accepted all the while, and their last step waits. */
const VENDOR = 'zendesk';
const AT_REST_SECONDS = 120;

/** One system answers 503 to everything for a minute, under reads and orders. */
export const retryStorm: LoadCase = {
  id: 'D04',
  title: 'Retry storm: support answers 503 for 60 s under 60 reads/s and 20 orders/s',
  ground: (length) => ({ customers: PLANS[length].customers }),
  async run(ground, length) {
    const { calm, failing, healing, after, readsPerSecond, ordersPerSecond, warm } = PLANS[length];
    const seconds = calm + failing + healing + after;
    const ordersDue = arrivals([steady(ordersPerSecond, seconds)], 1);
    const sound = soundCustomers(ground.world);
    const buyers = withRoom(sound, ground.world, Math.ceil(ordersDue.length / 1_000));
    const reader = coldEvery(sound, warm, 0.2);
    const noted: Acknowledgement[] = [];
    const calls = async () => (await ground.vendors.inFlight())[VENDOR].total;

    await readOnce(ground, sound.slice(0, warm), readsPerSecond / 2);
    await ground.vendors.forgetInFlight();
    const begin = performance.now();
    const at = (second: number) =>
      new Promise((resolve) => setTimeout(resolve, Math.max(0, begin + second * 1_000 - performance.now())));
    const trouble = async () => {
      await at(calm);
      const before = await calls();
      await ground.vendors.addFault({ vendor: VENDOR, kind: 'status', status: 503 });
      await at(calm + failing);
      const failed = (await calls()) - before;
      await ground.vendors.removeFaults();
      return { offeredPerSecond: before / calm, failedPerSecond: failed / failing };
    };
    const [storm, orders, reads] = await Promise.all([
      trouble(),
      drive(ordersDue, (nr) => {
        const buyer = buyers[nr % buyers.length];
        if (buyer === undefined) throw new Error('nobody in this company has credit left');
        return submit(ground, orderOf(buyer, nr), noted);
      }),
      // A view without its support part is the right answer while support is down.
      drive(arrivals([steady(readsPerSecond, seconds)], 2), (nr) => read360(ground, reader(nr).hubId, 'SUPPORT')),
    ]);
    const ended = judgedEndings(await bringToRest(ground, noted, 3 * AT_REST_SECONDS), AT_REST_SECONDS);
    const before = answered(reads.filter(({ dueMs }) => dueMs < calm * 1_000));
    const during = answered(reads.filter(({ dueMs }) => dueMs >= calm * 1_000 && dueMs < (calm + failing) * 1_000));
    const healed = answered(reads, (calm + failing + healing) * 1_000);
    const accepting = answered(orders);
    return {
      bars: [
        {
          name: 'calls to it while it fails, of what is offered',
          value: storm.failedPerSecond / storm.offeredPerSecond,
          unit: 'x',
          atMost: 1.1,
          of: 'truth',
        },
        {
          name: 'reads p95 from 15 s after it healed, of that before',
          value: timesAsLong(healed.p95Ms, before.p95Ms),
          unit: 'x',
          atMost: 1.5,
          of: 'time',
        },
        {
          name: 'reads that were not answered as well as possible',
          value: during.asked - during.right,
          unit: '',
          atMost: 0,
          of: 'truth',
        },
        ...ended.bars,
      ],
      figures: {
        'calls/s offered': storm.offeredPerSecond,
        'calls/s while it fails': storm.failedPerSecond,
        ...figuresOfAnswers('reads before', before),
        ...figuresOfAnswers('reads while it fails', during),
        ...figuresOfAnswers('reads after', healed),
        ...figuresOfAnswers('orders', accepting),
        ...ended.figures,
      },
      notes: [before.firstWrong, during.firstWrong, healed.firstWrong, accepting.firstWrong, ...ended.notes].filter(
        (note) => note !== null,
      ),
    };
  },
};
