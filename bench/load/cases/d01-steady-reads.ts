import { arrivals, steady } from '../arrivals.ts';
import { drive } from '../drive.ts';
import { answered, figuresOfAnswers } from '../figures.ts';
import { figuresOf, meterHub } from '../hub-meter.ts';
import type { LoadCase } from '../load-case.ts';
import { coldEvery, read360, readOnce, soundCustomers } from '../reads.ts';

const PLANS = {
  FULL: { customers: 4_000, warmUp: 10, seconds: 60, perSecond: 125, atLeast: 120, warm: 1_000 },
  SHORT: { customers: 400, warmUp: 1, seconds: 3, perSecond: 10, atLeast: 8, warm: 40 },
} as const;
const COLD = 0.2;

/** People read, and every fifth time somebody whom nobody has read before. */
export const steadyReads: LoadCase = {
  id: 'D01',
  title: 'Steady reads: 125/s of the 360 of four sources, 1,000 customers, one in five cold',
  ground: (length) => ({ customers: PLANS[length].customers }),
  async run(ground, length) {
    const { warmUp, seconds, perSecond, atLeast, warm } = PLANS[length];
    const sound = soundCustomers(ground.world);
    const reader = coldEvery(sound, warm, COLD);
    const read = (nr: number) => read360(ground, reader(nr).hubId);
    // The warm ones are warm before it begins, or most of the first minute would be cold.
    await readOnce(ground, sound.slice(0, warm), perSecond / 2);
    const due = arrivals([steady(perSecond, warmUp), steady(perSecond, seconds)], 1);
    const used = await meterHub(ground);
    const samples = await drive(due, read);
    const use = await used();
    const reads = answered(samples, warmUp * 1_000);
    const tookSeconds = Math.max(...samples.map(({ dueMs, tookMs }) => dueMs + tookMs)) / 1_000 - warmUp;
    return {
      bars: [
        { name: 'right answers', value: reads.right / tookSeconds, unit: '/s', atLeast, of: 'time' },
        { name: 'reads p95', value: reads.p95Ms, unit: 'ms', atMost: 250, of: 'time' },
        { name: 'reads p99', value: reads.p99Ms, unit: 'ms', atMost: 600, of: 'time' },
        { name: 'errors', value: reads.asked - reads.right, unit: '', atMost: 0, of: 'truth' },
        { name: 'event-loop delay p99', value: use.eventLoopDelayP99Ms, unit: 'ms', atMost: 100, of: 'time' },
      ],
      figures: { ...figuresOfAnswers('reads', reads), ...figuresOf(use, samples.length) },
      notes: reads.firstWrong === null ? [] : [reads.firstWrong],
    };
  },
};
