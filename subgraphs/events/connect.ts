import type { ConflictStore } from '../../events/conflicts/conflict-store.ts';
import type { Delivery } from '../../events/deliver/delivery.ts';
import type { ParkedStore } from '../../events/parked/parked-store.ts';
import type { ReconciliationDesk } from '../../events/reconcile/desk.ts';
import { type Clock, instant } from '../../platform/clock.ts';
import { HubError } from '../../platform/errors.ts';
import type { KeyStore } from '../../platform/keys/key-store.ts';
import { type Budget, DEFAULT_BUDGET } from '../../platform/principal.ts';
import { reachable } from '../../platform/saga/persistent.ts';
import type { EventsServices } from './port.ts';
import { subscribersFor } from './subscribers.ts';

export interface EventsConnections {
  readonly delivery: Delivery;
  readonly conflicts: ConflictStore;
  readonly reconciliation: ReconciliationDesk;
  readonly parked: ParkedStore;
  readonly clock: Clock;
  readonly keys: Pick<KeyStore, 'show'>;
  /** Of keys that bring none of their own. Default: `DEFAULT_BUDGET`. */
  readonly budget?: Budget;
}

/** Events over the hub's own database. */
export const connectEvents = ({
  delivery,
  conflicts,
  reconciliation,
  parked,
  clock,
  keys,
  budget = DEFAULT_BUDGET,
}: EventsConnections): EventsServices => ({
  subscribers: (principal) => subscribersFor(principal, { delivery, keys, budget }),
  conflicts: ({ id: by, rows }) => ({
    page: (filter, page) => conflicts.page(filter, page, rows),
    dismiss: (id, reason) => conflicts.dismiss(id, { id: by, reason, at: instant(clock) }, rows),
  }),
  findings: ({ id: by, rows }) => ({
    store: reconciliation.findingsFor(rows),
    request: async (wanted) => {
      if (rows !== null)
        throw new HubError('REFUSED', 'a key that sees some customers only has not all of them compared');
      return reconciliation.request({ ...wanted, by });
    },
    // What a run tells is summed over all customers.
    show: async (ids) => (rows === null ? reconciliation.runs.show(ids) : ids.map(() => null)),
    newest: async (first) => (rows === null ? reconciliation.runs.newest(first) : []),
  }),
  parked: ({ id: by, rows }) => ({
    page: (filter, page) => reachable(parked.page(filter, page, rows)),
    find: (ids) => reachable(parked.find(ids, rows)),
    retry: (ids) => reachable(parked.retry(ids, { by, at: instant(clock) }, rows)),
    retryFor: (wanted) => reachable(parked.retryFor(wanted, { by, at: instant(clock) }, rows)),
    dismiss: (ids, reason) => reachable(parked.dismiss(ids, { by, reason, at: instant(clock) }, rows)),
    decisionsOn: (ids) => reachable(parked.decisionsOn(ids)),
    count: () => reachable(parked.count(rows)),
  }),
});
