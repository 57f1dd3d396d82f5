import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { errorCode, HubError } from '../../../../platform/errors.ts';
import { isSettled, wonByOthers } from '../../../../subgraphs/support/connectors/request-tracker/history.ts';
import {
  caseOf,
  directoryEntryOf,
  orgOf,
  wireSeverityOf,
  wireStatusOf,
} from '../../../../subgraphs/support/connectors/request-tracker/translate.ts';
import * as wire from '../../../../subgraphs/support/connectors/request-tracker/wire.ts';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/request-tracker/${name}.json`, import.meta.url), 'utf8'));

const about = { now: Date.parse('2026-11-21T03:00:00Z'), escalatedPriority: 100 };
const broken = (field: string) => (error: unknown) =>
  error instanceof HubError && error.code === 'CONTRACT_BROKEN' && error.field === field;

describe("Request Tracker's words in the hub's", () => {
  const tickets = wire.TicketPage.parse(fixture('tickets-of-customers')).items;
  const ticketOf = (id: string) => {
    const found = tickets.find((ticket) => ticket.id === id);
    assert.ok(found, id);
    return found;
  };
  const valve = ticketOf('2');
  const withFields = (values: Record<string, string>) => ({
    ...valve,
    CustomFields: Object.entries(values).map(([name, value]) => ({ name, values: [value] })),
  });

  test('a ticket that is open past its time', () => {
    const { openedAt, updatedAt, sla, ...rest } = caseOf(valve, about);
    assert.deepEqual(rest, {
      id: '2',
      orgId: 'C-1001',
      number: '2',
      subject: 'Valve leaks after service',
      status: 'OPEN',
      severity: 'URGENT',
      escalated: false,
    });
    assert.deepEqual(sla, { nextBreachAt: new Date(valve.Due ?? '').toISOString(), breached: true });
    assert.deepEqual(
      [openedAt, updatedAt],
      [valve.Created, valve.LastUpdated].map((text) => text.replace('Z', '.000Z')),
    );
  });

  test('a ticket is the same alone, where its id is a number, and in a list, where it is text', () => {
    const alone = caseOf(wire.Ticket.parse(fixture('ticket-alone')), about);
    assert.deepEqual(alone, caseOf(valve, about));
  });

  test('nothing is owed for a ticket that is done', () => {
    const { status, sla } = caseOf(ticketOf('1'), about);
    assert.deepEqual([status, sla], ['SOLVED', { nextBreachAt: null, breached: false }]);
  });

  test('an unset date is 1970, and no level means no policy', () => {
    const unset = '1970-01-01T00:00:00Z';
    assert.deepEqual(caseOf({ ...valve, Due: unset }, about).sla, { nextBreachAt: null, breached: false });
    for (const SLA of [null, '', undefined]) assert.equal(caseOf({ ...valve, SLA }, about).sla, null);
  });

  test('a ticket from somebody whom the ERP does not know has no customer and normal severity', () => {
    const [ticket] = wire.TicketPage.parse(fixture('ticket-without-customer')).items;
    assert.ok(ticket);
    const { orgId, severity, escalated } = caseOf(ticket, about);
    assert.deepEqual([orgId, severity, escalated], [null, 'NORMAL', false]);
  });

  test('a ticket is escalated from a priority on', () => {
    const escalated = [99, 100, 101].map((Priority) => caseOf({ ...valve, Priority }, about).escalated);
    assert.deepEqual(escalated, [false, true, true]);
    assert.equal(wire.Ticket.parse({ ...valve, Priority: '100' }).Priority, 100);
  });

  test('every status and severity has a word, and the word leads back', () => {
    const statuses = { new: 'NEW', open: 'OPEN', stalled: 'PENDING', resolved: 'SOLVED', rejected: 'CLOSED' };
    for (const [Status, word] of Object.entries(statuses)) {
      assert.equal(caseOf({ ...valve, Status }, about).status, word);
      assert.equal(wireStatusOf(word), Status);
    }
    assert.equal(wireStatusOf('ON_HOLD'), null);
    for (const [Severity, word] of Object.entries({ S1: 'URGENT', S2: 'HIGH', S3: 'NORMAL', S4: 'LOW' })) {
      assert.equal(caseOf(withFields({ Severity }), about).severity, word);
      assert.equal(wireSeverityOf(word), Severity);
    }
    for (const wrong of ['LOST', 'open', 'toString']) {
      assert.throws(
        () => wireStatusOf(wrong),
        (error) => errorCode(error) === 'INVALID',
      );
      assert.throws(
        () => wireSeverityOf(wrong),
        (error) => errorCode(error) === 'INVALID',
      );
    }
  });

  test('a word that was never agreed breaks the contract', () => {
    for (const Status of ['deleted', 'waiting', 'toString']) {
      assert.throws(() => caseOf({ ...valve, Status }, about), broken('status'));
    }
    assert.throws(() => caseOf(withFields({ Severity: 'S5' }), about), broken('severity'));
  });

  test('a customer is told by its contacts', () => {
    const [aldgate, jovanovic] = wire.UserPage.parse(fixture('contacts')).items;
    assert.ok(aldgate && jovanovic);
    assert.deepEqual(orgOf('C-1010', [jovanovic], '2026-11-21T03:00:00.000Z'), {
      id: 'C-1010',
      hubId: 'C-1010',
      name: 'Jovanović Agro d.o.o.',
      supportTier: null,
      asOf: '2026-11-21T03:00:00.000Z',
    });
    const nameless = { ...aldgate, Organization: '', RealName: null, EmailAddress: '' };
    assert.equal(orgOf('C-1001', [nameless], '').name, 'C-1001');
    assert.equal(orgOf('C-1001', [nameless, aldgate], '').name, 'Aldgate Instruments Ltd');
    assert.deepEqual(directoryEntryOf('C-1001', [nameless, aldgate]), {
      externalId: 'C-1001',
      hubId: 'C-1001',
      name: 'Aldgate Instruments Ltd',
      email: 'ops@aldgate.example',
      parentExternalId: null,
      mergedIntoExternalId: null,
    });
  });

  test('a change that was refused is told by texts only', () => {
    assert.equal(wire.Told.parse(fixture('refused-values')).length, 2);
  });

  test("of two changes of one field after a version, the first in the ticket's history counts", () => {
    const fields = { CustomerNumber: '2', Severity: '3', ErpCode: '5' };
    const since = wire.TransactionPage.parse(fixture('history'))
      .items.filter(({ id }) => Number(id) > 257)
      .toReversed();
    assert.equal(since.length, 2);
    assert.equal(wonByOthers({ Status: 'stalled', Severity: 'S1' }, since, fields), null);
    const later = {
      id: '260',
      Type: 'Status',
      Field: 'Status',
      NewValue: 'resolved',
      Created: since[0]?.Created ?? '',
    };
    assert.equal(wonByOthers({ Status: 'stalled' }, [...since, later], fields), null);
    assert.deepEqual(wonByOthers({ Status: 'resolved' }, [...since, later], fields), {
      Status: 'stalled',
      Severity: undefined,
    });
    assert.deepEqual(wonByOthers({ Severity: 'S4' }, since, fields), { Status: undefined, Severity: 'S1' });
    assert.equal(wonByOthers({ Severity: 'S4' }, since, { ...fields, Severity: '9' }), null, 'another field');
  });

  test('a value that somebody else set is believed when it was not set at once with another', () => {
    const fields = { CustomerNumber: '2', Severity: '3', ErpCode: '5' };
    const line = (id: string, NewValue: string, Created: string) =>
      wire.Transaction.parse({ id, Type: 'CustomField', Field: '3', NewValue, Created });
    const first = line('1', 'S2', '2026-11-21T03:00:00Z');
    assert.equal(isSettled({ Severity: 'S2' }, [first], fields), true);
    assert.equal(isSettled({ Severity: 'S1' }, [first], fields), false, 'not in the history yet');
    assert.equal(isSettled({ Severity: 'S1' }, [first, line('2', 'S1', '2026-11-21T03:00:02Z')], fields), false);
    assert.equal(isSettled({ Severity: 'S1' }, [first, line('2', 'S1', '2026-11-21T03:02:00Z')], fields), true);
    assert.equal(isSettled({ Severity: 'S2', Status: 'open' }, [first], fields), false);
    assert.equal(isSettled({}, [], fields), true);
  });
});
