import { id } from '../../platform/ids.ts';
import { connection, listOf } from '../../platform/page.ts';
import { afterSales } from './after-sales-resolvers.ts';
import type { Context } from './loaders.ts';
import type { CustomerRef, ErpCustomer, ErpCustomerId, LegalEntity } from './model.ts';
import { observedIn } from './observed.ts';
import type { Resolvers } from './schema.generated.ts';

/** One field of the ERP's record; null, without a call, where the ERP does not know the customer. */
const ofRecord =
  <T>(read: (customer: ErpCustomer, context: Context) => T) =>
  async ({ erpCustomerId }: CustomerRef, _args: unknown, context: Context): Promise<Awaited<T> | null> => {
    if (erpCustomerId === null) return null;
    const customer = await context.loaders.customers.load(erpCustomerId);
    return customer === null ? null : await read(customer, context);
  };

const customerRef = (erpCustomerId: ErpCustomerId | null): CustomerRef => ({ erpCustomerId });

async function legalEntity(wanted: string | null, { loaders }: Context): Promise<LegalEntity | null> {
  if (wanted === null) return null;
  return (await loaders.legalEntities.load('all')).find((entity) => entity.id === wanted) ?? null;
}

export const resolvers: Resolvers = {
  Query: {
    product: (_root, { sku }, { loaders }) => loaders.products.load(id(sku)),
    products: async (_root, { kind, ...args }, { loaders }) =>
      connection(await loaders.catalogue.load(listOf(kind ?? '*', args)), ({ sku }) => sku),
    salesOrder: (_root, args, { loaders }) => loaders.salesOrders.load(id(args.id)),
    salesOrderByNumber: (_root, { number }, { loaders }) => loaders.salesOrdersByNumber.load(number),
    invoice: (_root, args, { loaders }) => loaders.invoices.load(id(args.id)),
    legalEntities: (_root, _args, { loaders }) => loaders.legalEntities.load('all'),
    ...afterSales.Query,
  },
  Customer: {
    ...afterSales.Customer,
    __resolveReference: ({ erpCustomerId }) =>
      customerRef(erpCustomerId === null || erpCustomerId === undefined ? null : id<'ErpCustomer'>(erpCustomerId)),
    legalName: ofRecord(({ legalName }) => legalName),
    taxId: ofRecord(({ taxId }) => taxId),
    billingAddress: ofRecord(({ billingAddress }) => billingAddress),
    paymentTerms: ofRecord(({ paymentTerms }) => paymentTerms),
    legalEntity: (customer, args, context) => {
      if (customer.erpCustomerId === null) return null;
      // Asked for beside the customer rather than after it: then both travel in one request.
      context.loaders.legalEntities.load('all').catch(() => undefined); // whoever needs it sees the failure below
      return ofRecord(({ legalEntityId }, inner) => legalEntity(legalEntityId, inner))(customer, args, context);
    },
    legalEntities: async ({ erpCustomerId }, _args, { loaders }) => {
      if (erpCustomerId === null) return null;
      const [kept, all] = await Promise.all([
        loaders.legalEntitiesOf.load(erpCustomerId),
        loaders.legalEntities.load('all'),
      ]);
      return kept.flatMap((wanted) => all.find((entity) => entity.id === wanted) ?? []);
    },
    taxCode: ofRecord(({ taxCode }) => taxCode),
    credit: ofRecord(({ credit }) => credit),
    receivables: ofRecord(({ receivables }) => receivables),
    observedByErp: ofRecord(observedIn),
    salesOrders: async ({ erpCustomerId }, args, { loaders }) =>
      erpCustomerId === null
        ? null
        : connection(await loaders.salesOrdersOf.load(listOf(erpCustomerId, args)), (order) => order.id),
    invoices: async ({ erpCustomerId }, args, { loaders }) =>
      erpCustomerId === null
        ? null
        : connection(await loaders.invoicesOf.load(listOf(erpCustomerId, args)), (invoice) => invoice.id),
  },
  LegalEntity: { __resolveReference: (reference, context) => legalEntity(reference.id, context) },
  Product: {
    __resolveReference: ({ sku }, { loaders }) => loaders.products.load(id(sku)),
    listPrice: ({ listPrices }, { currency }) => listPrices[currency] ?? null,
    // A product of the catalogue is kept for longer than its stock may be told.
    inventory: async ({ sku }, _args, { loaders }) => (await loaders.products.load(sku))?.inventory ?? null,
  },
  SalesOrder: {
    __resolveReference: (reference, { loaders }) => loaders.salesOrders.load(id(reference.id)),
    ...afterSales.SalesOrder,
    customer: ({ customerId }) => customerRef(customerId),
    legalEntity: ({ legalEntityId }, _args, context) => legalEntity(legalEntityId, context),
  },
  SalesOrderLine: { product: ({ sku }, _args, { loaders }) => loaders.products.load(sku) },
  Case: afterSales.Case,
  InstalledAsset: afterSales.InstalledAsset,
  ServiceOrder: afterSales.ServiceOrder,
  Return: afterSales.Return,
  ReturnLine: afterSales.ReturnLine,
  Invoice: {
    __resolveReference: (reference, { loaders }) => loaders.invoices.load(id(reference.id)),
    lines: async (invoice, args, { loaders }) => {
      const page = await loaders.invoiceLinesOf.load(listOf(invoice.id, args));
      return page && connection(page, ({ position }) => String(position));
    },
    customer: ({ customerId }) => customerRef(customerId),
  },
  InvoiceLine: { product: ({ sku }, _args, { loaders }) => (sku === null ? null : loaders.products.load(sku)) },
};
