/** What the cache did for one system, since the process began. */
export interface CacheCounts {
  /** Keys answered within their life. */
  hits: number;
  /** Keys answered past it, marked, while they were refreshed. */
  revalidated: number;
  /** Keys answered past it, marked, because the system failed. */
  staleIfError: number;
  /** Keys that the system was asked for while somebody waited. */
  misses: number;
  /** Keys that joined a question which was on its way. */
  joined: number;
  /** Keys that were refreshed on the side. */
  refreshed: number;
  /** Calls to the system's port, refreshing included. */
  calls: number;
  /** Calls that would have been made without the cache. */
  callsWithout: number;
  /** Keys answered from the cache by their age: how many were at most so old, in seconds. */
  readonly ages: Map<number, number>;
  ageSecondsSum: number;
}

/** Upper bounds of ages, in seconds. */
export const AGE_BOUNDS = [1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600] as const;

export const newCacheCounts = (): CacheCounts => ({
  hits: 0,
  revalidated: 0,
  staleIfError: 0,
  misses: 0,
  joined: 0,
  refreshed: 0,
  calls: 0,
  callsWithout: 0,
  ages: new Map(AGE_BOUNDS.map((bound) => [bound, 0])),
  ageSecondsSum: 0,
});

export function noteAge(counts: CacheCounts, ageMs: number): void {
  const seconds = Math.max(0, ageMs) / 1_000;
  counts.ageSecondsSum += seconds;
  const bound = AGE_BOUNDS.find((one) => seconds <= one);
  if (bound !== undefined) counts.ages.set(bound, (counts.ages.get(bound) ?? 0) + 1);
}
