import { describe } from 'node:test';
import type { ErpCustomerId } from '../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../subgraphs/erp/port.ts';
import { erpAfterSales } from './erp/after-sales.ts';
import { erpContractOrders } from './erp/contract-orders.ts';
import { erpLegalEntities } from './erp/legal-entities.ts';
import { erpReads } from './erp/reads.ts';
import { erpWrites } from './erp/writes.ts';

/** What must be in an ERP for the suite to ask about it. */
export interface ErpGround {
  readonly port: ErpPort;
  /** At least three customers of the ERP; the first has two or more orders and two or more invoices. */
  readonly customers: readonly { id: ErpCustomerId; hubId: string; legalName: string }[];
  /** One who may order, and two whom the ERP refuses; null where it takes orders without tax. */
  readonly buyer: { id: ErpCustomerId; legalEntityId: string; currency: string };
  readonly onHold: { id: ErpCustomerId; legalEntityId: string; currency: string };
  readonly withoutTax: { id: ErpCustomerId; legalEntityId: string; currency: string } | null;
  readonly otherLegalEntityId: string;
  /** One who is not kept in a further company of the same currency; null where the ERP keeps everybody in every company. */
  readonly elsewhere: { buyer: ErpGround['buyer']; legalEntityId: string } | null;
  readonly otherCurrency: string;
  /** Held in stock, sold; in both currencies above where the ERP keeps prices in several. */
  readonly goods: string;
  readonly subscription: string;
  readonly inactive: string;
  readonly customerCount: number;
  close(): Promise<void>;
}

/** Every promise of the port, for any connector. */
export function erpContract(name: string, make: () => Promise<ErpGround>): void {
  describe(`${name} keeps the ERP port's promises: questions`, () => erpReads(make));
  describe(`${name} keeps the ERP port's promises: acts`, () => erpWrites(make));
  describe(`${name} keeps the ERP port's promises: customers in legal entities`, () => erpLegalEntities(make));
  describe(`${name} keeps the ERP port's promises: what comes after a sale`, () => erpAfterSales(make));
  describe(`${name} keeps the ERP port's promises: orders of a subscription`, () => erpContractOrders(make));
}
