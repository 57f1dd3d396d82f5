import type { Call } from '../../../platform/call.ts';
import { emptyPage, type ListOf, type Page } from '../../../platform/page.ts';
import { split } from '../../../platform/port/split.ts';
import type { ErpCustomer, ErpCustomerId, InvoiceId, InvoiceLines, LegalEntityId } from '../model.ts';
import type { ErpPort } from '../port.ts';
import { type Cutover, ownerIn } from './cutover.ts';
import { differences } from './observed.ts';
import type { Routed } from './routed.ts';

type ReadsById = Pick<
  ErpPort,
  | 'customers'
  | 'salesOrders'
  | 'invoices'
  | 'salesOrdersOf'
  | 'invoicesOf'
  | 'invoiceLinesOf'
  | 'legalEntitiesOf'
  | 'estimateTax'
  | 'contractOrders'
  | 'serviceOrders'
  | 'returns'
  | 'returnsOfOrder'
  | 'installedAssetsOf'
>;

/** Questions about something that an id names. */
export function readsById({ instances, ids, cutovers }: Routed): ReadsById {
  /** A batch of keys that carry ids, each share at its instance. */
  const at = <Key, Value>(
    keys: readonly Key[],
    idOf: (key: Key) => string,
    none: Value,
    ask: (port: ErpPort, share: readonly Key[], call: Call) => Promise<readonly Value[]>,
    call: Call,
  ): Promise<readonly Value[]> =>
    split(
      keys,
      (key) => ids.instanceOf(idOf(key)),
      none,
      (instance, share, asking) => {
        const port = instances.get(instance);
        return port ? ask(port, share, asking) : Promise.resolve(share.map(() => none));
      },
      call,
    );

  /** A list is the owner's alone: the move carries over what is open, and adding both up would count it twice. */
  const listsOf =
    <T>(ask: (port: ErpPort, lists: readonly ListOf<ErpCustomerId>[], call: Call) => Promise<readonly Page<T>[]>) =>
    async (lists: readonly ListOf<ErpCustomerId>[], call: Call): Promise<readonly Page<T>[]> => {
      const moves = await cutovers.of(lists.map(({ of }) => of));
      const asked = lists.map((list) => ({ ...list, of: ownerOf(moves, list.of) }));
      return at<ListOf<ErpCustomerId>, Page<T>>(asked, ({ of }) => of, emptyPage, ask, call);
    };

  const customersAt = (keys: readonly ErpCustomerId[], call: Call) =>
    at<ErpCustomerId, ErpCustomer | null>(
      keys,
      (key) => key,
      null,
      (port, share, c) => port.customers(share, c),
      call,
    );

  /** What the other ERPs tell of customers who are being read from both; a failure there changes nothing. */
  async function others(keys: readonly ErpCustomerId[], call: Call): Promise<ReadonlyMap<string, ErpCustomer>> {
    if (keys.length === 0) return new Map();
    const told = await customersAt(keys, { ...call, fresh: false }).catch(() => []);
    return new Map(told.flatMap((one, nr) => (isCustomer(one) ? [[keys[nr] ?? '', one] as const] : [])));
  }

  return {
    async customers(keys, call) {
      const moves = await cutovers.of(keys);
      const beside = new Map(
        keys.flatMap((key) => {
          const move = moves.get(key);
          return move?.state === 'READING_BOTH' ? [[key, move.to] as const] : [];
        }),
      );
      const [told, observed] = await Promise.all([
        customersAt(
          keys.map((key) => ownerOf(moves, key)),
          call,
        ),
        others([...new Set(beside.values())], call),
      ]);
      return told.map((customer, nr) => {
        const other = observed.get(beside.get(keys[nr] as ErpCustomerId) ?? ''); // one answer per key
        return isCustomer(customer) && other ? { ...customer, observed: differences(customer, other) } : customer;
      });
    },
    salesOrders: (keys, call) =>
      at(
        keys,
        (key) => key,
        null,
        (port, share, c) => port.salesOrders(share, c),
        call,
      ),
    invoices: (keys, call) =>
      at(
        keys,
        (key) => key,
        null,
        (port, share, c) => port.invoices(share, c),
        call,
      ),
    invoiceLinesOf: (lists, call) =>
      at<ListOf<InvoiceId>, InvoiceLines | null>(
        lists,
        ({ of }) => of,
        null,
        (port, share, c) => port.invoiceLinesOf(share, c),
        call,
      ),
    serviceOrders: (keys, call) =>
      at(
        keys,
        (key) => key,
        null,
        (port, share, c) => port.serviceOrders(share, c),
        call,
      ),
    returns: (keys, call) =>
      at(
        keys,
        (key) => key,
        null,
        (port, share, c) => port.returns(share, c),
        call,
      ),
    returnsOfOrder: (keys, call) =>
      at(
        keys,
        (key) => key,
        null,
        (port, share, c) => port.returnsOfOrder(share, c),
        call,
      ),
    async legalEntitiesOf(keys, call) {
      const moves = await cutovers.of(keys);
      const owners = keys.map((key) => ownerOf(moves, key));
      return at<ErpCustomerId, readonly LegalEntityId[]>(
        owners,
        (key) => key,
        [],
        (port, share, c) => port.legalEntitiesOf(share, c),
        call,
      );
    },
    salesOrdersOf: listsOf((port, lists, call) => port.salesOrdersOf(lists, call)),
    invoicesOf: listsOf((port, lists, call) => port.invoicesOf(lists, call)),
    installedAssetsOf: listsOf((port, lists, call) => port.installedAssetsOf(lists, call)),
    async estimateTax(draft, call) {
      const customerId = ownerOf(await cutovers.of([draft.customerId]), draft.customerId);
      const port = instances.get(ids.instanceOf(customerId) ?? '');
      return port ? port.estimateTax({ ...draft, customerId }, call) : null;
    },
    /** In the owner's books: what is open moves with the customer. */
    async contractOrders(about, call) {
      const customerId = ownerOf(await cutovers.of([about.customerId]), about.customerId);
      const port = instances.get(ids.instanceOf(customerId) ?? '');
      return port ? port.contractOrders({ ...about, customerId }, call) : [];
    },
  };
}

const ownerOf = (moves: ReadonlyMap<string, Cutover>, asked: ErpCustomerId): ErpCustomerId => {
  const move = moves.get(asked);
  return move === undefined ? asked : ownerIn(move);
};

/** A batch may hold the `Error` of a key that failed (`split`). */
const isCustomer = (answer: ErpCustomer | null): answer is ErpCustomer => answer !== null && !(answer instanceof Error);
