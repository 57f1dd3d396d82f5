/** Numbers that follow from the words alone: the same words, the same numbers, on every machine and in every order. */
export interface Draw {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  /** Whether an event of this likelihood (0 to 1) happens. */
  happens(likelihood: number): boolean;
  pick<T>(from: readonly T[]): T;
}

export function draw(...words: readonly (string | number)[]): Draw {
  let state = 0x811c9dc5; // FNV-1a over the words, then mulberry32 from there
  for (const character of words.join('\u0000')) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    happens: (likelihood) => next() < likelihood,
    pick: (from) => {
      if (from.length === 0) throw new Error('Nothing to pick from');
      return from[below(from.length)] as never; // an index below the length
    },
  };
}

/** Text that is equal for equal values, whatever the order of their keys. */
export function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, v]) => `${JSON.stringify(key)}:${stable(v)}`)
    .join()}}`;
}
