import { HubError } from '../../platform/errors.ts';
import { emptyPage } from '../../platform/page.ts';
import type { AfterSalesPort } from './after-sales-port.ts';

/** That part of the port for an ERP that has none of it (`capabilities.serviceOrders` and `returns` are false). */
export function withoutAfterSales(system: string): AfterSalesPort {
  const refuse = async (what: string): Promise<never> => {
    throw new HubError('REFUSED', `${system} refused: ${what}`, { system });
  };
  const noService = () => refuse('it keeps no installed assets and no service orders');
  const noReturns = () => refuse('it takes no returns through the hub');
  return {
    installedAssets: async (numbers) => numbers.map(() => null),
    installedAssetsOf: async (lists) => lists.map(() => emptyPage),
    serviceOrders: async (ids) => ids.map(() => null),
    serviceOrdersOfCase: async (caseIds) => caseIds.map(() => null),
    returns: async (ids) => ids.map(() => null),
    returnsOfOrder: async (ids) => ids.map(() => null),
    openServiceOrder: noService,
    cancelServiceOrder: async () => undefined, // nothing was opened
    dispatchTechnician: noService,
    recallTechnician: async () => undefined,
    invoiceServiceOrder: noService,
    creditServiceInvoice: async () => undefined,
    authorizeReturn: noReturns,
    cancelReturn: async () => 'CANCELLED',
    creditReturn: noReturns,
  };
}
