import { amountText } from '../../../platform/money.ts';
import type { PlannedWrite } from '../model.ts';
import type { OpenServiceOrder } from '../sagas/open-service-order.ts';
import { summaryOf } from '../sagas/submit-order.ts';

/** Each write of a service order; nothing of it is there before. What is told to case and account is the ERP's, handed on. */
export function plannedServiceOrder(
  act: Omit<OpenServiceOrder, 'writes'>,
  ownerOf: (field: string) => PlannedWrite['owner'],
  /** Of the support desk: what it does not keep is not written. */
  support: { readonly caseNotes: boolean },
): PlannedWrite[] {
  const write = (system: PlannedWrite['system'], field: string, newValue: string): PlannedWrite => ({
    system,
    owner: ownerOf(field),
    field,
    oldValue: null,
    newValue,
  });
  const parts = summaryOf(act.parts);
  const { currency, oneTime } = act.charges;
  return [
    write('ERP', 'SalesOrder.lines', `${parts}, reserved, ${act.billable ? 'at list prices' : 'under warranty'}`),
    write('ERP', 'ServiceOrder.case', act.caseNumber),
    write('ERP', 'ServiceOrder.asset', act.assetSerialNumber),
    write('ERP', 'ServiceOrder.billable', String(act.billable)),
    write('ERP', 'ServiceOrder.dispatchOn', act.dispatchOn),
    ...(support.caseNotes ? [write('SUPPORT', 'Case.serviceOrders', `note for agents: ${parts}`)] : []),
    ...(act.customer.crmAccountId === null
      ? []
      : [write('CRM', 'ServiceOrder.salesOrder', `note for sales: ${parts}`)]),
    ...(act.billable ? [write('ERP', 'Invoice.total', `${amountText(oneTime)} ${currency} before tax`)] : []),
  ];
}
