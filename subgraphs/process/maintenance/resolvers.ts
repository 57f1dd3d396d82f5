import type { WaitedFor } from '../../../platform/saga/closures.ts';
import { reachable } from '../../../platform/saga/persistent.ts';
import { opensAt } from '../../../platform/saga/windows.ts';
import type { System } from '../model.ts';
import type { Resolvers } from '../schema.generated.ts';
import { toldText } from '../told.ts';
import { closeSystem, openSystem } from './closing.ts';

/** A closure as the graph shows it. */
export const shown = ({ by, system, reason, ...closure }: WaitedFor) => ({
  ...closure,
  system: system as System, // judged when it was closed
  reason: toldText(reason) ?? '',
  closedBy: by,
});

/** Minutes of the day as a clock shows them. Example: `06:00`. */
const clockTime = (minutes: number): string =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');

/** When systems take what processes write, for `resolvers.ts`. */
export const maintenance = {
  Query: {
    systemClosures: async (_root, _args, context) => (await reachable(context.maintenance.closures())).map(shown),
    postingWindows: (_root, _args, { maintenance: { windows }, clock }) =>
      Object.entries(windows).map(([system, { days, fromMinute, toMinute, zone }]) => ({
        system: system as System, // judged at the start
        days: [...days],
        from: clockTime(fromMinute),
        to: clockTime(toMinute),
        zone,
        opensAt: opensAt(windows, system, clock.now())?.until ?? null,
      })),
  },
  Mutation: {
    closeSystem: async (_root, { input }, context) => shown(await closeSystem(context, input)),
    openSystem: async (_root, { id }, context) => shown(await openSystem(context, id)),
  },
  Process: {
    waitsFor: async ({ id, state }, _args, { loaders }) =>
      state === 'WAITING' ? toldText(await loaders.waitsFor.load(id)) : null,
  },
} satisfies Pick<Resolvers, 'Query' | 'Mutation' | 'Process'>;
