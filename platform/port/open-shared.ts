import { createCache } from '../cache/create-cache.ts';
import type { CacheLife } from '../cache/life.ts';
import { systemClock } from '../clock.ts';
import type { Db } from '../db/db.ts';
import type { Logger } from '../log.ts';
import { createSources } from '../resilience/sources.ts';
import { createRowJudge } from '../rows/row-judge.ts';
import type { PortServices } from './wrapped.ts';

export interface SharedOptions {
  /** Where the register is. null: callers who are limited to rows are refused. */
  readonly db: Db | null;
  /** undefined: what is kept and counted is this process's own. */
  readonly redisUrl: string | undefined;
  readonly life: CacheLife;
  readonly log: Logger;
}

/** Opens what all connectors of a process share, by the system's clock. */
export function openShared({ db, life, log, ...options }: SharedOptions, opened: AsyncDisposableStack) {
  const clock = systemClock;
  const redisUrl = options.redisUrl ?? null;
  const cache = createCache({ redisUrl, clock, log });
  opened.defer(() => cache.close());
  const sources = createSources({ clock, log, redisUrl });
  opened.defer(() => sources.close());
  const rows = db === null ? null : createRowJudge({ db, clock, log });
  return { clock, log, cache, life, sources, rows } satisfies PortServices;
}
