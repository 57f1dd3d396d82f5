import type { Published } from '../../platform/outbox/outbox.ts';

/** A log of another system that is told every event, whole and for all customers: who may read it is that system's to say. */
export interface EventStream {
  /** Where it is, without credentials: how far it has been told is kept under this name. Example: `redis:concord:events`. */
  readonly name: string;
  /**
   * Adds events behind those that it has, in their order, and resolves once it has them all. After an error, or a crash before
   * the answer was noted, the same ones come again.
   */
  add(events: readonly Published[]): Promise<void>;
  close(): Promise<void>;
}
