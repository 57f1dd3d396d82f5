import type { Clock } from '../clock.ts';
import type { MethodsOf } from './methods.ts';

/** How a system is protected from the hub, and the hub from it. */
export interface Resilience {
  /** Requests in flight to one system. */
  readonly maxInFlight: number;
}

export function resilient<Port extends object>(
  port: Port,
  _methods: MethodsOf<Port>,
  _about: { system: string; clock: Clock; resilience?: Partial<Resilience> },
): Port {
  return port;
}
