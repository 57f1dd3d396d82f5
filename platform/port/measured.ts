import { around, type MethodsOf } from './methods.ts';

/** Notes on the call how long each request took that the system answered; what it did not answer, the cache above notes. */
export function measured<Port extends object>(port: Port, methods: MethodsOf<Port>, about: { system: string }): Port {
  return around(port, methods, (_name, _method, next) => async (argument, call) => {
    const startedAt = performance.now();
    const answer = await next(argument, call);
    call.note?.({
      system: about.system,
      state: 'FRESH',
      asOf: new Date().toISOString(),
      ms: Math.round(performance.now() - startedAt),
      calls: 1,
    });
    return answer;
  });
}
