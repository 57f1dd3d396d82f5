import { saga } from '../../../platform/saga/saga.ts';
import type { LegalEntityId, SerialNumber, Sku } from '../../erp/model.ts';
import type { CaseId } from '../../support/model.ts';
import type { ChargeSummary, KnownCustomer, PlannedWrite } from '../model.ts';
import { noteActivity } from '../steps/crm/note-activity.ts';
import { dispatchTechnician } from '../steps/erp/dispatch-technician.ts';
import { invoiceServiceOrder } from '../steps/erp/invoice-service-order.ts';
import { openServiceOrderInErp } from '../steps/erp/open-service-order.ts';
import { noteCase } from '../steps/support/note-case.ts';
import type { StepContext } from '../systems.ts';
import { telling } from '../telling.ts';
import { summaryOf } from './submit-order.ts';

/** A service order that passed the verdict. */
export interface OpenServiceOrder {
  readonly customer: KnownCustomer;
  readonly legalEntityId: LegalEntityId;
  readonly currency: string;
  readonly caseId: CaseId;
  readonly caseNumber: string;
  readonly assetSerialNumber: SerialNumber;
  readonly dispatchOn: string;
  /** False: the warranty covers it, and nothing is invoiced. */
  readonly billable: boolean;
  readonly parts: readonly { readonly sku: Sku; readonly quantity: number }[];
  readonly charges: ChargeSummary;
  readonly writes: readonly PlannedWrite[];
}

export interface ServiceOrderOpened {
  readonly serviceOrderId: string;
  readonly serviceOrderNumber: string;
  /** null: nothing is charged. */
  readonly invoiceId: string | null;
}

/** The ERP reserves parts and plans the visit, those who look after the case and the account are told, and the invoice comes last. */
export const openServiceOrder = saga<StepContext, OpenServiceOrder, ServiceOrderOpened>({
  name: 'open-service-order',
  steps: [openServiceOrderInErp, dispatchTechnician, noteCase, noteActivity, invoiceServiceOrder],
  run: async (run, act) => {
    const { customer, caseId, caseNumber, assetSerialNumber, dispatchOn, billable, parts } = act;
    const { erpCustomerId: customerId, crmAccountId: accountId } = customer;
    if (customerId === null) throw new Error('a service order was accepted for a customer that the ERP does not know');

    const opened = await run.step(openServiceOrderInErp, {
      customerId,
      legalEntityId: act.legalEntityId,
      currency: act.currency,
      caseId,
      assetSerialNumber,
      dispatchOn,
      billable,
      lines: parts,
    });
    await run.note({ salesOrderId: opened.id });
    await run.step(dispatchTechnician, {
      customerId,
      serviceOrderId: opened.id,
      on: dispatchOn,
      title: `${opened.number}, case ${caseNumber}: ${assetSerialNumber}`.slice(0, 200),
    });
    const told = `Service order ${opened.number} for ${assetSerialNumber}: technician on ${dispatchOn}, ${summaryOf(parts)}, ${billable ? 'paid by the customer' : 'under warranty'}`;
    await run.step(noteCase, { caseId, text: told });
    if (accountId !== null) {
      await run.step(noteActivity, { accountId, subject: `Service order ${opened.number}`, text: told });
    }
    const invoice = billable ? await run.step(invoiceServiceOrder, { customerId, serviceOrderId: opened.id }) : null;
    run.tells(telling('ServiceOrderOpened', customer, `service-order:${opened.id}`, { caseId }));
    if (invoice !== null) run.tells(telling('InvoicePosted', customer, `invoice:${invoice.id}`));
    return {
      serviceOrderId: opened.id,
      serviceOrderNumber: opened.number,
      invoiceId: invoice?.id ?? null,
    };
  },
});
