import type { Clock } from '../../../../platform/clock.ts';
import { HubError } from '../../../../platform/errors.ts';
import { createHttpClient } from '../../../../platform/http/client.ts';
import { withoutContractOrders } from '../../contract-orders.ts';
import type { ErpPort } from '../../port.ts';
import { withoutScans } from '../../scan-port.ts';
import { withoutAfterSales } from '../../without-after-sales.ts';
import { createActs } from './acts.ts';
import { createCancel } from './cancel-order.ts';
import { createChange } from './change-customer.ts';
import type { TrytonConfig } from './config.ts';
import { SYSTEM } from './failures.ts';
import { createInvoiceLineReads } from './invoice-lines.ts';
import { createOpens } from './open-order.ts';
import { createOwnCompany } from './own-company.ts';
import { createPricing } from './pricing.ts';
import { createReads } from './read.ts';
import { createRecords } from './records.ts';
import { createSession } from './session.ts';
import { createTurns } from './turns.ts';

/** The ERP port over the JSON-RPC of Tryton 6.0. */
export function tryton(config: TrytonConfig, clock: Clock): ErpPort {
  const http = createHttpClient({
    origin: config.origin,
    system: SYSTEM,
    timeoutMs: config.timeoutMs,
    connections: config.concurrency,
  });
  const session = createSession(config, http);
  const records = createRecords(session);
  const turns = createTurns();
  const acts = createActs(session, turns);
  const pricing = createPricing(session, records);
  return {
    capabilities: {
      estimatesTax: true,
      opensCustomers: false,
      inventory: true,
      pricesInOtherCurrencies: false,
      serviceOrders: false,
      returns: false,
      closesOrders: false,
      scans: false,
    },
    ...createReads(session, records, clock),
    ...createInvoiceLineReads(records),
    ...createOpens(records, acts, pricing, turns),
    ...createCancel(records, acts, turns),
    ...createChange(records, acts, pricing),
    ...createOwnCompany(session, records),
    ...withoutAfterSales(SYSTEM),
    ...withoutContractOrders(SYSTEM),
    ...withoutScans(SYSTEM),
    openCustomer: async () => {
      const message = 'ERP refused: its customers are opened there by hand, with the accounts that its books need';
      throw new HubError('REFUSED', message, { system: SYSTEM });
    },
    closeCustomer: async () => {}, // none was opened
    estimateTax: (draft, call) => pricing.tax(draft, call),
  };
}
