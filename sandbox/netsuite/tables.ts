/**
 * The tables of the Records Catalog that the sandbox knows, with the names that SuiteAnalytics Connect and SuiteQL use.
 * A customer is one row, seen through several views: that keeps 100,000 of them small. A column that ends in `__df` is
 * what `BUILTIN.DF` of the column shows; it and tables that begin with `_` are not to be seen from outside.
 */
export const TABLES = `
CREATE TABLE currency (id INTEGER PRIMARY KEY, symbol TEXT, name TEXT, isinactive TEXT DEFAULT 'F');
CREATE TABLE subsidiary (id INTEGER PRIMARY KEY, name TEXT, country TEXT, currency INTEGER, isinactive TEXT DEFAULT 'F',
  iselimination TEXT DEFAULT 'F');
CREATE TABLE _nexus (subsidiary INTEGER PRIMARY KEY, taxpercent REAL);
CREATE TABLE term (id INTEGER PRIMARY KEY, name TEXT, daysuntilnetdue INTEGER, isinactive TEXT DEFAULT 'F');

CREATE TABLE item (id INTEGER PRIMARY KEY, itemid TEXT UNIQUE, displayname TEXT, itemtype TEXT, isinactive TEXT,
  taxschedule INTEGER, taxschedule__df TEXT, custitem_concord_recurring TEXT, lastmodifieddate TEXT);
CREATE TABLE pricing (item INTEGER, pricelevel INTEGER, currency INTEGER, quantity INTEGER, unitprice REAL,
  PRIMARY KEY (item, pricelevel, currency, quantity)) WITHOUT ROWID;
CREATE TABLE aggregateitemlocation (item INTEGER, location INTEGER, quantityonhand REAL, quantitycommitted REAL,
  quantityavailable REAL GENERATED ALWAYS AS (quantityonhand - quantitycommitted), PRIMARY KEY (item, location)) WITHOUT ROWID;

CREATE TABLE _customer (id INTEGER PRIMARY KEY, externalid TEXT, companyname TEXT, email TEXT, phone TEXT, parent INTEGER,
  subsidiary INTEGER, currency INTEGER, terms INTEGER, creditlimit REAL, creditholdoverride TEXT, balance REAL, overdue REAL,
  unbilled REAL, taxid TEXT, taxcode TEXT, taxrefused INTEGER, addr1 TEXT, addr2 TEXT, city TEXT, state TEXT, zip TEXT,
  country TEXT, lastmodifieddate TEXT, isinactive TEXT DEFAULT 'F', custentity_concord_key TEXT, datecreated TEXT);
CREATE VIEW customer AS SELECT id, 'CUST' || id AS entityid, externalid, companyname, email, phone, parent, currency, terms,
  creditlimit, creditholdoverride, balance AS balancesearch, overdue AS overduebalancesearch,
  unbilled AS unbilledorderssearch, id AS defaultbillingaddress, id AS defaulttaxreg, taxid AS defaulttaxreg__df,
  taxcode AS custentity_concord_tax_code, isinactive, custentity_concord_key, lastmodifieddate,
  datecreated FROM _customer;
CREATE TABLE customersubsidiaryrelationship (id INTEGER PRIMARY KEY AUTOINCREMENT, externalid TEXT, entity INTEGER,
  subsidiary INTEGER, isprimarysub TEXT);
CREATE VIEW customeraddressbook AS SELECT id AS entity, id AS internalid, id AS addressbookaddress, 'T' AS defaultbilling,
  'T' AS defaultshipping FROM _customer;
CREATE VIEW entityaddress AS SELECT id AS nkey, companyname AS addressee, addr1, addr2, city, state, zip, country FROM _customer;

CREATE TABLE "transaction" (id INTEGER PRIMARY KEY, type TEXT, tranid TEXT, externalid TEXT, trandate TEXT, duedate TEXT,
  entity INTEGER, status TEXT, foreigntotal REAL, foreignamountunpaid REAL, currency INTEGER, terms INTEGER,
  otherrefnum TEXT, memo TEXT, lastmodifieddate TEXT, createddate TEXT, custbody_concord_subscription TEXT, custbody_concord_contract TEXT,
  custbody_concord_effective TEXT, custbody_concord_prior_terms TEXT, custbody_concord_case TEXT, custbody_concord_asset TEXT,
  custbody_concord_dispatch TEXT, custbody_concord_billable TEXT, custbody_concord_restock TEXT, custbody_concord_closed_by TEXT,
  custbody_concord_closed_lines TEXT);
CREATE TABLE transactionline ("transaction" INTEGER, linesequencenumber INTEGER, mainline TEXT, taxline TEXT, item INTEGER,
  quantity REAL, rate REAL, foreignamount REAL, subsidiary INTEGER, isclosed TEXT, quantityshiprecv REAL,
  quantitybilled REAL, quantitycommitted REAL, actualshipdate TEXT, billeddate TEXT, createdfrom INTEGER,
  custcol_concord_reason TEXT, memo TEXT, iscogs TEXT DEFAULT 'F', PRIMARY KEY ("transaction", linesequencenumber)) WITHOUT ROWID;
CREATE TABLE deletedrecord (type TEXT, recordid INTEGER, name TEXT, deleteddate TEXT);
CREATE TABLE task (id INTEGER PRIMARY KEY, externalid TEXT UNIQUE, title TEXT, startdate TEXT, company INTEGER,
  "transaction" INTEGER, status TEXT);
CREATE TABLE customrecord_concord_asset (id INTEGER PRIMARY KEY, name TEXT UNIQUE, isinactive TEXT DEFAULT 'F',
  custrecord_concord_asset_customer INTEGER, custrecord_concord_asset_item INTEGER, custrecord_concord_asset_order INTEGER,
  custrecord_concord_asset_installed TEXT, custrecord_concord_asset_covered_from TEXT,
  custrecord_concord_asset_covered_to TEXT);
`;

/** Made after seeding, which is faster. */
export const INDEXES = `
CREATE INDEX transaction_of ON "transaction" (entity, type, trandate DESC, id DESC);
CREATE INDEX asset_of ON customrecord_concord_asset (custrecord_concord_asset_customer, name);
CREATE INDEX line_from ON transactionline (createdfrom) WHERE createdfrom IS NOT NULL;
CREATE INDEX transaction_case ON "transaction" (custbody_concord_case) WHERE custbody_concord_case IS NOT NULL;
CREATE INDEX transaction_number ON "transaction" (tranid);
CREATE UNIQUE INDEX transaction_key ON "transaction" (externalid) WHERE externalid IS NOT NULL;
CREATE INDEX customer_key ON _customer (externalid);
CREATE UNIQUE INDEX relationship_of ON customersubsidiaryrelationship (entity, subsidiary);
CREATE UNIQUE INDEX relationship_key ON customersubsidiaryrelationship (externalid) WHERE externalid IS NOT NULL;
`;
