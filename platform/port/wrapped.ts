import type { RecordCache } from '../cache/record-cache.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { inRows } from '../rows/in-rows.ts';
import { noRowJudge, type RowJudge } from '../rows/row-judge.ts';
import { cached } from './cached.ts';
import { measured } from './measured.ts';
import type { MethodsOf } from './methods.ts';
import { owned } from './owned.ts';
import { type Resilience, resilient } from './resilient.ts';

/** What the wrappers around every port need. */
export interface PortServices {
  readonly clock: Clock;
  readonly log: Logger;
  /** null: nothing is cached. */
  readonly cache: RecordCache | null;
  readonly resilience?: Partial<Resilience>;
  /** Says whom callers see who are limited to rows. Absent or null: nobody can say it, and they are refused. */
  readonly rows?: RowJudge | null;
}

/**
 * A connector's port made fit for use: rights before cache, cache before wire, and each call over the wire timed.
 * `system` is the system of record behind the port, as in the graph's `System`.
 */
export function wrapped<Port extends object>(
  port: Port,
  methods: MethodsOf<Port>,
  system: string,
  services: PortServices,
): Port {
  const about = { ...services, system };
  const kept = cached(resilient(measured(port, methods, about), methods, about), methods, about);
  return owned(inRows(kept, methods, { system, judge: services.rows ?? noRowJudge }), methods, about);
}
