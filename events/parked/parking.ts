import { HubError } from '../../platform/errors.ts';
import { type CauseClass, failureOf } from '../../platform/failure.ts';

/** Why something of an event was parked, as it is kept with it. */
export interface Parking {
  /** RFC 3339. */
  readonly at: string;
  readonly causeClass: CauseClass;
  /** Where it failed, as in the graph's `System`; null: that is not known. */
  readonly system: string | null;
  /** For operators: it holds no value. Of an error that is none of the hub's, the log has what it said. */
  readonly reason: string;
}

/** @param system whose event it is: where it failed, unless the error names another one */
export function parkingOf(error: unknown, { at, system }: Pick<Parking, 'at' | 'system'>): Parking {
  const { causeClass, message } = failureOf(error);
  const failedAt = error instanceof HubError ? error.system : undefined;
  return { at, causeClass, system: failedAt ?? system, reason: message };
}
