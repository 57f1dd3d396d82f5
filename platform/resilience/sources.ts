import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { DEFAULT_RESILIENCE, type Resilience } from './settings.ts';
import { createSharedSources } from './shared-sources.ts';
import { createSource, type Source, type SourceName } from './source.ts';

/** The systems that a process asks: one of each, however many of its parts do so. */
export interface Sources {
  /** The first who opens a source says how it is protected. */
  open(name: SourceName, settings?: Partial<Resilience>): Source;
  readonly all: readonly Source[];
  close(): void;
}

export interface SourcesOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** null: this process is alone, and knows quotas and pauses by itself. */
  readonly redisUrl: string | null;
}

export function createSources({ clock, log, redisUrl }: SourcesOptions): Sources {
  const shared = redisUrl === null ? null : createSharedSources({ url: redisUrl, log });
  const opened = new Map<string, Source>();
  return {
    open({ system, instance }, settings = {}) {
      const key = `${system}~${instance ?? ''}`;
      const known = opened.get(key);
      if (known !== undefined) return known;
      const made = createSource({ system, instance, settings: { ...DEFAULT_RESILIENCE, ...settings }, clock, shared });
      opened.set(key, made);
      return made;
    },
    get all() {
      return [...opened.values()];
    },
    close: () => shared?.close(),
  };
}
