import { errorCode } from '../errors.ts';
import { attempt, LeftAlone } from '../resilience/attempt.ts';
import type { Source } from '../resilience/source.ts';
import { around, type MethodsOf } from './methods.ts';

/**
 * A place, two breakers (of the method and of the whole system), the vendor's quota and `Retry-After`, and one retry of reads
 * within a budget. Writes are never retried here: the process that makes them does, with their key.
 * @throws UNAVAILABLE while a breaker is open, THROTTLED while the system asked to wait or has no room
 */
export function resilient<Port extends object>(port: Port, methods: MethodsOf<Port>, source: Source): Port {
  return around(port, methods, (name, method, next) => {
    const capability = source.capability(name);
    return async (argument, call) => {
      source.retries.earn();
      try {
        return await attempt((admitted) => next(argument, admitted), call, source, capability);
      } catch (error) {
        const again =
          method.kind !== 'write' &&
          errorCode(error) === 'UNAVAILABLE' &&
          !(error instanceof LeftAlone) &&
          source.pausedMs() === 0 &&
          !call.signal.aborted;
        if (!again || !source.retries.spend()) throw error;
        return attempt((admitted) => next(argument, admitted), call, source, capability);
      }
    };
  });
}
