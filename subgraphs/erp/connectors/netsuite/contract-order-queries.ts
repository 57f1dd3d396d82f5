import type { ContractInErp } from '../../model.ts';
import { literal } from './sql.ts';
import type { Select } from './suiteql.ts';

const linesWhere = (condition: string): Select => ({
  columns: {
    id: 't.id',
    line: 'tl.linesequencenumber',
    number: 't.tranid',
    sku: 'i.itemid',
    quantity: 'tl.quantity',
    shipped: 'tl.quantityshiprecv',
    billed: 'tl.quantitybilled',
    closedby: 't.custbody_concord_closed_by',
    closedlines: 't.custbody_concord_closed_lines',
  },
  from: `transaction t INNER JOIN transactionline tl ON tl.transaction = t.id INNER JOIN item i ON i.id = tl.item
    WHERE t.type = 'SalesOrd' AND tl.mainline = 'F' AND tl.taxline = 'F' AND i.custitem_concord_recurring = 'T' AND ${condition}`,
});

/** What recurs and is open in the orders of a subscription. The contract is that of the order which opened it. */
export const openOfContract = ({ customerId, subscriptionId, contractId }: ContractInErp): Select =>
  linesWhere(`t.entity = ${customerId} AND t.status NOT IN ('C', 'G', 'H') AND tl.isclosed = 'F'
    AND (t.custbody_concord_subscription = ${literal(subscriptionId)}${
      contractId === null ? '' : ` OR t.custbody_concord_contract = ${literal(contractId)}`
    })`);

/** The lines of orders of which this key has closed something. */
export const closedUnder = (key: string): Select => linesWhere(`t.custbody_concord_closed_by = ${literal(key)}`);
