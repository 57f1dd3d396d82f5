import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import { SYSTEM } from './failures.ts';

/** Lets one job at a time in for each name; the others wait in the order of their coming. */
export interface Turns {
  /** @throws UNAVAILABLE when the caller's time is up before its turn: nothing was sent then */
  inTurn<T>(name: string, call: Call, job: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    async inTurn(name, call, job) {
      const before = last.get(name);
      const own = (before ?? Promise.resolve()).then(() => {
        if (!call.signal.aborted) return job();
        throw new HubError('UNAVAILABLE', 'ERP was not asked: the time was up before its turn', { system: SYSTEM });
      });
      const ended = own.then(
        () => undefined,
        () => undefined, // told to whoever asked for it, not to the next
      );
      last.set(name, ended);
      try {
        return await own;
      } finally {
        if (last.get(name) === ended) last.delete(name);
      }
    },
  };
}
