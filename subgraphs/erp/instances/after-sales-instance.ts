import { type Id, id } from '../../../platform/ids.ts';
import type { ListOf, Page } from '../../../platform/page.ts';
import type { InstanceIds } from '../../../platform/port/instances.ts';
import type {
  InstalledAsset,
  OfCustomer,
  Return,
  ReturnId,
  SerialNumber,
  ServiceOrder,
  ServiceOrderDraft,
} from '../after-sales.ts';
import type { AfterSalesPort } from '../after-sales-port.ts';
import type { ErpCustomerId, Invoice, SalesOrder } from '../model.ts';

/** How one ERP of several turns what the rest of its port shares with this part. */
export interface Turns {
  readonly instance: string;
  readonly ids: InstanceIds;
  order(found: SalesOrder): SalesOrder;
  invoice(found: Invoice): Invoice;
  draft(asked: ServiceOrderDraft): ServiceOrderDraft;
}

/** What comes after a sale in one ERP of several, in the graph's ids. Serial numbers and case ids are nobody's own. */
export function afterSalesInstance(
  port: AfterSalesPort,
  { instance, ids, order, invoice, draft }: Turns,
): AfterSalesPort {
  const graphId = <Kind extends string>(own: Id<Kind>): Id<Kind> => ids.of(instance, own);
  const asset = (found: InstalledAsset): InstalledAsset => ({
    ...found,
    salesOrderId: found.salesOrderId === null ? null : graphId(found.salesOrderId),
    customerId: graphId(found.customerId),
  });
  const serviceOrder = (found: ServiceOrder): ServiceOrder => ({
    ...found,
    id: graphId(found.id),
    order: order(found.order),
    customerId: graphId(found.customerId),
  });
  const salesReturn = (found: Return): Return => ({
    ...found,
    id: graphId(found.id),
    salesOrderId: graphId(found.salesOrderId),
    creditNote: found.creditNote && { ...found.creditNote, id: graphId(id<'CreditNote'>(found.creditNote.id)) },
    customerId: graphId(found.customerId),
  });
  const all =
    <T>(turn: (entry: T) => T) =>
    (found: OfCustomer<T> | null): OfCustomer<T> | null =>
      found && { customerId: graphId(found.customerId), entries: found.entries.map(turn) };
  const each = <T>(found: readonly (T | null)[], turn: (entry: T) => T) =>
    found.map((entry) => (entry === null ? null : turn(entry)));
  const page = (found: Page<InstalledAsset>): Page<InstalledAsset> => ({ ...found, entries: found.entries.map(asset) });
  const ofCustomer = <Asked extends { readonly customerId: ErpCustomerId }>(asked: Asked): Asked => ({
    ...asked,
    customerId: ids.own(asked.customerId),
  });

  return {
    installedAssets: async (numbers: readonly SerialNumber[], call) =>
      each(await port.installedAssets(numbers, call), asset),
    installedAssetsOf: async (lists: readonly ListOf<ErpCustomerId>[], call) =>
      (
        await port.installedAssetsOf(
          lists.map((list) => ({ ...list, of: ids.own(list.of) })),
          call,
        )
      ).map(page),
    serviceOrders: async (keys, call) => each(await port.serviceOrders(keys.map(ids.own), call), serviceOrder),
    serviceOrdersOfCase: async (caseIds, call) =>
      (await port.serviceOrdersOfCase(caseIds, call)).map(all(serviceOrder)),
    returns: async (keys: readonly ReturnId[], call) => each(await port.returns(keys.map(ids.own), call), salesReturn),
    returnsOfOrder: async (keys, call) => (await port.returnsOfOrder(keys.map(ids.own), call)).map(all(salesReturn)),
    openServiceOrder: async (asked, call) => serviceOrder(await port.openServiceOrder(draft(asked), call)),
    cancelServiceOrder: (asked, call) => port.cancelServiceOrder(ofCustomer(asked), call),
    dispatchTechnician: (asked, call) =>
      port.dispatchTechnician({ ...ofCustomer(asked), serviceOrderId: ids.own(asked.serviceOrderId) }, call),
    recallTechnician: (asked, call) => port.recallTechnician(ofCustomer(asked), call),
    invoiceServiceOrder: async (asked, call) =>
      invoice(
        await port.invoiceServiceOrder({ ...ofCustomer(asked), serviceOrderId: ids.own(asked.serviceOrderId) }, call),
      ),
    creditServiceInvoice: (asked, call) => port.creditServiceInvoice(ofCustomer(asked), call),
    authorizeReturn: async (asked, call) =>
      salesReturn(
        await port.authorizeReturn({ ...ofCustomer(asked), salesOrderId: ids.own(asked.salesOrderId) }, call),
      ),
    cancelReturn: (asked, call) => port.cancelReturn(ofCustomer(asked), call),
    creditReturn: async (asked, call) => {
      const note = await port.creditReturn({ ...ofCustomer(asked), returnId: ids.own(asked.returnId) }, call);
      return { ...note, id: graphId(id<'CreditNote'>(note.id)) };
    },
  };
}
