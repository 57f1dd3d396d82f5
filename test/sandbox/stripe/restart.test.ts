import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import type { SubscriptionDraft } from '../../../subgraphs/billing/model.ts';
import { call, list, writing } from '../../contract/billing.ts';
import { idOf, stripeUnderTest } from '../../subgraphs/billing/stripe-world.ts';

test('after a restart Stripe holds what it held, under the same ids, whatever was refused in between', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stripe-journal-'));
  const journalFile = join(folder, 'journal.jsonl');
  try {
    const first = await stripeUnderTest({ customers: 60, journalFile });
    const [customer] = first.known;
    assert.ok(customer);
    const customerId = id<'BillingCustomer'>(idOf(customer));
    const draft = (quantity: number): SubscriptionDraft => ({
      customerId,
      currency: customer.currency,
      items: [
        { sku: 'SUB-API', quantity: 1 },
        { sku: 'SUB-MOBILE', quantity },
      ],
      contractId: null,
      legalEntityId: '2',
      paymentTerms: 'NET_30',
      salesOrderNumber: null,
    });
    await assert.rejects(first.port.openSubscription(draft(-1), writing())); // takes an id for its first item, then is refused
    const { key } = writing();
    const opened = await first.port.openSubscription(draft(2), writing(key));
    const amendment = {
      subscriptionId: opened.id,
      customerId,
      effectiveOn: new Date().toISOString().slice(0, 10),
      legalEntityId: '4',
      paymentTerms: null,
    };
    await first.port.amend({ ...amendment, items: [{ sku: 'SUB-API', quantity: 5 }] }, writing());
    await first.port.previewAmendment({ ...amendment, items: [{ sku: 'SUB-API', quantity: 6 }] }, call());
    const other = await first.port.openSubscription(draft(3), writing());
    const held = await first.port.subscriptionsOf([list(customerId, 100)], call());
    const { credentials } = first.sandbox;
    await first.sandbox.close();

    const second = await stripeUnderTest({ customers: 60, journalFile, credentials });
    assert.deepEqual(await second.port.subscriptionsOf([list(customerId, 100)], call()), held);
    assert.equal((await second.port.openSubscription(draft(2), writing(key))).id, opened.id);
    const next = await second.port.openSubscription(draft(4), writing());
    assert.ok(next.id !== opened.id && next.id !== other.id);
    await second.port.revertAmendment({ before: opened }, writing());
    const [reverted] = await second.port.subscriptions([opened.id], call());
    assert.deepEqual(reverted?.items.map(({ sku, quantity }) => `${sku}:${quantity}`).sort(), [
      'SUB-API:1',
      'SUB-MOBILE:2',
    ]);
    await second.sandbox.reset();
    const [seeded] = await second.port.subscriptionsOf([list(customerId, 100)], call());
    assert.ok(seeded?.entries.every((one) => one.id !== opened.id));
    await second.sandbox.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
