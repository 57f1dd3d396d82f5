import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NumberedEntry } from '../../sandbox/core/ledger.ts';
import type { VendorName } from '../../sandbox/core/vendor.ts';
import { check, told } from './check.ts';
import type { Acknowledgement, Evidence, JournaledStep } from './evidence.ts';

const entry = (effect: string, id: string, businessKey: string | null, details = {}): NumberedEntry => ({
  sequence: 1,
  at: '2027-01-31T08:15:00.000Z',
  effect,
  id,
  businessKey,
  idempotencyKey: null,
  details,
});
const order = (id: string) => entry('sales-order.opened', id, 'prc_1:open-sales-order');
const step = (name: string, state: string, error: string | null = null): JournaledStep => ({
  runId: 'prc_1',
  name,
  state,
  error,
});
const accepted: Acknowledgement = {
  at: '2027-01-31T08:15:00.000Z',
  act: 'submitOrder',
  principal: 'key_1',
  idempotencyKey: 'order 1',
  answer: 'ACCEPTED',
  processId: 'prc_1',
  correlationId: 'cor_1',
};
const none: Record<VendorName, NumberedEntry[]> = { netsuite: [], stripe: [], zendesk: [], salesforce: [] };

/** An order that was accepted, done and audited as it should be. */
const sound: Evidence = {
  acknowledgements: [accepted],
  ledgers: { ...none, netsuite: [order('7001')] },
  runs: [
    {
      id: 'prc_1',
      kind: 'submit-order',
      state: 'COMPLETED',
      principalId: 'key_1',
      idempotencyKey: 'order 1',
      correlationId: 'cor_1',
    },
  ],
  steps: [step('open-sales-order', 'DONE')],
  openExceptions: new Set(),
  audited: [{ act: 'submitOrder', principal: 'key_1', correlationId: 'cor_1' }],
};
const ending = (state: string): Evidence['runs'] => sound.runs.map((run) => ({ ...run, state }));

test('a sound run has no breach', () => {
  assert.deepEqual(check(sound), []);
});

test('an order that was undone, and one that stays for a reason, are sound', () => {
  const undone: Evidence = {
    ...sound,
    runs: ending('COMPENSATED'),
    // the vendor's cancellation carries no key
    ledgers: { ...none, netsuite: [order('7001'), entry('sales-order.cancelled', '7001', null)] },
    steps: [step('open-sales-order', 'UNDONE')],
  };
  assert.deepEqual(check(undone), []);
  const stays: Evidence = {
    ...undone,
    ledgers: sound.ledgers,
    steps: [step('open-sales-order', 'DONE', 'it is in the books')],
  };
  assert.deepEqual(check(stays), []);
});

const PLANTED: readonly { what: string; evidence: Partial<Evidence>; found: RegExp }[] = [
  {
    what: 'a double order',
    evidence: { ledgers: { ...none, netsuite: [order('7001'), order('7002')] } },
    found: /^I1 prc_1 .*netsuite holds 2 of one sales order/,
  },
  {
    what: 'a double right for one product, though another product has one too',
    evidence: {
      ledgers: {
        ...none,
        zendesk: ['SEAT', 'SEAT', 'STORAGE'].map((sku, nr) =>
          entry('entitlement.granted', String(nr), 'prc_1:grant-entitlement', { sku }),
        ),
      },
    },
    found: /^I1 prc_1 .*2 of one entitlement .*SEAT/,
  },
  {
    what: 'an effect that the checker was never told of',
    evidence: { ledgers: { ...none, stripe: [entry('coupon.given', 'co_1', 'prc_1:give-coupon')] } },
    found: /^I1 prc_1 .*does not know how stripe coupon.given counts/,
  },
  { what: 'a lost acceptance', evidence: { runs: [], steps: [] }, found: /^I2 prc_1 .*the journal does not know it/ },
  {
    what: 'an acceptance without a process',
    evidence: { acknowledgements: [{ ...accepted, processId: null }] },
    found: /^I2 - .*without a process/,
  },
  {
    what: 'one key with two processes',
    evidence: { acknowledgements: [accepted, { ...accepted, processId: 'prc_2' }] },
    found: /^I2 prc_2 .*was answered with prc_1, and with prc_2/,
  },
  { what: 'a process that never ends', evidence: { runs: ending('RUNNING') }, found: /^I2 prc_1 .*it is RUNNING/ },
  {
    what: 'an exception that nobody can see',
    evidence: { runs: ending('EXCEPTION') },
    found: /^I2 prc_1 .*nobody can see/,
  },
  {
    what: 'a completed process with a step that failed',
    evidence: { steps: [step('open-sales-order', 'FAILED')] },
    found: /^I3 prc_1 .*completed, with open-sales-order FAILED/,
  },
  {
    what: 'a compensated process whose order stands',
    evidence: { runs: ending('COMPENSATED'), steps: [step('open-sales-order', 'UNDONE')] },
    found: /^I3 prc_1 .*netsuite still holds sales order/,
  },
  {
    what: 'a compensated process with a step that was left as it is',
    evidence: { runs: ending('COMPENSATED'), ledgers: none, steps: [step('open-sales-order', 'DONE')] },
    found: /^I3 prc_1 .*no reason why it stays/,
  },
  { what: 'an act without a record', evidence: { audited: [] }, found: /^I11 prc_1 .*has 0 records/ },
  {
    what: 'an act under another name',
    evidence: { audited: [{ act: 'submitOrder', principal: 'key_2', correlationId: 'cor_1' }] },
    found: /^I11 prc_1 .*audited for key_2 instead of key_1/,
  },
];

for (const { what, evidence, found } of PLANTED) {
  test(`${what} is found`, () => {
    const lines = check({ ...sound, ...evidence }).map(told);
    assert.ok(
      lines.some((line) => found.test(line)),
      lines.join('\n') || 'nothing was found',
    );
  });
}
