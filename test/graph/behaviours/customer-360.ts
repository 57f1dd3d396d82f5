import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestHub } from '../../support/hub.ts';
import { CUSTOMER_360, CUSTOMERS_360 } from './queries.ts';
import { customerWith, FIRST_OF_PAGE, freshCustomer } from './world.ts';

interface Customer {
  readonly id: string;
  readonly legalName: string;
  readonly salesOrders: {
    readonly nodes: readonly { number: string; lines: readonly { product: { name: string } | null }[] }[];
  } | null;
  readonly invoices: { readonly nodes: readonly unknown[] } | null;
  readonly subscriptions: { readonly nodes: readonly { status: string }[] } | null;
  readonly contacts: { readonly nodes: readonly { name: string }[] } | null;
  readonly cases: { readonly nodes: readonly unknown[] } | null;
  readonly entitlements: { readonly nodes: readonly { overLicensed: boolean }[] } | null;
  readonly collections: { readonly failedPayments: number } | null;
  readonly observedByCrm: readonly { field: string; value: string }[] | null;
}

/** Reading a customer across all systems. */
export function customer360(hub: () => TestHub): void {
  test('one query answers for a customer across ERP, billing, CRM and support', async () => {
    const expected = freshCustomer();
    const { data, errors } = await hub().ask(CUSTOMER_360, { id: expected.hubId });
    assert.deepEqual(errors, []);
    const customer = data.customer as Customer;
    assert.equal(customer.id, expected.hubId);
    assert.equal(customer.legalName, expected.legalName);
    assert.equal(customer.salesOrders?.nodes.length, Math.min(5, expected.orders.length));
    assert.ok(customer.salesOrders?.nodes.every(({ lines }) => lines.every(({ product }) => product !== null)));
    assert.equal(customer.invoices?.nodes.length, Math.min(5, expected.invoices.length));
    assert.equal(customer.subscriptions?.nodes.length, Math.min(5, expected.subscriptions.length));
    assert.deepEqual(
      customer.contacts?.nodes.map(({ name }) => name).sort(),
      expected.contacts
        .map(({ firstName, lastName }) => `${firstName} ${lastName}`)
        .sort()
        .slice(0, 5),
    );
    assert.equal(customer.cases?.nodes.length, Math.min(5, expected.cases.length));
    assert.equal(customer.entitlements?.nodes.length, Math.min(5, expected.entitlements.length));
  });

  test('it costs at most one call per system, kind of record and hop, besides the lists of Stripe', async () => {
    const { hubId } = freshCustomer();
    await hub().ask(CUSTOMER_360, { id: freshCustomer().hubId }); // sign-in and the catalogue are not part of the question
    hub().sandbox.clearCalls();
    await hub().ask(CUSTOMER_360, { id: hubId });
    const calls = countCalls(hub());
    assert.deepEqual(
      {
        salesforce: calls.salesforce,
        netsuite: calls.netsuite <= 2,
        zendesk: calls.zendesk <= 3,
        stripe: calls.stripe <= 5,
      },
      { salesforce: 1, netsuite: true, zendesk: true, stripe: true },
      JSON.stringify(
        hub()
          .sandbox.calls()
          .map(({ vendor, method, path, body }) => `${vendor} ${method} ${path} ${body.slice(0, 120)}`),
        null,
        1,
      ),
    );
  });

  test('fifty customers cost no more calls than one, besides the lists of Stripe', async () => {
    hub().sandbox.clearCalls();
    const { data, errors } = await hub().ask(CUSTOMERS_360, { first: 50, after: `C-${10_000 + FIRST_OF_PAGE}` });
    assert.deepEqual(errors, []);
    assert.equal((data.customers as { nodes: unknown[] }).nodes.length, 50);
    const nodes = (data.customers as { nodes: Customer[] }).nodes;
    const cases = nodes.reduce((sum, customer) => sum + (customer.cases?.nodes.length ?? 0), 0); // their SLA is read by the hundred
    const calls = countCalls(hub());
    const log = JSON.stringify(
      hub()
        .sandbox.calls()
        .map(({ vendor, method, path, query }) => `${vendor} ${method} ${path}?${query}`),
      null,
      1,
    );
    assert.ok(calls.salesforce <= 2, `salesforce ${calls.salesforce}: ${log}`);
    assert.ok(calls.netsuite <= 3, `netsuite ${calls.netsuite}: ${log}`);
    assert.ok(calls.zendesk <= 3 + Math.ceil(cases / 100), `zendesk ${calls.zendesk}: ${log}`);
    assert.ok(calls.stripe <= 50 * 5, `stripe ${calls.stripe}`);
  });

  test('asked again at once, nothing goes over the wire, and the answer says so', async () => {
    const { hubId } = freshCustomer();
    const first = await hub().ask(CUSTOMER_360, { id: hubId });
    hub().sandbox.clearCalls();
    const again = await hub().ask(CUSTOMER_360, { id: hubId });
    assert.equal(hub().sandbox.calls().length, 0);
    assert.deepEqual(again.data, first.data);
    const sources = again.extensions.sources as readonly { system: string; state: string; asOf: string }[];
    assert.deepEqual(
      sources
        .filter(({ system }) => system !== 'HUB')
        .map(({ system, state }) => `${system} ${state}`)
        .sort(),
      ['BILLING CACHED', 'CRM CACHED', 'ERP CACHED', 'SUPPORT CACHED'],
    );
    for (const { asOf } of sources) if (asOf) assert.ok(Date.parse(asOf) <= Date.now());
  });

  test('a customer that only the CRM knows has null sections and no error, and nobody else is asked', async () => {
    const { hubId } = customerWith('prospect');
    hub().sandbox.clearCalls();
    const { data, errors } = await hub().ask(CUSTOMER_360, { id: hubId });
    assert.deepEqual(errors, []);
    const customer = data.customer as Customer;
    assert.equal(customer.legalName, null);
    assert.equal(customer.subscriptions, null);
    assert.notEqual(customer.contacts, null);
    assert.deepEqual(
      [
        ...new Set(
          hub()
            .sandbox.calls()
            .map(({ vendor }) => vendor),
        ),
      ],
      ['salesforce'],
    );
  });

  test("a legal name on which CRM and ERP disagree is the ERP's, and the CRM's is shown as observed", async () => {
    const expected = customerWith('name-disagrees');
    const { data } = await hub().ask(CUSTOMER_360, { id: expected.hubId });
    const customer = data.customer as Customer;
    assert.equal(customer.legalName, expected.legalName);
    assert.equal(customer.observedByCrm?.find(({ field }) => field === 'Customer.legalName')?.value, expected.crmName);
  });

  test('over-licensed customers and failed payments are seen as such', async () => {
    const over = await hub().ask(CUSTOMER_360, { id: customerWith('over-licensed').hubId });
    assert.ok((over.data.customer as Customer).entitlements?.nodes.some(({ overLicensed }) => overLicensed));
    const failed = await hub().ask(CUSTOMER_360, { id: customerWith('failed-payment').hubId });
    assert.ok(((failed.data.customer as Customer).collections?.failedPayments ?? 0) > 0);
  });

  test("a merged customer's old id resolves to the survivor", async () => {
    const merged = customerWith('merged-away');
    const { data } = await hub().ask('query ($id: ID!) { customer(id: $id) { id mergedIds } }', { id: merged.hubId });
    const customer = data.customer as { id: string; mergedIds: string[] };
    assert.equal(customer.id, `C-${10001 + (merged.mergedIntoIndex ?? -1)}`);
    assert.ok(customer.mergedIds.includes(merged.hubId));
  });

  test('an unknown customer is null without an error', async () => {
    const { data, errors } = await hub().ask(CUSTOMER_360, { id: 'C-99999999' });
    assert.deepEqual({ data, errors }, { data: { customer: null }, errors: [] });
  });

  test('from an invoice the graph leads to the customer and on to every system', async () => {
    const { hubId } = freshCustomer();
    const { data } = await hub().ask('query ($id: ID!) { customer(id: $id) { invoices(first: 1) { nodes { id } } } }', {
      id: hubId,
    });
    const invoice = (data.customer as { invoices: { nodes: { id: string }[] } }).invoices.nodes[0];
    const onward = await hub().ask(
      'query ($id: ID!) { invoice(id: $id) { number customer { id displayName subscriptions(first: 1) { nodes { id } } cases(first: 1) { nodes { id } } } } }',
      { id: invoice?.id },
    );
    assert.deepEqual(onward.errors, []);
    assert.equal((onward.data.invoice as { customer: { id: string } }).customer.id, hubId);
  });
}

/** Requests per vendor; sign-in and the further pages of one list are left out. */
function countCalls(hub: TestHub): Record<'salesforce' | 'netsuite' | 'stripe' | 'zendesk', number> {
  const counts = { salesforce: 0, netsuite: 0, stripe: 0, zendesk: 0 };
  for (const { vendor, path, query } of hub.sandbox.calls()) {
    if (!/token/.test(path) && !/(^|&)(page=([2-9]|\d\d)|page%5Bafter%5D)/.test(query)) counts[vendor] += 1;
  }
  return counts;
}
