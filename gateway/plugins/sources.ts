import type { SourceNote, SourceState } from '../../platform/call.ts';
import type { Concern } from './as-one.ts';

/** From the worst to the best: a system that answered in several ways is shown by the worst. */
const WORST_FIRST = [
  'UNAVAILABLE',
  'THROTTLED',
  'FORBIDDEN',
  'STALE',
  'CACHED',
  'FRESH',
] as const satisfies SourceState[];

/** Tells in `extensions.sources` how each system that took part answered. */
export const sources: Concern = {
  willSendResponse({ response, contextValue }) {
    if (response.body.kind !== 'single' || contextValue.notes.length === 0) return;
    const { singleResult } = response.body;
    singleResult.extensions = { ...singleResult.extensions, sources: bySystem(contextValue.notes) };
  },
};

/** One entry for each system: the worst state, the oldest value, waiting times and requests added up. */
export function bySystem(notes: readonly SourceNote[]): SourceNote[] {
  const merged = new Map<string, SourceNote>();
  for (const note of notes) {
    const before = merged.get(note.system);
    merged.set(note.system, before === undefined ? note : join(before, note));
  }
  return [...merged.values()]
    .map((note) => (note.ms === undefined ? note : { ...note, ms: Math.round(note.ms * 10) / 10 }))
    .sort((a, b) => a.system.localeCompare(b.system));
}

function join(a: SourceNote, b: SourceNote): SourceNote {
  const asOf = [a.asOf, b.asOf].filter((at) => at !== undefined).sort()[0];
  return {
    system: a.system,
    state: WORST_FIRST.find((state) => state === a.state || state === b.state) ?? a.state,
    ...(asOf === undefined ? {} : { asOf }),
    ...(a.ms === undefined && b.ms === undefined ? {} : { ms: (a.ms ?? 0) + (b.ms ?? 0) }),
    ...(a.calls === undefined && b.calls === undefined ? {} : { calls: (a.calls ?? 0) + (b.calls ?? 0) }),
  };
}
