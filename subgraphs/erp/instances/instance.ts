import { HubError } from '../../../platform/errors.ts';
import { type Id, id } from '../../../platform/ids.ts';
import type { ListOf, Page } from '../../../platform/page.ts';
import type { InstanceIds } from '../../../platform/port/instances.ts';
import type { ServiceOrderDraft } from '../after-sales.ts';
import type {
  AmendmentOrder,
  ContractInErp,
  CustomerInEntity,
  ErpCustomer,
  ErpCustomerId,
  Invoice,
  InvoiceLines,
  LegalEntityId,
  OrderDraft,
  SalesOrder,
} from '../model.ts';
import type { ErpPort } from '../port.ts';
import { afterSalesInstance } from './after-sales-instance.ts';
import type { Routes } from './routes.ts';
import { scansOfInstance } from './scans.ts';

/**
 * One ERP of several, in the graph's ids: it takes and gives ids that name the instance, and the company's own ids of legal
 * entities. Cursors are ids, and are turned with them. Only keys of this instance may be asked here.
 */
export function asInstance(port: ErpPort, instance: string, ids: InstanceIds, routes: Routes): ErpPort {
  const graphId = <Kind extends string>(own: Id<Kind>): Id<Kind> => ids.of(instance, own);
  const entityOf = (own: LegalEntityId | null) => (own === null ? null : routes.entityOf(instance, own));
  const customer = (found: ErpCustomer): ErpCustomer => ({
    ...found,
    id: graphId(found.id),
    legalEntityId: entityOf(found.legalEntityId),
  });
  const order = (found: SalesOrder): SalesOrder => ({
    ...found,
    id: graphId(found.id),
    customerId: graphId(found.customerId),
    legalEntityId: entityOf(found.legalEntityId),
  });
  const invoice = (found: Invoice): Invoice => ({
    ...found,
    id: graphId(found.id),
    customerId: graphId(found.customerId),
  });

  const cursor = (after: string | null): string | null => {
    if (after === null) return null;
    if (ids.instanceOf(after) === instance) return ids.own(id(after));
    const message = 'the cursor is none that this list gave out; pass endCursor of the page before';
    throw new HubError('INVALID', message, { system: 'ERP', field: 'after' });
  };
  const list = (asked: ListOf<ErpCustomerId>): ListOf<ErpCustomerId> => ({
    ...asked,
    of: ids.own(asked.of),
    after: cursor(asked.after),
  });
  const page =
    <T>(turn: (entry: T) => T) =>
    (found: Page<T>): Page<T> => ({
      ...found,
      entries: found.entries.map(turn),
      endCursor: found.endCursor === null ? null : graphId(id(found.endCursor)),
    });

  /** What is done for a customer in a legal entity, in this ERP's own ids of both. */
  const draft = <Draft extends OrderDraft | AmendmentOrder | CustomerInEntity | ServiceOrderDraft>(
    asked: Draft,
  ): Draft => {
    const legalEntityId = routes.ownId(instance, asked.legalEntityId);
    if (legalEntityId === null) {
      const message = `ERP refused: the customer is kept in ${instance}, where this legal entity has no books; name one of ${instance}'s`;
      throw new HubError('REFUSED', message, { system: 'ERP', field: 'legalEntityId' });
    }
    return { ...asked, customerId: ids.own(asked.customerId), legalEntityId };
  };

  const ownContract = (about: ContractInErp): ContractInErp => ({ ...about, customerId: ids.own(about.customerId) });

  return {
    capabilities: port.capabilities,
    ...afterSalesInstance(port, { instance, ids, order, invoice, draft }),
    ...scansOfInstance(port, instance, ids),
    customers: async (keys, call) => (await port.customers(keys.map(ids.own), call)).map(found(customer)),
    products: (skus, call) => port.products(skus, call),
    salesOrders: async (keys, call) => (await port.salesOrders(keys.map(ids.own), call)).map(found(order)),
    salesOrdersByNumber: async (numbers, call) => (await port.salesOrdersByNumber(numbers, call)).map(found(order)),
    invoices: async (keys, call) => (await port.invoices(keys.map(ids.own), call)).map(found(invoice)),
    salesOrdersOf: async (lists, call) => (await port.salesOrdersOf(lists.map(list), call)).map(page(order)),
    invoicesOf: async (lists, call) => (await port.invoicesOf(lists.map(list), call)).map(page(invoice)),
    invoiceLinesOf: async (lists, call) => {
      const own = lists.map((asked) => ({ ...asked, of: ids.own(asked.of) })); // cursors are places on an invoice, and name no instance
      const turned = (lines: InvoiceLines): InvoiceLines => ({ ...lines, customerId: graphId(lines.customerId) });
      return (await port.invoiceLinesOf(own, call)).map(found(turned));
    },
    legalEntities: async (keys, call) =>
      (await port.legalEntities(keys, call)).map((all) =>
        all.flatMap((entity) => {
          const entityId = entityOf(entity.id);
          return entityId === null || routes.homeOf(entityId) !== instance ? [] : [{ ...entity, id: entityId }];
        }),
      ),
    legalEntitiesOf: async (keys, call) =>
      (await port.legalEntitiesOf(keys.map(ids.own), call)).map((kept) =>
        kept.flatMap((own) => routes.entityOf(instance, own) ?? []),
      ),
    catalogue: (lists, call) => port.catalogue(lists, call),
    async directory({ first, after }, call) {
      const read = await port.directory({ first, after: cursor(after) }, call);
      const turned = (externalId: string | null) => (externalId === null ? null : graphId(id(externalId)));
      return page<(typeof read.entries)[number]>((entry) => ({
        ...entry,
        externalId: graphId(id(entry.externalId)),
        parentExternalId: turned(entry.parentExternalId),
        mergedIntoExternalId: turned(entry.mergedIntoExternalId),
      }))(read);
    },
    taxIdHolders: async (taxId, call) => (await port.taxIdHolders(taxId, call)).map(graphId),
    contractOrders: async (about, call) =>
      (await port.contractOrders(ownContract(about), call)).map((found) => ({ ...found, id: graphId(found.id) })),
    closeContractOrders: async (about, call) =>
      (await port.closeContractOrders(ownContract(about), call)).map((one) => ({ ...one, id: graphId(one.id) })),
    reopenContractOrders: ({ customerId }, call) =>
      port.reopenContractOrders({ customerId: ids.own(customerId) }, call),
    estimateTax: (asked, call) => port.estimateTax(draft(asked), call),
    openSalesOrder: async (asked, call) => order(await port.openSalesOrder(draft(asked), call)),
    cancelSalesOrder: ({ customerId }, call) => port.cancelSalesOrder({ customerId: ids.own(customerId) }, call),
    openAmendmentOrder: async (asked, call) => order(await port.openAmendmentOrder(draft(asked), call)),
    keepInLegalEntity: async (place, call) => port.keepInLegalEntity(draft(place), call),
    leaveLegalEntity: async (place, call) => {
      if (routes.ownId(instance, place.legalEntityId) === null) return 'LEFT'; // keeping it there was refused
      return port.leaveLegalEntity(draft(place), call);
    },
    openCustomer: async (asked, call) => {
      const legalEntityId = routes.ownId(instance, asked.legalEntityId);
      if (legalEntityId === null) {
        const message = `ERP refused: ${instance} keeps no books of this legal entity`;
        throw new HubError('REFUSED', message, { system: 'ERP', field: 'legalEntityId' });
      }
      return graphId(await port.openCustomer({ ...asked, legalEntityId }, call));
    },
    closeCustomer: (customer, call) => port.closeCustomer(customer, call),
    updateCustomer: (change, call) => port.updateCustomer({ ...change, customerId: ids.own(change.customerId) }, call),
  };
}

const found =
  <T>(turn: (entry: T) => T) =>
  (entry: T | null): T | null =>
    entry === null ? null : turn(entry);
