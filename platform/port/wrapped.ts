import type { CacheLife } from '../cache/life.ts';
import type { RecordCache } from '../cache/record-cache.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { DEFAULT_RESILIENCE, type Resilience } from '../resilience/settings.ts';
import { createSource } from '../resilience/source.ts';
import type { Sources } from '../resilience/sources.ts';
import { inRows } from '../rows/in-rows.ts';
import { noRowJudge, type RowJudge } from '../rows/row-judge.ts';
import { cached } from './cached.ts';
import { measured } from './measured.ts';
import type { MethodsOf } from './methods.ts';
import { owned } from './owned.ts';
import { resilient } from './resilient.ts';

/** What the wrappers around every port need. */
export interface PortServices {
  readonly clock: Clock;
  readonly log: Logger;
  /** null: nothing is cached. */
  readonly cache: RecordCache | null;
  /** How long what is cached may be shown. Default: as a hub does that sets nothing. */
  readonly life?: CacheLife;
  readonly resilience?: Partial<Resilience>;
  /** The systems as this process knows them. Absent: this port's system is known to the port alone. */
  readonly sources?: Sources;
  /** Of several systems of one domain. */
  readonly instance?: string;
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
  const name = { system, instance: services.instance ?? null };
  const source =
    services.sources?.open(name, services.resilience) ??
    createSource({
      ...name,
      settings: { ...DEFAULT_RESILIENCE, ...services.resilience },
      clock: services.clock,
      shared: null,
    });
  const reached = resilient(measured(port, methods, about), methods, source);
  const kept = cached(reached, methods, { ...about, counts: source.cache });
  return owned(inRows(kept, methods, { system, judge: services.rows ?? noRowJudge }), methods, about);
}
