import { id } from '../../platform/ids.ts';
import { connection, listOf } from '../../platform/page.ts';
import type { Resolvers } from './schema.generated.ts';

/** What comes after a sale, for `resolvers.ts`. */
export const afterSales = {
  Query: {
    installedAsset: (_root, { serialNumber }, { loaders }) => loaders.installedAssets.load(id(serialNumber)),
    serviceOrder: (_root, args, { loaders }) => loaders.serviceOrders.load(id(args.id)),
    return: (_root, args, { loaders }) => loaders.returns.load(id(args.id)),
  },
  Customer: {
    installedAssets: async ({ erpCustomerId }, args, { loaders }) =>
      erpCustomerId === null
        ? null
        : connection(
            await loaders.installedAssetsOf.load(listOf(erpCustomerId, args)),
            ({ serialNumber }) => serialNumber,
          ),
  },
  SalesOrder: {
    returns: async (order, _args, { loaders }) => (await loaders.returnsOfOrder.load(order.id))?.entries ?? [],
  },
  Case: {
    __resolveReference: (reference) => ({ id: reference.id }),
    serviceOrders: async (caseRef, _args, { loaders }) =>
      (await loaders.serviceOrdersOfCase.load(caseRef.id))?.entries ?? [],
  },
  InstalledAsset: {
    __resolveReference: (reference, { loaders }) => loaders.installedAssets.load(id(reference.serialNumber)),
    product: ({ sku }, _args, { loaders }) => loaders.products.load(sku),
    salesOrder: ({ salesOrderId }, _args, { loaders }) =>
      salesOrderId === null ? null : loaders.salesOrders.load(salesOrderId),
    customer: ({ customerId }) => ({ erpCustomerId: customerId }),
  },
  ServiceOrder: {
    __resolveReference: (reference, { loaders }) => loaders.serviceOrders.load(id(reference.id)),
    salesOrder: ({ order }) => order,
    case: ({ caseId }) => (caseId === null ? null : { id: caseId }),
    asset: ({ assetSerialNumber }, _args, { loaders }) =>
      assetSerialNumber === null ? null : loaders.installedAssets.load(assetSerialNumber),
    customer: ({ customerId }) => ({ erpCustomerId: customerId }),
  },
  Return: {
    __resolveReference: (reference, { loaders }) => loaders.returns.load(id(reference.id)),
    salesOrder: ({ salesOrderId }, _args, { loaders }) => loaders.salesOrders.load(salesOrderId),
    customer: ({ customerId }) => ({ erpCustomerId: customerId }),
  },
  ReturnLine: { product: ({ sku }, _args, { loaders }) => loaders.products.load(sku) },
} satisfies Resolvers;
