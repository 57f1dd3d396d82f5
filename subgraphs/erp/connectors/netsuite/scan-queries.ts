import { dayText } from './sql.ts';
import type { Select } from './suiteql.ts';

/** The hub's questions about everything that the account holds, by the customer's internal id. */

export const customersAfter = (after: string): Select => ({
  columns: {
    id: 'c.id',
    line: '0',
    externalid: 'c.externalid',
    name: 'c.companyname',
    inactive: 'c.isinactive',
    taxid: 'BUILTIN.DF(c.defaulttaxreg)',
    taxcode: 'c.custentity_concord_tax_code',
    addr1: 'a.addr1',
    addr2: 'a.addr2',
    city: 'a.city',
    state: 'a.state',
    zip: 'a.zip',
    country: 'a.country',
  },
  from: `customer c LEFT JOIN entityaddress a ON a.nkey = c.defaultbillingaddress WHERE c.id > ${after}`,
});

export const customerIdsAfter = (after: string): Select => ({
  columns: { id: 'c.id', line: '0' },
  from: `customer c WHERE c.id > ${after}`,
});

/** Orders, invoices, credit notes and payments; of a closed order it tells whether anything of it was shipped or billed. */
export const booksBetween = (first: string, last: string): Select => ({
  columns: {
    id: 't.id',
    line: '0',
    type: 't.type',
    number: 't.tranid',
    externalid: 't.externalid',
    status: 't.status',
    trandate: dayText('t.trandate'),
    total: 't.foreigntotal',
    currency: 'cur.symbol',
    entity: 't.entity',
    subscription: 't.custbody_concord_subscription',
    createdfrom: 'ml.createdfrom',
    moved: `CASE WHEN t.type = 'SalesOrd' AND t.status = 'H' AND EXISTS (SELECT 1 FROM transactionline xl
      WHERE xl.transaction = t.id AND (xl.quantityshiprecv <> 0 OR xl.quantitybilled <> 0)) THEN 'T' ELSE 'F' END`,
  },
  from: `transaction t
    LEFT JOIN transactionline ml ON ml.transaction = t.id AND ml.mainline = 'T'
    LEFT JOIN currency cur ON cur.id = t.currency
    WHERE t.type IN ('SalesOrd', 'CustInvc', 'CustCred', 'CustPymt') AND t.entity BETWEEN ${first} AND ${last}`,
});
