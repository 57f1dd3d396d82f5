import type { UsageBatch } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/** Most events of one step: sent one after the other, they fit into the time of an attempt. */
export const EVENTS_OF_A_STEP = 100;
export const MOST_EVENTS = 500;

/** Posts one part of a batch. When it is first tried is journaled before, because billing knows what it counted for a time only. */
const postPart = (nth: number) =>
  step({
    name: `post-usage-${nth}`,
    owner: 'BILLING',
    partial: true,
    read: async ({ now }, _part: Omit<UsageBatch, 'firstTriedAt'>) => now(),
    do: async ({ billing, call }, part, firstTriedAt) => {
      await billing.recordUsage({ ...part, firstTriedAt }, call);
      return { events: part.events.length };
    },
    stated: NOTHING, // counted by hand, or given away
    undo: ({ billing, call }, { input, before, result }) =>
      billing.cancelUsage({ ...input, firstTriedAt: before, recorded: result !== null }, call),
  });

/** One step for each hundred events of the largest batch. */
export const postUsage = Array.from({ length: MOST_EVENTS / EVENTS_OF_A_STEP }, (_, at) => postPart(at + 1));
