import { type CacheCounts, newCacheCounts, noteAge } from '../cache/counts.ts';
import { type CacheLife, DEFAULT_LIFE, lifeMs } from '../cache/life.ts';
import type { CachedRecord, RecordCache } from '../cache/record-cache.ts';
import type { Call } from '../call.ts';
import type { Clock } from '../clock.ts';
import { endingWithin } from '../ending-with.ts';
import { errorCode } from '../errors.ts';
import { newCorrelationId } from '../ids.ts';
import { Flights } from './flights.ts';
import { around, type Invoke, keyAndSubject, type Method, type MethodsOf } from './methods.ts';
import { createRefresher } from './refresher.ts';

interface About {
  readonly system: string;
  readonly cache: RecordCache | null;
  readonly clock: Clock;
  /** Default: as a hub has that sets nothing. */
  readonly life?: CacheLife;
  /** Counts of this system; absent: nobody reads them. */
  readonly counts?: CacheCounts;
}

type Cached = About & { readonly cache: RecordCache; readonly life: CacheLife; readonly counts: CacheCounts };

/** Longest that a refresh may take. */
const REFRESH_WITHIN_MS = 10_000;

/**
 * Serves batch reads from the record cache. Within its declared life a value is told as it is (CACHED); for a while after that
 * it is told marked STALE, with its age, and refreshed on the side by one flight; later whoever asks waits, and only where the
 * system fails the last good value stands in, marked STALE. Everything that a write touches is forgotten. In a batch that mixes
 * known and failed keys a failed key's answer is the `Error` itself, as DataLoader takes it; a batch that fails whole rejects.
 * `call.fresh` goes past the cache, and rejects.
 */
export function cached<Port extends object>(port: Port, methods: MethodsOf<Port>, about: About): Port {
  const { cache, life = DEFAULT_LIFE, counts = newCacheCounts() } = about;
  return around(port, methods, (name, method, next) => {
    const noting = noteFailure(about, next);
    const maxAgeSeconds = method.kind === 'batch' ? Math.min(method.maxAgeSeconds, life.longestSeconds) : 0;
    if (cache !== null && method.kind === 'batch' && maxAgeSeconds > 0) {
      return batch(name, { ...method, maxAgeSeconds }, { ...about, cache, life, counts }, next);
    }
    if (cache !== null && method.kind === 'write') return forgetting(method, about.system, cache, noting);
    return noting;
  });
}

function noteFailure(about: About, next: Invoke): Invoke {
  return async (argument, call) => {
    try {
      return await next(argument, call);
    } catch (error) {
      note(about.system, call, error);
      throw error;
    }
  };
}

function note(system: string, call: Call, error: unknown): void {
  const code = errorCode(error);
  if (code === 'REFUSED' || code === 'NOT_FOUND' || code === 'INVALID' || code === 'CONFLICT') return; // it answered
  call.note?.({ system, state: code === 'THROTTLED' ? 'THROTTLED' : 'UNAVAILABLE', calls: 1 });
}

function forgetting(
  method: Extract<Method, { kind: 'write' }>,
  system: string,
  cache: RecordCache,
  next: Invoke,
): Invoke {
  return async (change, call) => {
    const result = await next(change, call);
    const touched = method.touches(change as never, result as never); // the descriptor's own types: it stands beside the port
    await cache.forget(touched.map((subject) => `${system}:${subject}`));
    return result;
  };
}

interface Keyed {
  readonly key: unknown;
  readonly cacheKey: string;
  readonly subject: string;
}

function batch(name: string, method: Extract<Method, { kind: 'batch' }>, about: Cached, next: Invoke): Invoke {
  const { system, cache, clock, life, counts } = about;
  const flights = new Flights();
  const revalidateMs = 1_000 * Math.min(life.revalidateSeconds, method.maxAgeSeconds);
  /** Until then no other process begins to refresh the same key; then its next life has not ended yet. */
  const claimedMs = Math.min(REFRESH_WITHIN_MS, method.maxAgeSeconds * 500);
  const keepSeconds = method.maxAgeSeconds + life.staleSeconds;
  const staleMs = 1_000 * life.staleSeconds;
  const pastLifeMs = ({ value, storedAt }: CachedRecord, now: number) =>
    now - storedAt - lifeMs(value, method.maxAgeSeconds);

  /** Asks the system for these keys, and lets others join while the answer is on its way. */
  async function ask(keys: readonly Keyed[], call: Call): Promise<readonly unknown[]> {
    counts.calls += 1;
    const readAt = clock.now();
    const asked = keys.map(({ key }) => key);
    const answers = next(asked, call) as Promise<readonly unknown[]>; // a batch method answers per key
    const all = await flights.depart(
      keys.map(({ cacheKey }) => cacheKey),
      answers,
      call.signal,
    );
    // As old as the question: when the value left the system the answer does not say.
    const entries = keys.flatMap(({ cacheKey, subject }, at) =>
      all[at] instanceof Error
        ? []
        : [{ key: cacheKey, record: { value: all[at], storedAt: readAt, subject }, keepSeconds }],
    );
    await cache.set(entries, readAt);
    return all;
  }

  const refresher = createRefresher<Keyed>({
    gatherMs: life.gatherMs,
    mostKeys: method.maxKeys,
    async refresh(keys) {
      const claimed = new Set(
        await cache.claim(
          keys.map(({ cacheKey }) => cacheKey),
          claimedMs,
        ),
      );
      const mine = keys.filter(({ cacheKey }) => claimed.has(cacheKey) && flights.of(cacheKey) === undefined);
      if (mine.length === 0) return;
      counts.refreshed += mine.length;
      const { signal, release } = endingWithin(REFRESH_WITHIN_MS);
      // A failure is told when the old value may no longer be shown and somebody waits for the new one.
      await ask(mine, { correlationId: newCorrelationId(), signal, work: 'BACKGROUND' }).catch(() => undefined);
      release();
    },
  });

  /** One request over the wire for each key: joins what is on its way, and asks itself when whoever asked first has left. */
  async function load(keys: readonly Keyed[], call: Call): Promise<Map<string, unknown>> {
    const joined = keys.map(({ cacheKey }) => (call.fresh ? undefined : flights.of(cacheKey)));
    const mine = keys.filter((_key, at) => joined[at] === undefined);
    counts.misses += mine.length;
    counts.joined += keys.length - mine.length;
    const asked = mine.length > 0 ? ask(mine, call) : Promise.resolve([]);
    const values = new Map<string, unknown>();
    const orphans: Keyed[] = [];
    const joining = keys.map(async (key, at) => {
      const flight = joined[at];
      if (!flight) return;
      try {
        values.set(key.cacheKey, await flight.answer);
        call.note?.({ system, state: 'FRESH' });
      } catch (error) {
        if (!flight.signal.aborted || call.signal.aborted) throw error;
        orphans.push(key);
      }
    });
    const [answers] = await Promise.all([asked, ...joining]);
    mine.forEach(({ cacheKey }, at) => {
      values.set(cacheKey, answers[at]);
    });
    if (orphans.length > 0) for (const [key, value] of await load(orphans, call)) values.set(key, value);
    return values;
  }

  /** Tells of values that are told from the cache. */
  function told(
    records: readonly CachedRecord[],
    state: 'CACHED' | 'STALE',
    { call, now, calls }: { call: Call; now: number; calls?: number },
  ): void {
    if (records.length === 0) return;
    let oldest = Number.POSITIVE_INFINITY;
    for (const { storedAt } of records) {
      oldest = Math.min(oldest, storedAt);
      noteAge(counts, now - storedAt);
    }
    call.note?.({
      system,
      state,
      asOf: new Date(oldest).toISOString(),
      ...(calls === undefined ? {} : { calls }),
    });
  }

  return async (argument, call) => {
    const keys = (argument as readonly unknown[]).map((key): Keyed => {
      const { cacheKey, subject } = keyAndSubject(method, key);
      return { key, cacheKey: `${system}:${name}:${cacheKey}`, subject: `${system}:${subject}` };
    });
    counts.callsWithout += 1;
    const now = clock.now();
    const kept = call.fresh
      ? []
      : await cache.get(
          keys.map(({ cacheKey }) => cacheKey),
          (record) => pastLifeMs(record, now) <= 0,
        );
    const fresh: CachedRecord[] = [];
    const revalidated: CachedRecord[] = [];
    const missing: Keyed[] = [];
    const shown = keys.map((key, at): CachedRecord | undefined => {
      const record = kept[at];
      const pastMs = record === undefined ? Number.POSITIVE_INFINITY : pastLifeMs(record, now);
      if (record === undefined || pastMs > revalidateMs) {
        missing.push(key);
        return undefined;
      }
      if (pastMs <= 0) fresh.push(record);
      else {
        revalidated.push(record);
        refresher.soon(key.cacheKey, key);
      }
      return record;
    });
    counts.hits += fresh.length;
    counts.revalidated += revalidated.length;
    told(fresh, 'CACHED', { call, now });
    told(revalidated, 'STALE', { call, now });
    if (missing.length === 0) return shown.map((record) => record?.value);

    let loaded: Map<string, unknown>;
    try {
      loaded = await load(missing, call);
    } catch (error) {
      // The cache may keep a record for longer than it may be shown.
      const standIn = kept.map((record, at) =>
        shown[at] === undefined && record !== undefined && pastLifeMs(record, now) <= staleMs ? record : undefined,
      );
      const old = standIn.filter((record) => record !== undefined);
      const lost = missing.length - old.length;
      if (lost > 0) note(system, call, error);
      if (lost === keys.length) throw error;
      counts.staleIfError += old.length;
      told(old, 'STALE', { call, now, calls: 1 });
      return keys.map((_key, at) => {
        const record = shown[at] ?? standIn[at];
        return record === undefined ? error : record.value;
      });
    }
    return keys.map(({ cacheKey }, at) => (shown[at] === undefined ? loaded.get(cacheKey) : shown[at].value));
  };
}
