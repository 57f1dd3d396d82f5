import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ActAnswer, MERGE, UNMERGE } from '../subgraphs/process/support/operations.ts';
import { correlated, type Hub, startHubOfProcesses } from '../subgraphs/process/support/systems.ts';
import { killing, POINTS } from './support/killing.ts';

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses('client');
});
after(() => hub.close());

const known = async (id: string) => (await hub.ports.identity.customers([id as never], correlated))[0];

test('C38 killed at any point of any step, a merge ends with one customer, and taken back with two', {
  timeout: 240_000,
}, async () => {
  for (const point of POINTS) {
    for (const step of ['update-billing-contact', 'merge-in-register', 'note-merge']) {
      const [survivorId, mergedId] = [hub.freshCustomer('EUR').hubId, hub.freshCustomer('EUR').hubId];
      const before = [await known(survivorId), await known(mergedId)];
      const input = {
        idempotencyKey: `merge ${step} ${point}`,
        survivorId,
        mergedId,
        fieldsFromMerged: ['BILLING_EMAIL'],
      };
      const { mergeCustomers } = await hub.ask<{ mergeCustomers: ActAnswer }>(MERGE, { input });
      assert.equal(mergeCustomers.__typename, 'CustomersMergeAccepted', JSON.stringify(mergeCustomers));
      await killing(hub).killAt(mergeCustomers.process.id, point, step);
      const [run] = await killing(hub).finish([mergeCustomers.process.id]);
      assert.equal(run?.state, 'COMPLETED', JSON.stringify(run));
      assert.equal((await known(mergedId))?.id, survivorId);
      const effects = hub.effectsOf(mergeCustomers.process.id);
      assert.deepEqual([effects.stripe, effects.salesforce.length], [['customer.updated'], 1], step);
      if (step !== 'merge-in-register') continue;
      const apart = { idempotencyKey: `unmerge ${point}`, mergedId };
      const { unmergeCustomers } = await hub.ask<{ unmergeCustomers: ActAnswer }>(UNMERGE, { input: apart });
      await killing(hub).killAt(unmergeCustomers.process.id, point, 'unmerge-in-register');
      const [back] = await killing(hub).finish([unmergeCustomers.process.id]);
      assert.equal(back?.state, 'COMPLETED', JSON.stringify(back));
      const ids = [await known(survivorId), await known(mergedId)].map((one) => [one?.id, one?.externalIdBySystem]);
      assert.deepEqual(
        ids,
        before.map((one) => [one?.id, one?.externalIdBySystem]),
      );
    }
  }
});
