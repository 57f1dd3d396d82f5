import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import { money } from '../../../platform/money.ts';
import type { Subscription } from '../../../subgraphs/billing/model.ts';
import { monthlyCharge, schedule } from '../../../subgraphs/billing/schedule.ts';

const subscription = (renewsOn: string | null, startedOn: string): Subscription => ({
  id: id('sub_1'),
  customerId: id('cus_1'),
  status: 'ACTIVE',
  currency: 'EUR',
  items: [
    { id: 'si_1', sku: 'A', quantity: 3, unitPrice: money(1099, 'EUR') },
    { id: 'si_2', sku: 'B', quantity: 0, unitPrice: money(5, 'EUR') },
  ],
  startedOn,
  currentTermStartsOn: startedOn,
  currentTermEndsOn: renewsOn ?? startedOn,
  renewsOn,
  cancelledOn: null,
  contractId: null,
  legalEntityId: null,
  paymentTerms: null,
  reference: null,
  agreedTerm: null,
  metered: [],
});

test('a year of charges is shown, each of a full month', () => {
  const charges = schedule(subscription('2026-12-15', '2025-06-15'));
  assert.equal(charges.length, 12);
  assert.deepEqual(charges[0], { dueOn: '2026-12-15', amount: money(3297, 'EUR') });
  assert.equal(charges[1]?.dueOn, '2027-01-15');
  assert.equal(charges[11]?.dueOn, '2027-11-15');
  assert.deepEqual(monthlyCharge(subscription(null, '2026-01-01')), money(3297, 'EUR'));
});

const DUE: readonly [renewsOn: string, startedOn: string, expected: readonly string[]][] = [
  ['2027-01-31', '2026-01-31', ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30']],
  ['2027-02-28', '2026-01-31', ['2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31']],
  ['2027-02-28', '2026-01-29', ['2027-02-28', '2027-03-29', '2027-04-29', '2027-05-29']],
  ['2028-02-29', '2026-05-29', ['2028-02-29', '2028-03-29', '2028-04-29', '2028-05-29']],
  ['2027-02-28', '2026-02-28', ['2027-02-28', '2027-03-28', '2027-04-28', '2027-05-28']],
];
for (const [renewsOn, startedOn, expected] of DUE) {
  test(`begun on ${startedOn} and renewed on ${renewsOn}, charges fall due on ${expected.join(', ')}`, () => {
    const due = schedule(subscription(renewsOn, startedOn)).map((charge) => charge.dueOn);
    assert.deepEqual(due.slice(0, 4), expected);
  });
}

test('what will not renew has no charges to come', () => {
  assert.deepEqual(schedule(subscription(null, '2026-01-31')), []);
});
