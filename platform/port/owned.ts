import type { WriteCall } from '../call.ts';
import { HubError } from '../errors.ts';
import { around, type MethodsOf } from './methods.ts';

/** Lets a write through only when it is made on behalf of the system that owns what the port holds. @throws NOT_OWNER */
export function owned<Port extends object>(port: Port, methods: MethodsOf<Port>, about: { system: string }): Port {
  return around(port, methods, (name, method, next) => async (argument, call) => {
    if (method.kind === 'write') {
      const { actingFor } = call as WriteCall; // a write's call is a WriteCall by the port's own type
      if (actingFor !== about.system) {
        throw new HubError(
          'NOT_OWNER',
          `${name} changes what ${about.system} owns; this call acts for ${actingFor}`,
          about,
        );
      }
    }
    return next(argument, call);
  });
}
