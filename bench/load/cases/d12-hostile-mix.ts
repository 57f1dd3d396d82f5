import { setTimeout as sleep } from 'node:timers/promises';
import { arrivals, steady } from '../arrivals.ts';
import { drive } from '../drive.ts';
import { answered, figuresOfAnswers, timesAsLong } from '../figures.ts';
import type { Ground } from '../ground.ts';
import { HOSTILE } from '../hostile.ts';
import { figuresOf, meterHub } from '../hub-meter.ts';
import type { LoadCase } from '../load-case.ts';
import { coldEvery, read360, soundCustomers } from '../reads.ts';

const PLANS = {
  FULL: { customers: 4_000, warmUp: 10, seconds: 60, readsPerSecond: 60, hostilePerSecond: 50, warm: 1_000, calm: 30 },
  SHORT: { customers: 400, warmUp: 1, seconds: 2, readsPerSecond: 5, hostilePerSecond: 10, warm: 40, calm: 0.2 },
} as const;

/** The same reads twice: alone, and beside requests that are made to hurt. */
export const hostileMix: LoadCase = {
  id: 'D12',
  title: 'Hostile mix: bad input of class A at 50/s beside 60 reads/s',
  ground: (length) => ({ customers: PLANS[length].customers }),
  async run(ground, length) {
    const { warmUp, seconds, readsPerSecond, hostilePerSecond, warm, calm } = PLANS[length];
    const reader = coldEvery(soundCustomers(ground.world), warm, 0.2);
    const reads = async (fromSeconds: number, seed: number, offset: number) =>
      answered(
        await drive(arrivals([steady(readsPerSecond, fromSeconds), steady(readsPerSecond, seconds)], seed), (nr) =>
          read360(ground, reader(nr + offset).hubId),
        ),
        fromSeconds * 1_000,
      );
    const alone = await reads(warmUp, 1, 0);
    const quiet = await (await meterHub(ground))();

    const used = await meterHub(ground);
    const [beside, attacked] = await Promise.all([
      reads(0, 2, readsPerSecond * (warmUp + seconds)),
      drive(arrivals([steady(hostilePerSecond, seconds)], 3), (nr) => attack(ground, nr)),
    ]);
    const use = await used();
    await sleep(calm * 1_000); // what was left behind is collected
    const after = await (await meterHub(ground))();
    const hostile = answered(attacked);
    return {
      bars: [
        {
          name: 'reads p95 beside the attack, of that alone',
          value: timesAsLong(beside.p95Ms, alone.p95Ms),
          unit: 'x',
          atMost: 1.5,
          of: 'time',
        },
        {
          name: 'hostile requests not refused with a 4xx',
          value: hostile.asked - hostile.right,
          unit: '',
          atMost: 0,
          of: 'truth',
        },
        { name: 'restarts', value: ground.alive() ? 0 : 1, unit: '', atMost: 0, of: 'truth' },
        { name: 'memory left behind', value: after.endMb - quiet.endMb, unit: 'MB', atMost: 50, of: 'time' },
      ],
      figures: {
        ...figuresOfAnswers('reads alone', alone),
        ...figuresOfAnswers('reads beside the attack', beside),
        ...figuresOfAnswers('hostile requests', hostile),
        ...figuresOf(use, beside.asked + hostile.asked),
      },
      notes: [alone.firstWrong, beside.firstWrong, hostile.firstWrong].filter((note) => note !== null),
    };
  },
};

async function attack({ client }: Ground, nr: number): Promise<string | null> {
  const [id, body] = HOSTILE[nr % HOSTILE.length] ?? ['none', ''];
  const status = await client.sendRaw(body, 'operator');
  return status >= 400 && status < 500 ? null : `${id} was answered with ${status}`;
}
