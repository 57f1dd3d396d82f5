import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NumberedEntry } from '../../sandbox/core/ledger.ts';
import type { VendorName } from '../../sandbox/core/vendor.ts';
import { check, told } from './check.ts';
import type { Acknowledgement, Evidence, JournaledStep, Remedied, ToldEvents, WrittenEvent } from './evidence.ts';
import { owedBy } from './told-by-processes.ts';

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
const remedy = (resolution: string, by: string | null = 'key_9'): Remedied => ({
  runId: 'prc_1',
  step: 'open-sales-order',
  resolution,
  by,
});
const event = (eventId: string, name = 'OrderAccepted'): WrittenEvent => ({
  eventId,
  name,
  orderKey: 'customer:C-1',
  says: '{"customerId": "C-1"}',
});
const ACCEPTED = event('prc_1:OrderAccepted:sales-order:7001');
const PAID = event('stripe:evt_1', 'PaymentSettled');
const reaching = (sink: string, ...ids: readonly string[]) => ids.map((eventId) => ({ sink, eventId, body: eventId }));
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

const RUN: Evidence['runs'][number] = {
  id: 'prc_1',
  kind: 'submit-order',
  state: 'COMPLETED',
  principalId: 'key_1',
  idempotencyKey: 'order 1',
  correlationId: 'cor_1',
  reason: null,
};
/** The order's own event, and one of the same customer's after it; a subscriber had the first twice. */
const inOrder: ToldEvents = {
  owed: [...owedBy(RUN), { ids: [PAID.eventId], change: 'invoice:in_1 changed', processId: null, correlationId: null }],
  written: [ACCEPTED, PAID],
  read: [ACCEPTED.eventId, PAID.eventId],
  delivered: reaching('partner', ACCEPTED.eventId, ACCEPTED.eventId, PAID.eventId),
};

/** An order that was accepted, done, told and audited as it should be. */
const sound: Evidence = {
  acknowledgements: [accepted],
  ledgers: { ...none, netsuite: [order('7001')] },
  runs: [RUN],
  steps: [step('open-sales-order', 'DONE')],
  openExceptions: new Set(),
  remedied: [],
  events: inOrder,
  audited: [{ act: 'submitOrder', principal: 'key_1', correlationId: 'cor_1' }],
};
const untold: ToldEvents = { owed: [], written: [], read: [], delivered: null };
/** The run at another end, of which the world is told nothing. */
const ending = (state: string, reason: string | null = null): Pick<Evidence, 'runs' | 'events'> => ({
  runs: sound.runs.map((run) => ({ ...run, state, reason })),
  events: untold,
});
/** An order that waited as an exception, and was made needless by another. */
const superseded = (later: Partial<Evidence['runs'][number]> = {}): Evidence => {
  const { runs } = ending('SUPERSEDED', 'process prc_2 set the same later');
  return {
    ...sound,
    runs: [...runs, ...sound.runs.map((run) => ({ ...run, id: 'prc_2', idempotencyKey: 'order 2', ...later }))],
    events: untold,
    ledgers: none,
    steps: [step('open-sales-order', 'FAILED', 'it was refused')],
    remedied: [remedy('SUPERSEDED', null)],
  };
};
/** An order whose step an operator took upon himself. */
const skipped: Evidence = {
  ...sound,
  ledgers: none,
  steps: [step('open-sales-order', 'SKIPPED', 'entered by hand')],
  remedied: [remedy('SKIPPED')],
};

test('a sound run has no breach', () => {
  assert.deepEqual(check(sound), []);
});

test('an order that was undone, and one that stays for a reason, are sound', () => {
  const undone: Evidence = {
    ...sound,
    ...ending('COMPENSATED'),
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

test('what a process ended, and opened again when it was undone, is sound', () => {
  const rights = (effect: string) => entry(effect, '51', 'prc_1:end-entitlement', { sku: 'SEAT' });
  const zendesk = [rights('entitlement.revoked'), rights('entitlement.granted')];
  const undone = { ...sound, ...ending('COMPENSATED'), steps: [step('end-entitlement', 'UNDONE')] };
  assert.deepEqual(check({ ...undone, ledgers: { ...none, zendesk } }), []);
  const twice = { ...none, zendesk: [...zendesk, rights('entitlement.granted')] };
  assert.match(
    check({ ...undone, ledgers: twice })
      .map(told)
      .join(),
    /zendesk still holds entitlement/,
  );
});

test('a step that an operator skipped, also in a process that was undone later, is sound', () => {
  assert.deepEqual(check(skipped), []);
  // what stands under its key is the operator's: he said that it is taken back there
  assert.deepEqual(check({ ...skipped, ...ending('COMPENSATED'), ledgers: sound.ledgers }), []);
});

test('a process that a later one made needless is sound, and so is one that was rejected before anything was done', () => {
  assert.deepEqual(check(superseded()), []);
  assert.deepEqual(check({ ...sound, ...ending('REJECTED'), ledgers: none, steps: [] }), []);
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
  { what: 'a process that never ends', evidence: ending('RUNNING'), found: /^I2 prc_1 .*it is RUNNING/ },
  {
    what: 'an exception that nobody can see',
    evidence: ending('EXCEPTION'),
    found: /^I2 prc_1 .*nobody can see/,
  },
  {
    what: 'a completed process with a step that failed',
    evidence: { steps: [step('open-sales-order', 'FAILED')] },
    found: /^I3 prc_1 .*completed, with open-sales-order FAILED/,
  },
  {
    what: 'a compensated process whose order stands',
    evidence: { ...ending('COMPENSATED'), steps: [step('open-sales-order', 'UNDONE')] },
    found: /^I3 prc_1 .*netsuite still holds sales order/,
  },
  {
    what: 'a compensated process with a step that was left as it is',
    evidence: { ...ending('COMPENSATED'), ledgers: none, steps: [step('open-sales-order', 'DONE')] },
    found: /^I3 prc_1 .*no reason why it stays/,
  },
  {
    what: 'a step that is skipped without a reason',
    evidence: { ...skipped, steps: [step('open-sales-order', 'SKIPPED')] },
    found: /^I3 prc_1 .*open-sales-order is skipped, and nobody said why/,
  },
  {
    what: 'a step that is skipped and that nobody decided to skip',
    evidence: { ...skipped, remedied: [remedy('RETRIED')] },
    found: /^I3 prc_1 .*open-sales-order is skipped, and nobody decided that/,
  },
  {
    what: 'a superseded process without the one that made it needless',
    evidence: { ...superseded(), ...ending('SUPERSEDED', 'needless') },
    found: /^I3 prc_1 .*no process is named/,
  },
  {
    what: 'a superseded process whose successor did not complete',
    evidence: superseded({ state: 'COMPENSATED' }),
    found: /^I3 prc_1 .*superseded by prc_2, which is submit-order and COMPENSATED/,
  },
  {
    what: 'a superseded process whose successor is another kind of act',
    evidence: superseded({ kind: 'update-customer' }),
    found: /^I3 prc_1 .*superseded by prc_2, which is update-customer/,
  },
  {
    what: 'a superseded process that did not wait for anybody',
    evidence: { ...superseded(), remedied: [] },
    found: /^I3 prc_1 .*it never waited as an exception/,
  },
  {
    what: 'a superseded process whose order stands',
    evidence: { ...superseded(), ledgers: sound.ledgers },
    found: /^I3 prc_1 .*superseded, and netsuite still holds sales order/,
  },
  {
    what: 'a rejected process of which something was done',
    evidence: { ...ending('REJECTED'), ledgers: none },
    found: /^I3 prc_1 .*rejected, with open-sales-order DONE/,
  },
  {
    what: 'a lost event',
    evidence: { events: { ...inOrder, written: [PAID], read: [PAID.eventId], delivered: null } },
    found: /^I4 prc_1 .*submit-order completed, and no event prc_1:OrderAccepted: was ever written/,
  },
  {
    what: 'an act that nobody said the event of',
    evidence: { events: { ...inOrder, owed: owedBy({ ...RUN, kind: 'close-account' }) } },
    found: /^I4 prc_1 .*close-account completed, and no event .*told-by-processes.ts/,
  },
  {
    what: 'an event of what did not happen',
    evidence: { ...ending('COMPENSATED'), events: inOrder },
    found: /^I4 prc_1 .*told of OrderAccepted, and the process is COMPENSATED/,
  },
  {
    what: 'one change under two ids',
    evidence: { events: { ...inOrder, written: [...inOrder.written, event('prc_1:OrderAccepted:sales-order:7002')] } },
    found: /^I4 prc_1 .*OrderAccepted of customer:C-1 .* is told under 2 ids/,
  },
  {
    what: 'an event that readers of the outbox pass by',
    evidence: { events: { ...inOrder, read: [PAID.eventId], delivered: null } },
    found: /^I4 - .*prc_1:OrderAccepted:sales-order:7001 of customer:C-1 was written, and no reader/,
  },
  {
    what: 'an event that is read before the one that was committed before it',
    evidence: { events: { ...inOrder, read: [PAID.eventId, ACCEPTED.eventId], delivered: null } },
    found: /^I4 - .*stripe:evt_1 of customer:C-1 is read before/,
  },
  {
    what: 'an event that a reader is given twice',
    evidence: { events: { ...inOrder, read: [...inOrder.read, PAID.eventId] } },
    found: /^I4 - .*is given stripe:evt_1 twice/,
  },
  {
    what: 'an event that never came to one of two subscribers',
    evidence: {
      events: { ...inOrder, delivered: [...(inOrder.delivered ?? []), ...reaching('ledger', PAID.eventId)] },
    },
    found: /^I4 - .*prc_1:OrderAccepted:sales-order:7001 of customer:C-1 never came to ledger/,
  },
  {
    what: 'a gap in the middle that a subscriber has filled too late',
    evidence: { events: { ...inOrder, delivered: reaching('partner', PAID.eventId, ACCEPTED.eventId) } },
    found: /^I4 - .*came to partner out of order/,
  },
  {
    what: 'an event that says something else when it comes again',
    evidence: {
      events: {
        ...inOrder,
        delivered: [...(inOrder.delivered ?? []), { sink: 'partner', eventId: PAID.eventId, body: 'another' }],
      },
    },
    found: /^I4 - .*stripe:evt_1 came to partner again, and says something else/,
  },
  {
    what: 'an event that nobody wrote',
    evidence: {
      events: { ...inOrder, delivered: [...(inOrder.delivered ?? []), ...reaching('partner', 'prc_7:OrderAccepted')] },
    },
    found: /^I4 - .*partner was told prc_7:OrderAccepted, which nobody wrote/,
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
