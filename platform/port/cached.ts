import type { CachedRecord, RecordCache } from '../cache/record-cache.ts';
import type { Call } from '../call.ts';
import type { Clock } from '../clock.ts';
import { errorCode } from '../errors.ts';
import { around, type Invoke, keyAndSubject, type Method, type MethodsOf } from './methods.ts';

/** How long after its normal life a value may stand in for a system that does not answer. */
const STALE_SECONDS = 600;

interface About {
  readonly system: string;
  readonly cache: RecordCache | null;
  readonly clock: Clock;
}

/**
 * Serves batch reads from the record cache: single flight per key, the last good value (noted STALE) when the system fails,
 * and everything that a write touches is forgotten. In a batch that mixes known and failed keys a failed key's answer is the
 * `Error` itself, as DataLoader takes it; a batch that fails whole rejects. `call.fresh` goes past the cache, and rejects.
 */
export function cached<Port extends object>(port: Port, methods: MethodsOf<Port>, about: About): Port {
  const inFlight: InFlight = new Map();
  return around(port, methods, (name, method, next) => {
    const noting = noteFailure(about, next);
    if (method.kind === 'batch' && about.cache && method.maxAgeSeconds > 0) {
      return batch(name, method, about as About & { cache: RecordCache }, inFlight, next); // checked just above
    }
    if (method.kind === 'write' && about.cache)
      return forgetting(method, about as About & { cache: RecordCache }, noting);
    return noting;
  });
}

function noteFailure(about: About, next: Invoke): Invoke {
  return async (argument, call) => {
    try {
      return await next(argument, call);
    } catch (error) {
      note(about, call, error);
      throw error;
    }
  };
}

function note(about: About, call: Call, error: unknown): void {
  const code = errorCode(error);
  if (code === 'REFUSED' || code === 'NOT_FOUND' || code === 'INVALID' || code === 'CONFLICT') return; // it answered
  call.note?.({ system: about.system, state: code === 'THROTTLED' ? 'THROTTLED' : 'UNAVAILABLE', calls: 1 });
}

function forgetting(
  method: Extract<Method, { kind: 'write' }>,
  about: About & { cache: RecordCache },
  next: Invoke,
): Invoke {
  return async (change, call) => {
    const result = await next(change, call);
    const touched = method.touches(change as never, result as never); // the descriptor's own types: it stands beside the port
    await about.cache.forget(touched.map((subject) => `${about.system}:${subject}`));
    return result;
  };
}

function batch(
  name: string,
  method: Extract<Method, { kind: 'batch' }>,
  about: About & { cache: RecordCache },
  inFlight: InFlight,
  next: Invoke,
): Invoke {
  const { system, cache, clock } = about;

  /** Asks the system for these keys, and lets others join while the answer is on its way. */
  async function ask(keys: readonly Keyed[], call: Call): Promise<readonly unknown[]> {
    const readAt = clock.now();
    const answers = next(
      keys.map(({ key }) => key),
      call,
    ) as Promise<readonly unknown[]>; // a batch method answers per key
    keys.forEach(({ cacheKey }, at) => {
      const answer = answers.then((all) => all[at]);
      answer.catch(() => undefined); // whoever joined sees it; the asker gets it from `answers`
      inFlight.set(cacheKey, { answer, signal: call.signal });
    });
    try {
      const all = await answers;
      const storedAt = clock.now();
      const keepSeconds = method.maxAgeSeconds + STALE_SECONDS;
      const entries = keys.map(({ cacheKey, subject }, at) => ({
        key: cacheKey,
        record: { value: all[at], storedAt, subject },
        keepSeconds,
      }));
      await cache.set(entries, readAt);
      return all;
    } finally {
      for (const { cacheKey } of keys) inFlight.delete(cacheKey);
    }
  }

  /** One request over the wire for each key: joins what is on its way, and asks itself when whoever asked first has left. */
  async function load(keys: readonly Keyed[], call: Call): Promise<Map<string, unknown>> {
    const flights = keys.map(({ cacheKey }) => (call.fresh ? undefined : inFlight.get(cacheKey)));
    const mine = keys.filter((_key, at) => flights[at] === undefined);
    const asked = mine.length > 0 ? ask(mine, call) : Promise.resolve([]);
    const values = new Map<string, unknown>();
    const orphans: Keyed[] = [];
    const joining = keys.map(async (key, at) => {
      const flight = flights[at];
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

  return async (argument, call) => {
    const keys = (argument as readonly unknown[]).map((key): Keyed => {
      const { cacheKey, subject } = keyAndSubject(method, key);
      return { key, cacheKey: `${system}:${name}:${cacheKey}`, subject: `${system}:${subject}` };
    });
    const kept = call.fresh ? [] : await cache.get(keys.map(({ cacheKey }) => cacheKey));
    const now = clock.now();
    const isFresh = (record: CachedRecord | undefined) =>
      record !== undefined && now - record.storedAt <= method.maxAgeSeconds * 1000;
    const missing = keys.filter((_key, at) => !isFresh(kept[at]));
    const hits = kept.filter(isFresh);
    if (hits.length > 0) call.note?.({ system, state: 'CACHED', asOf: oldest(hits) });
    if (missing.length === 0) return kept.map((record) => record?.value);

    let loaded: Map<string, unknown>;
    try {
      loaded = await load(missing, call);
    } catch (error) {
      const stale = kept.filter((record) => record !== undefined && !isFresh(record));
      const lost = missing.length - stale.length;
      if (lost > 0) note(about, call, error);
      if (lost === keys.length) throw error;
      if (stale.length > 0) call.note?.({ system, state: 'STALE', asOf: oldest(stale), calls: 1 });
      return kept.map((record) => (record === undefined ? error : record.value));
    }
    return keys.map(({ cacheKey }, at) => (isFresh(kept[at]) ? kept[at]?.value : loaded.get(cacheKey)));
  };
}

/** Answers on their way, by cache key, with the signal of the call that asked. */
type InFlight = Map<string, { readonly answer: Promise<unknown>; readonly signal: AbortSignal }>;

interface Keyed {
  readonly key: unknown;
  readonly cacheKey: string;
  readonly subject: string;
}

const oldest = (records: readonly (CachedRecord | undefined)[]): string =>
  new Date(Math.min(...records.map((record) => record?.storedAt ?? Number.POSITIVE_INFINITY))).toISOString();
