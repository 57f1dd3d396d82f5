import { type Clock, day } from '../../../../platform/clock.ts';
import { createHttpClient } from '../../../../platform/http/client.ts';
import type { ErpPort } from '../../port.ts';
import type { NetSuiteConfig } from './config.ts';
import { createContractOrders } from './contract-orders.ts';
import { SYSTEM } from './failures.ts';
import { createInvoiceLineReads } from './invoice-lines.ts';
import { createCustomerOpening } from './open-customer.ts';
import { createReads } from './read.ts';
import { createAfterSalesReads } from './read-after-sales.ts';
import { createReturns } from './returns.ts';
import { createScans } from './scan.ts';
import { createServiceOrders } from './service-orders.ts';
import { createSession } from './session.ts';
import { createSharing } from './share-customer.ts';
import { createSuiteQl } from './suiteql.ts';
import { createTokens } from './token.ts';
import { createWrites } from './write.ts';

/** The ERP port over NetSuite's REST web services (2026.2). */
export function netsuite(config: NetSuiteConfig, clock: Clock): ErpPort {
  const http = createHttpClient({
    origin: config.baseUrl,
    system: SYSTEM,
    timeoutMs: config.timeoutMs,
    connections: config.concurrency, // the pool lets no more through at a time: more would be refused by the account
  });
  const session = createSession(http, createTokens(config, http, clock));
  const suiteql = createSuiteQl(session);
  return {
    capabilities: {
      estimatesTax: false,
      opensCustomers: true,
      inventory: true,
      pricesInOtherCurrencies: true,
      serviceOrders: true,
      returns: true,
      closesOrders: true,
      scans: true,
    },
    ...createReads(suiteql, clock),
    ...createInvoiceLineReads(suiteql),
    ...createWrites(session, suiteql),
    ...createCustomerOpening(session, suiteql),
    ...createSharing(session, suiteql),
    ...createAfterSalesReads(suiteql),
    ...createServiceOrders(session, suiteql, () => day(clock)),
    ...createReturns(session, suiteql),
    ...createContractOrders(session, suiteql),
    ...createScans(session, suiteql),
  };
}
