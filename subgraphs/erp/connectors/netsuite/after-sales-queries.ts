import { INVOICE_COLUMNS, ordersSelect } from './queries.ts';
import { dayText, literal, literals } from './sql.ts';
import type { Select } from './suiteql.ts';

/**
 * The hub's questions about what comes after a sale. Assets are a custom record of the account (README), whose table has the
 * record's own script id; a return and a credit note are transactions that remember, on their main line, what they came from.
 */

const assets = (source: string): Select => ({
  columns: {
    id: 'a.id',
    line: '0',
    serial: 'a.name',
    sku: 'i.itemid',
    entity: 'a.custrecord_concord_asset_customer',
    salesorder: 'a.custrecord_concord_asset_order',
    installedon: dayText('a.custrecord_concord_asset_installed'),
    warrantyfrom: dayText('a.custrecord_concord_asset_covered_from'),
    warrantyto: dayText('a.custrecord_concord_asset_covered_to'),
  },
  from: `${source} JOIN item i ON i.id = a.custrecord_concord_asset_item`,
});

export const assetsBySerial = (serials: readonly string[]): Select =>
  assets(
    `(SELECT * FROM customrecord_concord_asset r WHERE r.isinactive = 'F' AND r.name IN (${literals(serials)})) a`,
  );

/** The first assets of a customer by serial number, one more than asked. */
export function assetsOf(entity: string, after: string | null, most: number): Select {
  const later = after === null ? '' : ` AND r.name > ${literal(after)}`;
  return assets(`(SELECT n.* FROM (SELECT r.*, ROW_NUMBER() OVER (ORDER BY r.name) AS place FROM customrecord_concord_asset r
    WHERE r.isinactive = 'F' AND r.custrecord_concord_asset_customer = ${entity}${later}) n WHERE n.place <= ${most + 1}) a`);
}

const SERVICE_COLUMNS = {
  caseid: 't.custbody_concord_case',
  asset: 't.custbody_concord_asset',
  dispatchon: dayText('t.custbody_concord_dispatch'),
  billable: 't.custbody_concord_billable',
};

const serviceOrders = (condition: string): Select =>
  ordersSelect(SERVICE_COLUMNS, `${condition} AND t.custbody_concord_case IS NOT NULL`);

export const serviceOrdersById = (ids: readonly string[]): Select => serviceOrders(`t.id IN (${ids.join(', ')})`);
export const serviceOrderByKey = (key: string): Select => serviceOrders(`t.externalid = ${literal(key)}`);
export const serviceOrdersOfCase = (caseIds: readonly string[]): Select =>
  serviceOrders(`t.custbody_concord_case IN (${literals(caseIds)})`);

export const invoiceByKey = (key: string): Select => ({
  columns: INVOICE_COLUMNS,
  from: `transaction t LEFT JOIN currency cur ON cur.id = t.currency
    WHERE t.type = 'CustInvc' AND t.externalid = ${literal(key)}`,
});

const RETURN_COLUMNS = {
  id: 't.id',
  line: 'tl.linesequencenumber',
  number: 't.tranid',
  status: 't.status',
  trandate: dayText('t.trandate'),
  total: 't.foreigntotal',
  currency: 'cur.symbol',
  entity: 't.entity',
  createdfrom: 'ml.createdfrom',
  restock: 't.custbody_concord_restock',
  taxline: 'tl.taxline',
  sku: 'i.itemid',
  quantity: 'tl.quantity',
  rate: 'tl.rate',
  amount: 'tl.foreignamount',
  reason: 'tl.custcol_concord_reason',
};

const returns = (condition: string): Select => ({
  columns: RETURN_COLUMNS,
  from: `transaction t
    JOIN transactionline ml ON ml.transaction = t.id AND ml.mainline = 'T'
    JOIN transactionline tl ON tl.transaction = t.id AND tl.mainline = 'F'
    LEFT JOIN item i ON i.id = tl.item
    LEFT JOIN currency cur ON cur.id = t.currency
    WHERE t.type = 'RtnAuth' AND ${condition}`,
});

export const returnsById = (ids: readonly string[]): Select => returns(`t.id IN (${ids.join(', ')})`);
export const returnByKey = (key: string): Select => returns(`t.externalid = ${literal(key)}`);
export const returnsOfOrder = (orders: readonly string[]): Select =>
  returns(`ml.createdfrom IN (${orders.join(', ')})`);

const creditNotes = (condition: string): Select => ({
  columns: {
    id: 't.id',
    line: '0',
    number: 't.tranid',
    trandate: dayText('t.trandate'),
    total: 't.foreigntotal',
    currency: 'cur.symbol',
    createdfrom: 'ml.createdfrom',
  },
  from: `transaction t
    JOIN transactionline ml ON ml.transaction = t.id AND ml.mainline = 'T'
    LEFT JOIN currency cur ON cur.id = t.currency
    WHERE t.type = 'CustCred' AND ${condition}`,
});

export const creditNotesOfReturns = (ids: readonly string[]): Select =>
  creditNotes(`ml.createdfrom IN (${ids.join(', ')})`);
export const creditNoteByKey = (key: string): Select => creditNotes(`t.externalid = ${literal(key)}`);

export const visitByKey = (key: string): Select => ({
  columns: { id: 'k.id', line: '0' },
  from: `task k WHERE k.externalid = ${literal(key)}`,
});
