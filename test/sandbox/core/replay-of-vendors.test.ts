import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { day, fixedClock } from '../../../platform/clock.ts';
import { id } from '../../../platform/ids.ts';
import { silentLog } from '../../../platform/log.ts';
import { money } from '../../../platform/money.ts';
import { VENDOR_NAMES, type VendorName } from '../../../sandbox/core/vendor.ts';
import * as keys from '../../../sandbox/data/keys.ts';
import { type RunningSandbox, type SandboxOptions, startSandbox } from '../../../sandbox/start.ts';
import { ticketId } from '../../../sandbox/zendesk/ids.ts';
import { connectBilling } from '../../../subgraphs/billing/connect.ts';
import { connectCrm } from '../../../subgraphs/crm/connect.ts';
import { connectErp } from '../../../subgraphs/erp/connect.ts';
import { connectSupport } from '../../../subgraphs/support/connect.ts';

const clock = fixedClock(Date.now());
const erpCustomer = id<'ErpCustomer'>(keys.netsuite.customer(0));
const billingCustomer = id<'BillingCustomer'>(keys.stripe.customer(0));
const account = id<'CrmAccount'>(keys.salesforce.account(0));
const opportunity = id<'Opportunity'>(keys.salesforce.opportunity(0, 0));
const org = id<'SupportOrg'>(keys.zendesk.organization(0));
const caseId = String(ticketId(0, 0));

const call = () => ({ correlationId: 'replay', signal: AbortSignal.timeout(60_000) });
const write = (actingFor: string, key: string) => ({ ...call(), key, actingFor });

function connect(sandbox: RunningSandbox) {
  const services = { clock, log: silentLog, cache: null };
  return {
    erp: connectErp(sandbox.environment, services),
    billing: connectBilling(sandbox.environment, services),
    crm: connectCrm(sandbox.environment, services),
    support: connectSupport(sandbox.environment, services),
  };
}
type Systems = ReturnType<typeof connect>;

/** An order that is opened, billed, granted and won, one that is taken back, and one that is refused. */
async function trade({ erp, billing, crm, support }: Systems): Promise<void> {
  const order = {
    customerId: erpCustomer,
    legalEntityId: id<'LegalEntity'>('2'),
    currency: 'EUR',
    purchaseOrderNumber: 'PO-1',
    memo: null,
    lines: [{ sku: id<'Sku'>('GDS-SENSOR-10'), quantity: 2 }],
  };
  const opened = await erp.openSalesOrder(order, write('ERP', 'p1:order'));
  assert.equal((await erp.openSalesOrder(order, write('ERP', 'p1:order'))).id, opened.id);
  const draft = {
    customerId: billingCustomer,
    currency: 'EUR',
    items: [{ sku: 'SUB-CLOUD-TEAM', quantity: 3 }],
    contractId: 'CT-1',
    legalEntityId: '2',
    paymentTerms: null,
    salesOrderNumber: opened.number,
  };
  const subscription = await billing.openSubscription(draft, write('BILLING', 'p1:subscription'));
  clock.advance(5 * 86_400_000);
  await billing.amend(
    {
      subscriptionId: subscription.id,
      customerId: billingCustomer,
      effectiveOn: day(clock),
      items: [{ sku: 'SUB-CLOUD-TEAM', quantity: 8 }],
      legalEntityId: null,
      paymentTerms: null,
    },
    write('BILLING', 'p2:amend'),
  );
  const rights = [{ sku: 'SUB-CLOUD-TEAM', seats: 8 }];
  const grant = { orgId: org, subscriptionId: subscription.id, startsOn: day(clock), endsOn: null, rights };
  await support.grant(grant, write('SUPPORT', 'p1:rights'));
  await crm.closeWon(
    {
      opportunityId: opportunity,
      accountId: account,
      salesOrderNumber: opened.number,
      amount: money(100, 'EUR'),
      closedOn: day(clock),
    },
    write('CRM', 'p1:won'),
  );
  await crm.noteContract(
    {
      accountId: account,
      subscriptionId: subscription.id,
      contractedMonthly: money(19_200, 'EUR'),
      summary: '8 seats',
    },
    write('CRM', 'p1:note'),
  );
  await erp.openSalesOrder(order, write('ERP', 'p3:order'));
  await erp.cancelSalesOrder({ customerId: erpCustomer }, write('ERP', 'p3:order'));
  const entity = (legalEntityId: string) => ({
    customerId: erpCustomer,
    legalEntityId: id<'LegalEntity'>(legalEntityId),
  });
  await erp.keepInLegalEntity(entity('3'), write('ERP', 'p5:keep'));
  assert.equal(await erp.leaveLegalEntity(entity('3'), write('ERP', 'p5:keep')), 'LEFT');
  await erp.keepInLegalEntity(entity('4'), write('ERP', 'p6:keep'));
  await erp.openSalesOrder({ ...order, ...entity('4') }, write('ERP', 'p6:order'));
  await assert.rejects(erp.openSalesOrder({ ...order, currency: 'USD' }, write('ERP', 'p4:order')));
  await serve({ erp, billing, crm, support });
}

/** A service order that is invoiced and credited, and a return. */
async function serve({ erp, crm, support }: Systems): Promise<void> {
  const customerId = erpCustomer;
  const { id: serviceOrderId } = await erp.openServiceOrder(
    {
      customerId,
      legalEntityId: id<'LegalEntity'>('2'),
      currency: 'EUR',
      caseId,
      assetSerialNumber: id<'SerialNumber'>('SN-1001-02-01'),
      dispatchOn: day(clock),
      billable: true,
      lines: [{ sku: id<'Sku'>('GDS-CABLE-5M'), quantity: 2 }],
    },
    write('ERP', 'p7:order'),
  );
  const visit = { customerId, serviceOrderId, on: day(clock), title: 'Mend it' };
  await erp.dispatchTechnician(visit, write('ERP', 'p7:visit'));
  await erp.recallTechnician({ customerId }, write('ERP', 'p7:visit'));
  await erp.invoiceServiceOrder({ customerId, serviceOrderId }, write('ERP', 'p7:invoice'));
  await erp.creditServiceInvoice({ customerId }, write('ERP', 'p7:invoice'));
  await support.noteCase({ caseId: id<'Case'>(caseId), text: 'A technician comes' }, write('SUPPORT', 'p7:note'));
  await crm.noteActivity({ accountId: account, subject: 'Service', text: 'Mended' }, write('CRM', 'p7:told'));
  const [delivered] = await erp.salesOrders([id(String(keys.netsuite.salesOrder(0, 1)))], call());
  const [line] = delivered?.lines ?? [];
  assert.ok(delivered && line);
  const lines = [{ position: line.position, sku: line.sku, quantity: 1, reason: 'too many' }];
  const back = await erp.authorizeReturn(
    { customerId, salesOrderId: delivered.id, restock: true, lines },
    write('ERP', 'p8:return'),
  );
  await erp.creditReturn({ customerId, returnId: back.id }, write('ERP', 'p8:credit'));
}

/** What the systems say of one customer; when they were asked is left out. */
async function view({ erp, billing, crm, support }: Systems): Promise<unknown> {
  const list = <Of extends string>(of: Of) => [{ of, first: 100, after: null }];
  const seen = {
    customer: await erp.customers([erpCustomer], call()),
    entities: await erp.legalEntitiesOf([erpCustomer], call()),
    orders: await erp.salesOrdersOf(list(erpCustomer), call()),
    assets: await erp.installedAssetsOf(list(erpCustomer), call()),
    services: await erp.serviceOrdersOfCase([caseId], call()),
    invoices: await erp.invoicesOf(list(erpCustomer), call()),
    returns: await erp.returnsOfOrder([id(String(keys.netsuite.salesOrder(0, 1)))], call()),
    subscriptions: await billing.subscriptionsOf(list(billingCustomer), call()),
    payments: await billing.paymentsOf(list(billingCustomer), call()),
    account: await crm.accounts([account], call()),
    opportunities: await crm.opportunitiesOf(list(account), call()),
    entitlements: await support.entitlementsOf(list(org), call()),
  };
  const plain = (name: string, value: unknown): unknown =>
    name === 'asOf' ? undefined : typeof value === 'bigint' ? String(value) : value;
  return JSON.parse(JSON.stringify(seen, plain));
}

const ledgers = (sandbox: RunningSandbox) =>
  Object.fromEntries(VENDOR_NAMES.map((name: VendorName) => [name, sandbox.ledger(name)]));

test('all four vendors hold after a restart what was written before it, under the same ids', {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-replay-'));
  const journalFile = join(folder, 'journal.ndjson');
  const options = { customers: 60, latency: { minMs: 0, maxMs: 0 }, journalFile, clock };
  const started: RunningSandbox[] = [];
  const start = async (more: SandboxOptions = {}): Promise<RunningSandbox> => {
    const sandbox = await startSandbox({ ...options, ...more });
    started.push(sandbox);
    return sandbox;
  };
  try {
    const first = await start();
    const systems = connect(first);
    const untouched = await view(systems);
    await trade(systems);
    const before = { view: await view(systems), ledgers: ledgers(first) };
    assert.notDeepEqual(before.view, untouched);
    for (const name of VENDOR_NAMES) assert.ok(first.ledger(name).length > 0, `${name} has a ledger`);
    await first.close();

    clock.advance(2 * 86_400_000);
    const again = await start({ credentials: first.credentials });
    assert.equal(again.replayed.refused, 0);
    assert.ok(again.replayed.writes >= 8);
    assert.deepEqual({ view: await view(connect(again)), ledgers: ledgers(again) }, before);

    await again.reset();
    assert.deepEqual(await view(connect(again)), untouched);
    assert.deepEqual(ledgers(again), { salesforce: [], netsuite: [], stripe: [], zendesk: [] });
  } finally {
    for (const sandbox of started) await sandbox.close();
    await rm(folder, { recursive: true });
  }
});
