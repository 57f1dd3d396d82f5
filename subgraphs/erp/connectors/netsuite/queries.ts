import type { ProductKind } from '../../model.ts';
import { dayLiteral, dayText, literal, literals } from './sql.ts';
import type { Select } from './suiteql.ts';

/**
 * The hub's questions to the tables of the Records Catalog (Setup > Records Catalog; the same names in SuiteAnalytics
 * Connect). Every value in them came through `sql.ts`.
 */

/** An order that was taken: cancelled ones are not, nor those closed before anything was shipped or billed. */
const TAKEN = `x.type = 'SalesOrd' AND x.status NOT IN ('A', 'C') AND (x.status <> 'H' OR EXISTS (SELECT 1 FROM transactionline xl
  WHERE xl.transaction = x.id AND (xl.quantityshiprecv <> 0 OR xl.quantitybilled <> 0)))`;

export const customersById = (ids: readonly string[]): Select => ({
  columns: {
    id: 'c.id',
    line: '0',
    externalid: 'c.externalid',
    name: 'c.companyname',
    email: 'c.email',
    taxid: 'BUILTIN.DF(c.defaulttaxreg)',
    taxcode: 'c.custentity_concord_tax_code',
    currency: 'cur.symbol',
    subsidiary: 'r.subsidiary',
    termdays: 'te.daysuntilnetdue',
    creditlimit: 'c.creditlimit',
    hold: 'c.creditholdoverride',
    balance: 'c.balancesearch',
    overdue: 'c.overduebalancesearch',
    unbilled: 'c.unbilledorderssearch',
    orders: 'o.orders',
    addr1: 'a.addr1',
    addr2: 'a.addr2',
    city: 'a.city',
    state: 'a.state',
    zip: 'a.zip',
    country: 'a.country',
  },
  from: `customer c
    LEFT JOIN customersubsidiaryrelationship r ON r.entity = c.id AND r.isprimarysub = 'T'
    LEFT JOIN currency cur ON cur.id = c.currency
    LEFT JOIN term te ON te.id = c.terms
    LEFT JOIN entityaddress a ON a.nkey = c.defaultbillingaddress
    LEFT JOIN (SELECT x.entity AS entity, COUNT(*) AS orders FROM transaction x
      WHERE ${TAKEN} AND x.entity IN (${ids.join(', ')}) GROUP BY x.entity) o ON o.entity = c.id
    WHERE c.id IN (${ids.join(', ')})`,
});

const ORDER_COLUMNS = {
  id: 't.id',
  line: 'tl.linesequencenumber',
  number: 't.tranid',
  externalid: 't.externalid',
  status: 't.status',
  trandate: dayText('t.trandate'),
  ponumber: 't.otherrefnum',
  total: 't.foreigntotal',
  currency: 'cur.symbol',
  entity: 't.entity',
  subsidiary: 'tl.subsidiary',
  taxline: 'tl.taxline',
  sku: 'i.itemid',
  quantity: 'tl.quantity',
  rate: 'tl.rate',
  amount: 'tl.foreignamount',
  shipped: 'tl.quantityshiprecv',
  billed: 'tl.quantitybilled',
  shippedon: dayText('tl.actualshipdate'),
  billedon: dayText('tl.billeddate'),
};

/** Joins to whatever sales orders `source` yields as `t`; the main line repeats the order's total and is left out. */
const withLines = (source: string): string => `${source}
    JOIN transactionline tl ON tl.transaction = t.id AND tl.mainline = 'F'
    LEFT JOIN item i ON i.id = tl.item
    LEFT JOIN currency cur ON cur.id = t.currency`;

/** Orders with columns of their own beside those of every order. */
export const ordersSelect = (further: Readonly<Record<string, string>>, condition: string): Select => ({
  columns: { ...ORDER_COLUMNS, ...further },
  from: `${withLines('transaction t')} WHERE t.type = 'SalesOrd' AND ${condition}`,
});
const ordersWhere = (condition: string): Select => ordersSelect({}, condition);

export const ordersById = (ids: readonly string[]): Select => ordersWhere(`t.id IN (${ids.join(', ')})`);
export const ordersByNumber = (numbers: readonly string[]): Select => ordersWhere(`t.tranid IN (${literals(numbers)})`);
export const orderByKey = (key: string): Select => ordersWhere(`t.externalid = ${literal(key)}`);

export const INVOICE_COLUMNS = {
  id: 't.id',
  line: '0',
  number: 't.tranid',
  status: 't.status',
  trandate: dayText('t.trandate'),
  duedate: dayText('t.duedate'),
  total: 't.foreigntotal',
  unpaid: 't.foreignamountunpaid',
  currency: 'cur.symbol',
  entity: 't.entity',
};

export const invoicesById = (ids: readonly string[]): Select => ({
  columns: INVOICE_COLUMNS,
  from: `transaction t LEFT JOIN currency cur ON cur.id = t.currency
    WHERE t.type = 'CustInvc' AND t.id IN (${ids.join(', ')})`,
});

/** Where a page of one customer begins. */
export interface PageStart {
  readonly entity: string;
  /** Id of the last transaction of the page before. */
  readonly after: string | null;
  /** Further condition on `t`; empty for none. */
  readonly also: string;
}

/** The newest transactions of each customer, numbered within the customer; one more than asked tells whether there are more. */
function newestOf(type: 'SalesOrd' | 'CustInvc', starts: readonly PageStart[], most: number): string {
  const conditions = [...Map.groupBy(starts, ({ after, also }) => `${after ?? ''}|${also}`).values()].map((group) => {
    const entities = `t.entity IN (${group.map(({ entity }) => entity).join(', ')})`;
    const { after, also } = group[0] as PageStart; // groupBy makes no empty group
    return [entities, after === null ? '' : olderThan(after), also].filter(Boolean).join(' AND ');
  });
  return `(SELECT n.* FROM (SELECT t.id AS id, t.tranid AS tranid, t.externalid AS externalid, t.status AS status,
      t.trandate AS trandate, t.duedate AS duedate, t.otherrefnum AS otherrefnum, t.foreigntotal AS foreigntotal,
      t.foreignamountunpaid AS foreignamountunpaid, t.currency AS currency, t.entity AS entity,
      ROW_NUMBER() OVER (PARTITION BY t.entity ORDER BY t.trandate DESC, t.id DESC) AS place
    FROM transaction t WHERE t.type = '${type}' AND ((${conditions.join(') OR (')}))) n WHERE n.place <= ${most + 1}) t`;
}

const olderThan = (id: string): string =>
  `(t.trandate < (SELECT p.trandate FROM transaction p WHERE p.id = ${id})
    OR (t.trandate = (SELECT p.trandate FROM transaction p WHERE p.id = ${id}) AND t.id < ${id}))`;

export const ordersOf = (starts: readonly PageStart[], most: number): Select => ({
  columns: ORDER_COLUMNS,
  from: withLines(newestOf('SalesOrd', starts, most)),
});

export const invoicesOf = (starts: readonly PageStart[], most: number): Select => ({
  columns: INVOICE_COLUMNS,
  from: `${newestOf('CustInvc', starts, most)} LEFT JOIN currency cur ON cur.id = t.currency`,
});

/** The hub's invoice statuses as conditions; `today` parts open from overdue. */
export const INVOICE_CONDITION: Readonly<Record<string, (today: string) => string>> = {
  OPEN: (today) => `t.status = 'A' AND (t.duedate IS NULL OR t.duedate >= ${dayLiteral(today)})`,
  OVERDUE: (today) => `t.status = 'A' AND t.duedate < ${dayLiteral(today)}`,
  PAID: () => `t.status = 'B'`,
  PENDING_APPROVAL: () => `t.status = 'D'`,
  VOIDED: () => `t.status IN ('V', 'E')`,
};

/** One row for each price; `source` yields items as `i`. Price level 1 is the base price. */
const products = (source: string): Select => ({
  columns: {
    id: 'i.id',
    line: 'NVL(p.currency, 0)',
    sku: 'i.itemid',
    name: 'i.displayname',
    itemtype: 'i.itemtype',
    recurring: 'i.custitem_concord_recurring',
    inactive: 'i.isinactive',
    taxclass: 'BUILTIN.DF(i.taxschedule)',
    price: 'p.unitprice',
    currency: 'cur.symbol',
    onhand: 's.onhand',
    available: 's.available',
  },
  from: `${source}
    LEFT JOIN pricing p ON p.item = i.id AND p.pricelevel = 1 AND p.quantity = 0
    LEFT JOIN currency cur ON cur.id = p.currency
    LEFT JOIN (SELECT l.item AS item, SUM(l.quantityonhand) AS onhand, SUM(l.quantityavailable) AS available
      FROM aggregateitemlocation l GROUP BY l.item) s ON s.item = i.id`,
});

const bySku = (skus: readonly string[]): string => `(SELECT * FROM item WHERE itemid IN (${literals(skus)})) i`;

export const productsBySku = (skus: readonly string[]): Select => products(bySku(skus));

const KIND_CONDITION: Readonly<Record<ProductKind, string>> = {
  GOODS: `i.itemtype IN ('InvtPart', 'NonInvtPart', 'Assembly', 'Kit')`,
  SERVICE: `i.itemtype = 'Service' AND NVL(i.custitem_concord_recurring, 'F') = 'F'`,
  SUBSCRIPTION: `i.itemtype = 'Service' AND i.custitem_concord_recurring = 'T'`,
};

/** Items in the order of their names; what is no product (discounts, subtotals, charges) is left out. */
export function catalogueFrom(kind: ProductKind | '*', after: string | null, most: number): Select {
  const kinds = kind === '*' ? Object.values(KIND_CONDITION) : [KIND_CONDITION[kind]];
  const older = after === null ? '' : ` AND i.itemid > ${literal(after)}`;
  return products(`(SELECT n.* FROM (SELECT i.*, ROW_NUMBER() OVER (ORDER BY i.itemid) AS place FROM item i
    WHERE ((${kinds.join(') OR (')}))${older}) n WHERE n.place <= ${most + 1}) i`);
}

export const subsidiaries: Select = {
  columns: { id: 's.id', line: '0', name: 's.name', country: 's.country', currency: 'cur.symbol' },
  from: `subsidiary s LEFT JOIN currency cur ON cur.id = s.currency
    WHERE s.isinactive = 'F' AND s.iselimination = 'F'`,
};

/** The subsidiaries that share each customer. */
export const relationshipsOf = (customers: readonly string[]): Select => ({
  columns: { id: 'r.entity', line: 'r.subsidiary', subsidiary: 'r.subsidiary', isprimary: 'r.isprimarysub' },
  from: `customersubsidiaryrelationship r WHERE r.entity IN (${customers.join(', ')})`,
});

/** Whatever was entered for the customer in the subsidiary, closed or not. */
export const bookedIn = (customer: string, subsidiary: string): Select => ({
  columns: { id: 't.id', line: '0' },
  from: `transaction t JOIN transactionline tl ON tl.transaction = t.id AND tl.mainline = 'T'
    WHERE t.entity = ${customer} AND tl.subsidiary = ${subsidiary}`,
});

export const directoryAfter = (after: string): Select => ({
  columns: {
    id: 'c.id',
    line: '0',
    externalid: 'c.externalid',
    name: 'c.companyname',
    email: 'c.email',
    parent: 'c.parent',
  },
  from: `customer c WHERE c.isinactive = 'F' AND c.id > ${after}`,
});

/** By the normal form of `../../tax-id.ts`; blanks other than spaces are not to be typed into that field. */
export const taxIdHolders = (normal: string): Select => ({
  columns: { id: 'c.id', line: '0' },
  from: `customer c WHERE c.isinactive = 'F' AND UPPER(REPLACE(REPLACE(REPLACE(REPLACE(
    BUILTIN.DF(c.defaulttaxreg), ' ', ''), '-', ''), '.', ''), '/', '')) = ${literal(normal)}`,
});

/** What a write needs to name things by NetSuite's ids. */
export const itemIds = (skus: readonly string[]): Select => ({
  columns: { id: 'i.id', line: '0', sku: 'i.itemid' },
  from: bySku(skus),
});
export const currencyId = (code: string): Select => ({
  columns: { id: 'cur.id', line: '0' },
  from: `currency cur WHERE cur.symbol = ${literal(code)}`,
});
export const terms: Select = {
  columns: { id: 'te.id', line: '0', termdays: 'te.daysuntilnetdue' },
  from: `term te WHERE te.isinactive = 'F'`,
};
export const customerTerms = (customer: string): Select => ({
  columns: { id: 'c.id', line: '0', terms: 'c.terms', addressline: 'b.internalid' },
  from: `customer c LEFT JOIN customeraddressbook b ON b.entity = c.id AND b.defaultbilling = 'T' WHERE c.id = ${customer}`,
});
