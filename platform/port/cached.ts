import type { RecordCache } from '../cache/record-cache.ts';
import type { Clock } from '../clock.ts';
import type { MethodsOf } from './methods.ts';

/** Serves batch reads from the record cache (written in full below the other wrappers). */
export function cached<Port extends object>(
  port: Port,
  _methods: MethodsOf<Port>,
  _about: { system: string; cache: RecordCache | null; clock: Clock },
): Port {
  return port;
}
