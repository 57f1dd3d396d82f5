import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Call, WriteCall } from '../../platform/call.ts';
import { systemClock } from '../../platform/clock.ts';
import { readAll } from '../../platform/config.ts';
import { id } from '../../platform/ids.ts';
import { silentLog } from '../../platform/log.ts';
import { money } from '../../platform/money.ts';
import type { Page } from '../../platform/page.ts';
import type { ScanPage } from '../../platform/port/scan.ts';
import { createWorld } from '../../sandbox/data/generate.ts';
import { netsuite, salesforce, stripe, zendesk } from '../../sandbox/data/keys.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/start.ts';
import { systemConnectors } from '../../subgraphs/process/connect.ts';
import { NO_DEADLINE } from '../support/no-deadline.ts';

const SIZE = 130;
const call: Call = { correlationId: 'scan', signal: NO_DEADLINE, work: 'BACKGROUND' };
const writing = (key: string, actingFor: string): WriteCall => ({ ...call, key, actingFor });

let sandbox: RunningSandbox;
let systems: ReturnType<typeof connected>;
const connected = (env: Readonly<Record<string, string>>) =>
  readAll(systemConnectors(env, { clock: systemClock, log: silentLog, cache: null }));
const world = createWorld({ seed: 1, size: SIZE, today: new Date().toISOString().slice(0, 10) });
const customers = [...world.customers()];

before(async () => {
  sandbox = await startSandbox({ customers: SIZE, latency: { minMs: 0, maxMs: 0 } });
  systems = connected(sandbox.environment);
});
after(() => sandbox.close());

/** Everything that a scan tells, in pages of `first`. */
async function all<T>(scan: (page: ScanPage) => Promise<Page<T>>, first: number): Promise<T[]> {
  const entries: T[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const page: Page<T> = await scan({ first, after });
    assert.ok(page.entries.length <= first);
    entries.push(...page.entries);
    more = page.hasMore;
    after = page.endCursor;
  }
  return entries;
}

test('a scan tells every record once, however long its pages are', async () => {
  const { erp, billing, crm, support } = systems;
  const scans: Record<string, [(page: ScanPage) => Promise<Page<unknown>>, number]> = {
    erp: [(page) => erp.scanCustomers(page, call), customers.filter(({ known }) => known.erp).length],
    crm: [(page) => crm.scanAccounts(page, call), SIZE],
    billing: [(page) => billing.scanCustomers(page, call), customers.filter(({ known }) => known.billing).length],
    support: [(page) => support.scanOrgs(page, call), customers.filter(({ known }) => known.support).length],
    rights: [
      (page) => support.scanEntitlements(page, call),
      customers.reduce((sum, { entitlements }) => sum + entitlements.length, 0),
    ],
    payments: [
      (page) => billing.scanPayments({ ...page, since: '2000-01-01' }, call),
      customers.reduce((sum, { payments }) => sum + payments.length, 0),
    ],
  };
  for (const [name, [scan, expected]] of Object.entries(scans)) {
    const few = await all(scan, 17);
    assert.equal(few.length, expected, name);
    assert.deepEqual(await all(scan, 100), few, name);
  }
});

test('the books of a customer hold orders, invoices and payments with what they came from', async () => {
  const books = await all((page) => systems.erp.scanBooks(page, call), 50);
  const byCustomer = new Map(books.map((one) => [one.customerId as string, one]));
  for (const customer of customers.filter(({ known }) => known.erp)) {
    const own = byCustomer.get(String(netsuite.customer(customer.index)));
    const kinds = (kind: string) => (own?.documents ?? []).filter((one) => one.kind === kind);
    assert.equal(kinds('ORDER').length, customer.orders.length);
    assert.equal(kinds('INVOICE').length, customer.invoices.length);
    assert.equal(kinds('PAYMENT').length, customer.payments.filter(({ status }) => status === 'SUCCEEDED').length);
    customer.invoices.forEach((invoice, at) => {
      const held = kinds('INVOICE').find((one) => one.id === String(netsuite.invoice(customer.index, at)));
      const from = invoice.order === null ? null : String(netsuite.salesOrder(customer.index, invoice.order));
      assert.equal(held?.from, from);
      assert.equal(held?.state, invoice.status === 'VOIDED' ? 'VOID' : 'POSTED');
      assert.equal(held?.amount.minor, BigInt(invoice.total));
    });
    assert.equal(
      own?.reached.includes('ORDER_ACCEPTED') ?? false,
      customer.orders.some(({ status }) => status !== 'CANCELLED'),
    );
  }
});

test('billing tells the subscriptions that run, with what a month of each item costs', async () => {
  const records = await all((page) => systems.billing.scanCustomers(page, call), 100);
  const [first] = customers;
  const held = records.find(({ externalId }) => externalId === stripe.customer(0));
  const running = first?.subscriptions.filter(({ status }) => status !== 'CANCELLED') ?? [];
  assert.deepEqual(
    held?.subscriptions.map(({ items }) => items.map(({ sku, quantity }) => ({ sku, quantity }))).toSorted(bySku),
    running.map(({ items }) => items).toSorted(bySku),
  );
});

const bySku = (a: readonly { sku: string }[], b: readonly { sku: string }[]) =>
  (a[0]?.sku ?? '') < (b[0]?.sku ?? '') ? -1 : 1;

test('what is deleted in a system is told as deleted, where the system tells it', async () => {
  const account = salesforce.account(21);
  sandbox.edit('salesforce', { record: 'Account', id: account, remove: true });
  sandbox.edit('netsuite', { record: 'customer', id: String(netsuite.customer(22)), set: { isinactive: 'T' } });
  sandbox.edit('zendesk', { record: 'organization', id: String(zendesk.organization(23)), remove: true });
  const { erp, crm, support } = systems;
  const accounts = await all((page) => crm.scanAccounts(page, call), 100);
  assert.equal(accounts.find(({ externalId }) => externalId === account)?.state, 'DELETED');
  const merged = customers.find(({ mergedIntoIndex }) => mergedIntoIndex !== null);
  assert.equal(accounts.find(({ hubId }) => hubId === merged?.hubId)?.state, 'MERGED');
  const inErp = await all((page) => erp.scanCustomers(page, call), 100);
  assert.equal(inErp.find(({ hubId }) => hubId === customers[22]?.hubId)?.state, 'DELETED');
  const orgs = await all((page) => support.scanOrgs(page, call), 100);
  assert.ok(!orgs.some(({ hubId }) => hubId === customers[23]?.hubId));
});

test('copies are corrected, and a second record gives its hub id back', async () => {
  const { billing, crm, support, erp } = systems;
  const address = { street: 'Am Ufer 1', city: 'Kiel', region: null, postalCode: '24103', country: 'DE' };
  const values = { 'Customer.legalName': 'Nordlicht GmbH', 'Customer.billingAddress': address };
  const at = 35;
  await crm.correctCopy({ externalId: salesforce.account(at), values }, writing('k1', 'CRM'));
  await billing.correctCopy({ externalId: stripe.customer(at), values }, writing('k2', 'BILLING'));
  await support.correctCopy({ externalId: String(zendesk.organization(at)), values }, writing('k3', 'SUPPORT'));
  sandbox.edit('stripe', { record: 'customer', id: stripe.customer(36), copy: true });
  const second = (await all((page) => billing.scanCustomers(page, call), 100)).filter(
    ({ hubId }) => hubId === customers[36]?.hubId,
  );
  const extra = second.find(({ subscriptions }) => subscriptions.length === 0);
  assert.equal(second.length, 2);
  await billing.releaseCustomer({ customerId: id(extra?.externalId ?? '') }, writing('k4', 'BILLING'));
  const held = {
    crm: (await all((page) => crm.scanAccounts(page, call), 100))[at]?.values,
    billing: (await all((page) => billing.scanCustomers(page, call), 100)).find(
      ({ externalId }) => externalId === stripe.customer(at),
    )?.values,
    support: (await all((page) => support.scanOrgs(page, call), 100)).find(
      ({ externalId }) => externalId === String(zendesk.organization(at)),
    )?.values,
  };
  assert.deepEqual(held.crm?.['Customer.billingAddress'], address);
  assert.equal(held.crm?.['Customer.legalName'], 'Nordlicht GmbH');
  assert.deepEqual(held.billing?.['Customer.billingAddress'], address);
  assert.equal(held.billing?.['Customer.legalName'], 'Nordlicht GmbH');
  assert.equal(held.support?.['Customer.legalName'], 'Nordlicht GmbH');
  const left = (await all((page) => billing.scanCustomers(page, call), 100)).filter(
    ({ hubId }) => hubId === customers[36]?.hubId,
  );
  assert.deepEqual(
    left.map(({ externalId }) => externalId),
    [stripe.customer(36)],
  );
  assert.ok(erp);
});

test('a payment is booked once, and again with another amount is corrected', async () => {
  const customerId = id<'ErpCustomer'>(netsuite.customer(0));
  const payment = { customerId, paymentId: 'ch_new', amount: money(12_345, 'EUR'), paidOn: '2026-11-01' };
  const { erp } = systems;
  await erp.postPayment(payment, writing('p1', 'ERP'));
  await erp.postPayment(payment, writing('p2', 'ERP'));
  await erp.postPayment({ ...payment, amount: money(12_346, 'EUR') }, writing('p3', 'ERP'));
  const posted = sandbox.ledger('netsuite').filter(({ businessKey }) => businessKey === 'payment:ch_new');
  assert.deepEqual(
    posted.map(({ effect, details }) => [effect, details.total]),
    [
      ['customer-payment.posted', '123.45'],
      ['customer-payment.changed', '123.46'],
    ],
  );
  const [books] = (await erp.scanBooks({ first: 1, after: null }, call)).entries;
  const held = books?.documents.find(({ reference }) => reference === 'ch_new');
  assert.equal(held?.amount.minor, 12_346n);
});

test('an invoice that was posted twice is credited once under a key', async () => {
  const { erp } = systems;
  const at = customers.findIndex(({ invoices }) => invoices.some(({ order }) => order !== null));
  const nth = customers[at]?.invoices.findIndex(({ order }) => order !== null) ?? 0;
  const original = netsuite.invoice(at, nth);
  const total = Number(customers[at]?.invoices[nth]?.total) / 100;
  sandbox.edit('netsuite', {
    ...{ record: 'transaction', id: String(original), copy: true },
    set: { status: 'A', foreignamountunpaid: total, tranid: 'INV-AGAIN' },
  });
  const booksOf = async () =>
    (await all((page) => erp.scanBooks(page, call), 100)).find(
      ({ customerId }) => customerId === String(netsuite.customer(at)),
    )?.documents ?? [];
  const twice = (await booksOf()).find(({ number }) => number === 'INV-AGAIN');
  assert.equal(twice?.from, (await booksOf()).find((one) => one.id === String(original))?.from);
  const about = { customerId: id<'ErpCustomer'>(netsuite.customer(at)), invoiceId: id<'Invoice'>(twice?.id ?? '') };
  await erp.creditInvoice(about, writing('c1', 'ERP'));
  await erp.creditInvoice(about, writing('c1', 'ERP'));
  const credits = (await booksOf()).filter(({ kind, from }) => kind === 'CREDIT_NOTE' && from === twice?.id);
  assert.equal(credits.length, 1);
});
