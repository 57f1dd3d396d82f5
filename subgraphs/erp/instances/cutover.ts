import type { ErpCustomerId } from '../model.ts';

/**
 * How far a customer has come from one ERP to another.
 * - PREPARED: both ids are known; the old ERP is asked alone, and owns.
 * - READING_BOTH: both are asked; the old one owns, and where the new one differs, that is told as observed.
 * - MOVED: the new ERP owns and is asked alone; the old one keeps what it had, by its ids.
 */
export const CUTOVER_STATES = ['PREPARED', 'READING_BOTH', 'MOVED'] as const;
export type CutoverState = (typeof CUTOVER_STATES)[number];

export interface Cutover {
  /** Hub id. */
  readonly customer: string;
  /** Ids with their instances, in the ERP that the customer leaves and in the one it goes to. */
  readonly from: ErpCustomerId;
  readonly to: ErpCustomerId;
  readonly state: CutoverState;
  readonly changedAt: string;
}

/** The one rule of ownership during a move: until it is finished the old ERP's word holds, from then on the new one's. */
export const ownerIn = ({ state, from, to }: Cutover): ErpCustomerId => (state === 'MOVED' ? to : from);

/** Where moves are kept, and which ERP the key of an act was first used in. */
export interface CutoverBook {
  /** The moves of these customers, by either of their ids. @throws UNAVAILABLE */
  of(ids: readonly ErpCustomerId[]): Promise<ReadonlyMap<string, Cutover>>;
  /**
   * The instance that the key belongs to: `instance` unless the key was used before. A repetition goes where the first try
   * went, also when the customer moved in between: else one key would open two orders. @throws UNAVAILABLE
   */
  place(act: {
    key: string;
    instance: string;
    customerId: ErpCustomerId;
    /** Counted when an operator asks what was opened since a move. */
    opensOrder: boolean;
  }): Promise<string>;
  /** The instance in which the key was used; null when it was in none. @throws UNAVAILABLE */
  placeOf(key: string): Promise<string | null>;
}

/** Without a database no customer moves, and a key belongs to its customer's ERP. */
export const noCutovers: CutoverBook = {
  of: async () => new Map(),
  place: async ({ instance }) => instance,
  placeOf: async () => null,
};
