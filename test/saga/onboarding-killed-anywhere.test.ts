import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newcomer, OPENED } from '../subgraphs/process/support/newcomer.ts';
import { type ActAnswer, ONBOARD } from '../subgraphs/process/support/operations.ts';
import { correlated, type Hub, startHubOfProcesses } from '../subgraphs/process/support/systems.ts';
import { killing, POINTS } from './support/killing.ts';

const STEPS = [
  'register-customer',
  'open-customer-record',
  'open-billing-account',
  'open-crm-account',
  'open-support-org',
  'link-customer',
  'welcome-customer',
] as const;
/** No two are alike, so that none is taken for another. */
const WORDS =
  'Adler Birke Chrom Delta Erle Falke Gneis Hafen Iltis Jade Kiefer Lerche Marder Nebel Opal Pappel Quarz Robbe Salm Tanne'.split(
    ' ',
  );

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses('client');
});
after(() => hub.close());

async function onboardAndKill(
  word: string,
  point: string,
  step: string,
  more: object = {},
): Promise<{ runId: string; hubId: string }> {
  const { onboardCustomer } = await hub.ask<{ onboardCustomer: ActAnswer & { customer: { id: string } } }>(ONBOARD, {
    input: { ...newcomer(word), ...more },
  });
  assert.equal(onboardCustomer.__typename, 'CustomerOnboarding', JSON.stringify(onboardCustomer));
  const runId = onboardCustomer.process.id;
  await killing(hub).killAt(runId, point, step);
  return { runId, hubId: onboardCustomer.customer.id };
}

test('C38 killed at any point of any step, a customer is there once in every system', {
  timeout: 280_000,
}, async () => {
  let nr = 0;
  for (const step of STEPS) {
    const begun: { runId: string; hubId: string }[] = [];
    for (const point of POINTS) {
      begun.push(await onboardAndKill(WORDS[nr] ?? '', point, step));
      nr += 1;
    }
    // Ended before the next: each worker that is killed was busy with what the ones before it left.
    for (const [at, run] of (await killing(hub).finish(begun.map(({ runId }) => runId))).entries()) {
      assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
      assert.deepEqual(hub.effectsOf(run.id), OPENED, `${run.id} ${step}`);
      const [known] = await hub.ports.identity.customers([begun[at]?.hubId as never], correlated);
      assert.equal(known?.links.length, 4, JSON.stringify(known));
    }
  }
});

test('C38 killed while it is being undone, nothing of a customer stays but an inactive record', {
  timeout: 200_000,
}, async () => {
  const begun: { runId: string; hubId: string }[] = [];
  for (const step of ['undo open-crm-account', 'undo open-billing-account', 'undo open-customer-record']) {
    begun.push(await onboardAndKill(WORDS[14 + begun.length] ?? '', 'after-answer', step, { supportTier: 'GOLDEN' }));
  }
  for (const [at, run] of (await killing(hub).finish(begun.map(({ runId }) => runId))).entries()) {
    assert.equal(run.state, 'COMPENSATED', JSON.stringify(run));
    const { netsuite, stripe, zendesk } = hub.effectsOf(run.id);
    assert.deepEqual(
      [netsuite, stripe, zendesk],
      [['customer.opened', 'customer.deactivated'], ['customer.opened', 'customer.deleted'], []],
    );
    assert.deepEqual(await hub.ports.identity.customers([begun[at]?.hubId as never], correlated), [null]);
  }
});
