import { errorCode } from '../errors.ts';
import { around, type MethodsOf } from './methods.ts';

/** Notes on the call how long each request to the system took and whether it was answered. */
export function measured<Port extends object>(port: Port, methods: MethodsOf<Port>, about: { system: string }): Port {
  return around(port, methods, (_name, _method, next) => async (argument, call) => {
    const startedAt = performance.now();
    const note = (state: 'FRESH' | 'THROTTLED' | 'UNAVAILABLE') =>
      call.note?.({
        system: about.system,
        state,
        asOf: new Date().toISOString(),
        ms: performance.now() - startedAt,
        calls: 1,
      });
    try {
      const answer = await next(argument, call);
      note('FRESH');
      return answer;
    } catch (error) {
      const code = errorCode(error);
      note(
        code === 'THROTTLED'
          ? 'THROTTLED'
          : code === 'REFUSED' || code === 'NOT_FOUND' || code === 'INVALID'
            ? 'FRESH'
            : 'UNAVAILABLE',
      );
      throw error;
    }
  });
}
