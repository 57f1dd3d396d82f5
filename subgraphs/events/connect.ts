import type { Delivery } from '../../events/deliver/delivery.ts';
import type { KeyStore } from '../../platform/keys/key-store.ts';
import { type Budget, DEFAULT_BUDGET } from '../../platform/principal.ts';
import type { EventsServices } from './port.ts';
import { subscribersFor } from './subscribers.ts';

export interface EventsConnections {
  readonly delivery: Delivery;
  readonly keys: Pick<KeyStore, 'show'>;
  /** Of keys that bring none of their own. Default: `DEFAULT_BUDGET`. */
  readonly budget?: Budget;
}

/** Events over the hub's own database. */
export const connectEvents = ({ delivery, keys, budget = DEFAULT_BUDGET }: EventsConnections): EventsServices => ({
  subscribers: (principal) => subscribersFor(principal, { delivery, keys, budget }),
});
