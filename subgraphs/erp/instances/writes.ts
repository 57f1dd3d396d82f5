import type { WriteCall } from '../../../platform/call.ts';
import { HubError } from '../../../platform/errors.ts';
import type { ErpCustomerId } from '../model.ts';
import type { ErpPort } from '../port.ts';
import { ownerIn } from './cutover.ts';
import type { Routed } from './routed.ts';

type Writes = Pick<
  ErpPort,
  | 'openSalesOrder'
  | 'cancelSalesOrder'
  | 'openAmendmentOrder'
  | 'keepInLegalEntity'
  | 'leaveLegalEntity'
  | 'updateCustomer'
  | 'openCustomer'
  | 'closeCustomer'
  | 'openServiceOrder'
  | 'cancelServiceOrder'
  | 'dispatchTechnician'
  | 'recallTechnician'
  | 'invoiceServiceOrder'
  | 'creditServiceInvoice'
  | 'authorizeReturn'
  | 'cancelReturn'
  | 'creditReturn'
  | 'closeContractOrders'
  | 'reopenContractOrders'
>;

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

  /** Acts where the key belongs: in the ERP of the first try, else in the owner. Its undo finds it there. */
  async function placed<Draft extends { readonly customerId: ErpCustomerId }, Result>(
    draft: Draft,
    call: WriteCall,
    opensOrder: boolean,
    act: (port: ErpPort, draft: Draft) => Promise<Result>,
    /** A document that the act is about: what stands in one ERP is gone on with there, also when the customer has moved. */
    document?: string,
  ): Promise<Result> {
    const { instance: owner, idAt } = await customerIn(draft.customerId);
    const instance = document === undefined ? owner : ids.instanceOf(document);
    if (instance === null) throw unknownCustomer();
    const place = await cutovers.place({ key: call.key, instance, customerId: draft.customerId, opensOrder });
    return act(portOf(place), { ...draft, customerId: idAt(place) });
  }

  /** Takes back what was done under the key, where it was done; null: no ERP holds the customer, so nothing was. */
  async function takenBack<Result>(
    { customerId }: { readonly customerId: ErpCustomerId },
    call: WriteCall,
    act: (port: ErpPort, customer: { customerId: ErpCustomerId }) => Promise<Result>,
  ): Promise<Result | null> {
    const { instance, idAt } = await customerIn(customerId);
    const place = (await cutovers.placeOf(call.key)) ?? instance;
    return place === null ? null : act(portOf(place), { customerId: idAt(place) });
  }

  return {
    openServiceOrder: (draft, call) => placed(draft, call, true, (port, here) => port.openServiceOrder(here, call)),
    cancelServiceOrder: async (customer, call) => {
      await takenBack(customer, call, (port, here) => port.cancelServiceOrder(here, call));
    },
    dispatchTechnician: (dispatch, call) =>
      placed(dispatch, call, false, (port, here) => port.dispatchTechnician(here, call), dispatch.serviceOrderId),
    recallTechnician: async (customer, call) => {
      await takenBack(customer, call, (port, here) => port.recallTechnician(here, call));
    },
    invoiceServiceOrder: (order, call) =>
      placed(order, call, false, (port, here) => port.invoiceServiceOrder(here, call), order.serviceOrderId),
    creditServiceInvoice: async (customer, call) => {
      await takenBack(customer, call, (port, here) => port.creditServiceInvoice(here, call));
    },
    authorizeReturn: (draft, call) =>
      placed(draft, call, false, (port, here) => port.authorizeReturn(here, call), draft.salesOrderId),
    cancelReturn: async (customer, call) =>
      (await takenBack(customer, call, (port, here) => port.cancelReturn(here, call))) ?? 'CANCELLED',
    creditReturn: (about, call) =>
      placed(about, call, false, (port, here) => port.creditReturn(here, call), about.returnId),
    closeContractOrders: (about, call) =>
      placed(about, call, false, (port, here) => port.closeContractOrders(here, call)),
    reopenContractOrders: async (customer, call) => {
      await takenBack(customer, call, (port, here) => port.reopenContractOrders(here, call));
    },
    openSalesOrder: (draft, call) => placed(draft, call, true, (port, here) => port.openSalesOrder(here, call)),
    openAmendmentOrder: (draft, call) => placed(draft, call, true, (port, here) => port.openAmendmentOrder(here, call)),
    async cancelSalesOrder({ customerId }, call) {
      const { instance, idAt } = await customerIn(customerId);
      const place = (await cutovers.placeOf(call.key)) ?? instance;
      if (place === null) return; // no ERP holds the customer: no order was opened
      await portOf(place).cancelSalesOrder({ customerId: idAt(place) }, call);
    },
    keepInLegalEntity: (place, call) => placed(place, call, false, (port, here) => port.keepInLegalEntity(here, call)),
    async leaveLegalEntity({ customerId, legalEntityId }, call) {
      const { instance, idAt } = await customerIn(customerId);
      const place = (await cutovers.placeOf(call.key)) ?? instance;
      if (place === null) return 'LEFT'; // no ERP holds the customer: it was kept in nothing
      return portOf(place).leaveLegalEntity({ customerId: idAt(place), legalEntityId }, call);
    },
    /** Where the legal entity is at home. */
    async openCustomer(draft, call) {
      for (const port of instances.values()) {
        const [entities] = await port.legalEntities(['all'], call);
        if (entities?.some(({ id }) => id === draft.legalEntityId)) return port.openCustomer(draft, call);
      }
      throw new HubError('REFUSED', 'ERP refused: no ERP keeps books of this legal entity', {
        system: 'ERP',
        field: 'legalEntityId',
      });
    },
    async closeCustomer(customer, call) {
      for (const port of instances.values()) await port.closeCustomer(customer, call);
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
