import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYTHING_IN_ONE_PAGE, linesInOrder, ofAccount, walkAccount } from '../../../bench/load/account-walk.ts';
import { netsuite } from '../../../sandbox/data/keys.ts';
import { largeAccount } from '../../../sandbox/data/large-account.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import type { TestHub } from '../../support/hub.ts';
import { world } from './world.ts';

const NEWEST = `query ($id: ID!) { customer(id: $id) { invoices(first: 1) { nodes { id lines(first: 100) { nodes { sku netAmount { amount } } } } } } }`;

/** Somebody in support; operators may ask for ten times as much at once. */
const READER = 'support';

/** An account with 10,000 invoice lines. */
export function accountWithManyLines(hub: () => TestHub): void {
  test('D06 10,000 invoice lines walked by 100 come each once and in order, also while an invoice is added; all in one page are refused', async () => {
    const account = largeAccount(world);
    const { customer } = account;
    const { sandbox } = hub();
    const setUp = await fetch(`${sandbox.url.control}/scenario/large-account`, { method: 'POST' });
    assert.equal(setUp.status, 200, await setUp.text());

    sandbox.clearCalls();
    let pages = 0;
    const walked = await walkAccount(customer.hubId, async (query, variables) => {
      pages += 1;
      if (pages === 10) await invoiceAnOrder(hub(), customer);
      const { data, errors } = await hub().ask(query, variables, READER);
      assert.deepEqual(errors, []);
      return data;
    });
    assert.deepEqual(ofAccount(walked, account), linesInOrder(account));
    assert.equal(new Set(walked.map(({ name }) => name)).size, walked.length, 'nothing is told twice');
    assert.ok(pages >= 100 && pages <= 110, `${pages} pages`);
    const calls = sandbox.calls().filter(({ path }) => path.includes('/suiteql'));
    assert.ok(calls.length <= 2 * pages + 5, `${calls.length} calls for ${pages} pages`); // products are asked for once, and whoever is asked the first time

    const newest = await hub().ask<{
      customer: { invoices: { nodes: { id: string; lines: { nodes: unknown[] } }[] } };
    }>(NEWEST, { id: customer.hubId }, READER);
    const [added] = newest.data.customer.invoices.nodes;
    assert.ok(added && added.lines.nodes.length > 0);
    assert.ok(!walked.some(({ name }) => name.startsWith(`${added.id}/`)), 'it is newer than where the walk was');

    sandbox.clearCalls();
    for (const query of EVERYTHING_IN_ONE_PAGE) {
      const variables = { customer: customer.hubId, invoice: String(netsuite.largeInvoice(0)) };
      const { status, errors } = await hub().ask(query, variables, READER);
      assert.deepEqual([status, errors[0]?.extensions.code], [400, 'COST_ESTIMATED_TOO_EXPENSIVE'], query);
    }
    assert.deepEqual(sandbox.calls(), [], 'nobody was asked');
  });
}

/** Somebody in the ERP invoices an order of the customer today. */
async function invoiceAnOrder({ sandbox }: TestHub, { index, orders }: WorldCustomer): Promise<void> {
  const nth = orders.findIndex(({ status }) => /^(PENDING|PARTIALLY)_/.test(status));
  assert.ok(nth >= 0, 'an order of the customer is still to be invoiced');
  const { status, body } = await sandbox.asPerson({
    vendor: 'netsuite',
    method: 'POST',
    path: `/services/rest/record/v1/salesOrder/${netsuite.salesOrder(index, nth)}/!transform/invoice`,
    body: { externalId: 'added-meanwhile' },
  });
  assert.equal(status, 204, body);
}
