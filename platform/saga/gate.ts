/** Where a step asks whether it is its turn at its system. */
export interface Gate {
  /**
   * Resolves, with what ends the visit, when the step may go to the system. Ending it again does nothing.
   * @throws Postponed while the system takes nothing, or the signal's reason
   */
  enter(system: string, visitor: Visitor): Promise<() => void>;
}

export interface Visitor {
  /** What it goes there for. */
  readonly step: string;
  /** Who waits is let in by rank, the lowest first, then by arrival. */
  readonly rank: number;
  readonly signal: AbortSignal;
}

/** The system takes nothing before `until` (RFC 3339): the run is put away until then. */
export class Postponed extends Error {
  readonly until: string;
  constructor(system: string, until: string, reason: string) {
    super(`${system} takes nothing until ${until}: ${reason}`);
    this.name = 'Postponed';
    this.until = until;
  }
}

/** Lets everybody pass at once. */
export const OPEN_GATE: Gate = { enter: async () => () => {} };
