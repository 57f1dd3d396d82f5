import type { WriteCall } from '../../../platform/call.ts';
import { HubError } from '../../../platform/errors.ts';
import type { ErpCustomerId } from '../model.ts';
import type { ErpPort } from '../port.ts';
import { ownerIn } from './cutover.ts';
import type { Routed } from './routed.ts';

type Writes = Pick<ErpPort, 'openSalesOrder' | 'cancelSalesOrder' | 'openAmendmentOrder' | 'updateCustomer'>;

/** Acts go to the one ERP that owns the customer; it refuses orders of legal entities whose books are kept elsewhere. */
export function routedWrites({ instances, ids, cutovers }: Routed): Writes {
  /** Where the customer's acts go, and the id that each instance knows it by. */
  async function customerIn(asked: ErpCustomerId) {
    const move = (await cutovers.of([asked])).get(asked);
    const instance = ids.instanceOf(move === undefined ? asked : ownerIn(move));
    const known = move === undefined ? [asked] : [move.from, move.to];
    return {
      instance,
      idAt: (instance: string) => known.find((one) => ids.instanceOf(one) === instance) ?? asked,
    };
  }

  function portOf(instance: string): ErpPort {
    const port = instances.get(instance);
    if (port) return port;
    // A key's first try went to an instance that the configuration names no more.
    const message = `the ERP ${instance} is not configured; the act began there and can only go on there`;
    throw new HubError('UNAVAILABLE', message, { system: 'ERP' });
  }

  /** Opens an order where its key belongs: the ERP of the first try, else the owner. */
  async function opened<Draft extends { readonly customerId: ErpCustomerId }, Order>(
    draft: Draft,
    call: WriteCall,
    open: (port: ErpPort, draft: Draft) => Promise<Order>,
  ): Promise<Order> {
    const { instance, idAt } = await customerIn(draft.customerId);
    if (instance === null) throw unknownCustomer();
    const place = await cutovers.placeOrder({ key: call.key, instance, customerId: draft.customerId });
    return open(portOf(place), { ...draft, customerId: idAt(place) });
  }

  return {
    openSalesOrder: (draft, call) => opened(draft, call, (port, here) => port.openSalesOrder(here, call)),
    openAmendmentOrder: (draft, call) => opened(draft, call, (port, here) => port.openAmendmentOrder(here, call)),
    async cancelSalesOrder({ customerId }, call) {
      const { instance, idAt } = await customerIn(customerId);
      const place = (await cutovers.placeOf(call.key)) ?? instance;
      if (place === null) return; // no ERP holds the customer: no order was opened
      await portOf(place).cancelSalesOrder({ customerId: idAt(place) }, call);
    },
    async updateCustomer(change, call) {
      const { instance, idAt } = await customerIn(change.customerId);
      if (instance === null) throw unknownCustomer();
      await portOf(instance).updateCustomer({ ...change, customerId: idAt(instance) }, call);
    },
  };
}

const unknownCustomer = (): HubError =>
  new HubError('REFUSED', 'ERP refused: it holds no such customer', { system: 'ERP', field: 'customerId' });
