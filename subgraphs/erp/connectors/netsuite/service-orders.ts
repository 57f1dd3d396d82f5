import type { Call } from '../../../../platform/call.ts';
import type { Invoice } from '../../model.ts';
import type { ErpPort } from '../../port.ts';
import * as queries from './after-sales-queries.ts';
import { jsonOf, parsed, refused } from './failures.ts';
import { createOpening, orderPath } from './open-order.ts';
import { readBack } from './read-back.ts';
import { RECORD, type Session } from './session.ts';
import { isInternalId } from './sql.ts';
import type { SuiteQl } from './suiteql.ts';
import { toInvoice } from './translate.ts';
import { toServiceOrders } from './translate-after-sales.ts';
import { CreditNoteRow, InvoiceRow, SalesOrderRecord, ServiceOrderRow, VisitRow } from './wire.ts';

type ServiceOrders = Pick<
  ErpPort,
  | 'openServiceOrder'
  | 'cancelServiceOrder'
  | 'dispatchTechnician'
  | 'recallTechnician'
  | 'invoiceServiceOrder'
  | 'creditServiceInvoice'
>;

/**
 * Service orders are sales orders with the case, the asset and the day in body fields of the hub's: so parts are committed,
 * priced and taxed as of any order. The visit is a task; the invoice and its credit are transformations.
 */
export function createServiceOrders(session: Session, suiteql: SuiteQl, today: () => string): ServiceOrders {
  const { open } = createOpening(session, suiteql);
  const write = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body: unknown, call: Call) =>
    session.send({ method, path, ...(body === undefined ? {} : { body: JSON.stringify(body) }), write: true }, call);
  const invoiceUnder = async (key: string, call: Call): Promise<Invoice | null> => {
    const [row] = await suiteql.rows(queries.invoiceByKey(key), InvoiceRow, call);
    return row === undefined ? null : toInvoice(row, today());
  };

  return {
    async openServiceOrder(draft, call) {
      const { lines, billable, caseId, assetSerialNumber, dispatchOn, ...order } = draft;
      await open(
        {
          ...order,
          lines: lines.map((line) => (billable ? line : { ...line, rate: '0' })),
          body: {
            memo: `Case ${caseId}`,
            custbody_concord_case: caseId,
            custbody_concord_asset: assetSerialNumber,
            custbody_concord_dispatch: dispatchOn,
            custbody_concord_billable: billable,
          },
        },
        call,
      );
      return readBack(async () => {
        const rows = await suiteql.rows(queries.serviceOrderByKey(call.key), ServiceOrderRow, call);
        return toServiceOrders(rows)[0] ?? null;
      }, 'service order');
    },

    async cancelServiceOrder(_customer, call) {
      const path = `${orderPath(call.key)}?expandSubResources=true`;
      const response = await session.send({ method: 'GET', path, mayBeAbsent: true }, call);
      if (response.status === 404) return;
      const order = parsed(SalesOrderRecord, jsonOf(response));
      if (order.orderStatus.id === 'C' || order.orderStatus.id === 'H') return;
      // What was invoiced was credited by then: undoing goes backwards. What was shipped is with the technician.
      if (order.item.items.some(({ quantityFulfilled }) => (quantityFulfilled ?? 0) > 0)) {
        throw refused('parts of the service order have been shipped; they take a return', undefined);
      }
      const lines = order.item.items.map(({ line }) => ({ line, isClosed: true }));
      await write('PATCH', `${RECORD}/salesOrder/${encodeURIComponent(order.id)}`, { item: { items: lines } }, call);
    },

    async dispatchTechnician({ customerId, serviceOrderId, on, title }, call) {
      if (!isInternalId(serviceOrderId)) throw refused('it holds no such service order', 'serviceOrderId');
      const visit = {
        title,
        startDate: on,
        company: { id: customerId },
        transaction: { id: serviceOrderId },
        status: { id: 'NOTSTART' },
      };
      await write('PUT', taskPath(call.key), visit, call);
    },

    async recallTechnician(_customer, call) {
      const [visit] = await suiteql.rows(queries.visitByKey(call.key), VisitRow, call);
      if (visit !== undefined) await write('DELETE', `${RECORD}/task/${visit.id}`, undefined, call);
    },

    async invoiceServiceOrder({ serviceOrderId }, call) {
      if (!isInternalId(serviceOrderId)) throw refused('it holds no such service order', 'serviceOrderId');
      const existing = await invoiceUnder(call.key, call);
      if (existing !== null) return existing;
      const path = `${RECORD}/salesOrder/${serviceOrderId}/!transform/invoice`;
      await write('POST', path, { externalId: call.key }, call);
      return readBack(() => invoiceUnder(call.key, call), 'invoice');
    },

    async creditServiceInvoice(_customer, call) {
      const creditKey = `${call.key}:credit`;
      const [invoice, [credit]] = await Promise.all([
        invoiceUnder(call.key, call),
        suiteql.rows(queries.creditNoteByKey(creditKey), CreditNoteRow, call),
      ]);
      if (invoice === null || credit !== undefined) return;
      const path = `${RECORD}/invoice/${invoice.id}/!transform/creditMemo`;
      await write('POST', path, { externalId: creditKey }, call);
    },
  };
}

const taskPath = (key: string): string => `${RECORD}/task/eid:${encodeURIComponent(key)}`;
