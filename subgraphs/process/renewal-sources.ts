import type { Call, SourceNote } from '../../platform/call.ts';
import { type Clock, instant } from '../../platform/clock.ts';
import { errorCode } from '../../platform/errors.ts';
import type { RenewalPreparation, RenewalSourceState } from './schema.generated.ts';

/** How long each part of a preparation may take. */
const MOST_MS = 5_000;

const SYSTEMS = ['BILLING', 'SUPPORT', 'ERP', 'HUB'] as const;
export type Source = (typeof SYSTEMS)[number];
export type Part = Exclude<keyof RenewalPreparation, 'completeness'>;

/** The better ones first: a system is told by the worst of its answers. */
const STATES = [
  'READ',
  'STALE',
  'ABSENT',
  'NOT_ASKED',
  'THROTTLED',
  'UNAVAILABLE',
] as const satisfies readonly RenewalSourceState[];

export interface Sources {
  /** What the system tells in time; undefined: it did not, and these parts are noted as missing. */
  read<T>(system: Source, parts: readonly Part[], ask: (call: Call) => Promise<T>): Promise<T | undefined>;
  /** Notes parts that are missing though nothing failed. */
  lacks(system: Source, parts: readonly Part[], state: 'ABSENT' | 'NOT_ASKED'): undefined;
  told(): RenewalPreparation['completeness'];
}

/** Asks several systems for parts of one answer, and keeps account of who told what. What fails for another reason than its system is thrown. */
export function sourcesFor(call: Call, clock: Clock): Sources {
  const heard = new Map(
    SYSTEMS.map((system) => [
      system,
      { state: 'READ' as RenewalSourceState, asOf: null as string | null, missing: new Set<Part>() },
    ]),
  );
  function mark(system: Source, state: RenewalSourceState, parts: readonly Part[]): undefined {
    const of = heard.get(system);
    if (of === undefined) return;
    if (STATES.indexOf(state) > STATES.indexOf(of.state)) of.state = state;
    for (const part of parts) of.missing.add(part);
  }
  function date(system: Source, asOf: string): void {
    const of = heard.get(system);
    if (of !== undefined && (of.asOf === null || asOf < of.asOf)) of.asOf = asOf;
  }
  const noting = (system: Source) => (note: SourceNote) => {
    if (note.asOf !== undefined) date(system, note.asOf);
    if (note.state === 'STALE') mark(system, 'STALE', []);
    call.note?.(note);
  };
  return {
    async read(system, parts, ask) {
      const signal = AbortSignal.any([call.signal, AbortSignal.timeout(MOST_MS)]);
      try {
        const told = await ask({ ...call, signal, note: noting(system) });
        if (system === 'HUB') date(system, instant(clock));
        return told;
      } catch (error) {
        const state = stateAfter(error, signal);
        if (state === null || call.signal.aborted) throw error;
        return mark(system, state, parts);
      }
    },
    lacks: (system, parts, state) => mark(system, state, parts),
    told: () => ({
      complete: [...heard.values()].every(({ missing }) => missing.size === 0),
      sources: [...heard].map(([system, { state, asOf, missing }]) => ({ system, state, asOf, missing: [...missing] })),
    }),
  };
}

/** null: the fault is not the system's. */
function stateAfter(error: unknown, { aborted }: AbortSignal): RenewalSourceState | null {
  const code = errorCode(error);
  if (code === 'NOT_FOUND') return 'ABSENT';
  if (code === 'THROTTLED') return 'THROTTLED';
  return code === undefined && !aborted ? null : 'UNAVAILABLE';
}
