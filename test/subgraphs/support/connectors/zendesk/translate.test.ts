import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { HubError } from '../../../../../platform/errors.ts';
import {
  caseOf,
  entitlementOf,
  orgOf,
  wireStatusOf,
} from '../../../../../subgraphs/support/connectors/zendesk/translate.ts';
import * as wire from '../../../../../subgraphs/support/connectors/zendesk/wire.ts';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../fixtures/zendesk/${name}.json`, import.meta.url), 'utf8'));

const NOW = Date.parse('2026-10-05T08:00:00Z');
const broken = (field: string) => (error: unknown) =>
  error instanceof HubError && error.code === 'CONTRACT_BROKEN' && error.field === field;

describe("Zendesk's words in the hub's", () => {
  const [organization] = wire.Organizations.parse(fixture('organizations-show-many')).organizations;
  const [ticket, solved] = wire.TicketPage.parse(fixture('organization-tickets')).tickets;
  const [record] = wire.RecordPage.parse(fixture('entitlement-records')).custom_object_records;
  assert.ok(organization && ticket && solved && record);
  const slas = (...policy_metrics: NonNullable<wire.Ticket['slas']>['policy_metrics']) => ({
    ...ticket,
    slas: { policy_metrics },
  });

  test('an organization', () => {
    assert.deepEqual(orgOf(organization, '2026-10-05T08:00:00.000Z'), {
      id: '360000001001',
      hubId: 'C-10002',
      name: 'Corvin Diagnostics GmbH & Co. KG',
      supportTier: 'PREMIUM_PLUS',
      asOf: '2026-10-05T08:00:00.000Z',
    });
    const bare = orgOf({ ...organization, external_id: null, organization_fields: null }, '');
    assert.deepEqual([bare.hubId, bare.supportTier], [null, null]);
  });

  test('a ticket', () => {
    assert.deepEqual(caseOf(ticket, NOW), {
      id: '1052',
      orgId: '360000001001',
      number: '1052',
      subject: 'Invoice shows the wrong purchase order',
      status: 'NEW',
      severity: 'NORMAL',
      escalated: false,
      openedAt: '2026-10-04T09:56:00.000Z',
      updatedAt: '2026-10-04T16:56:00.000Z',
      sla: { nextBreachAt: '2026-10-06T11:18:00.000Z', breached: false },
    });
    assert.deepEqual(caseOf(solved, NOW).sla, { nextBreachAt: null, breached: false });
    const bare = caseOf({ ...ticket, organization_id: null, priority: null, subject: null, tags: ['escalated'] }, NOW);
    assert.deepEqual([bare.orgId, bare.severity, bare.subject, bare.escalated], [null, 'NORMAL', '', true]);
  });

  test('an SLA is the promise that falls due first; none without a policy', () => {
    const metric = (breach_at: string | null, stage = 'active') => ({ breach_at, stage, metric: 'next_reply_time' });
    const slaOf = (...metrics: Parameters<typeof slas>) => caseOf(slas(...metrics), NOW).sla;
    assert.equal(slaOf(), null);
    assert.equal(caseOf({ ...ticket, slas: undefined }, NOW).sla, null);
    assert.deepEqual(slaOf(metric('2026-10-07T00:00:00Z'), metric('2026-10-05T07:59:59Z')), {
      nextBreachAt: '2026-10-05T07:59:59.000Z',
      breached: true,
    });
    assert.deepEqual(slaOf(metric(null, 'paused')), { nextBreachAt: null, breached: false });
    assert.throws(() => slaOf(metric(null, 'melted')), broken('slas.policy_metrics.stage'));
  });

  test('an entitlement', () => {
    assert.deepEqual(entitlementOf(record), {
      id: '01HZ000000000000000000001M',
      orgId: '360000001001',
      sku: 'SUB-API',
      status: 'ACTIVE',
      seats: 86,
      seatsUsed: 44,
      startsOn: '2025-09-24',
      endsOn: null,
      subscriptionId: 'sub_00000000000000000000KykT',
    });
  });

  test('a word that Zendesk never promised breaks the contract', () => {
    const fields = { ...record.custom_object_fields, status: 'toString' };
    assert.throws(() => caseOf({ ...ticket, status: 'archived' }, NOW), broken('status'));
    assert.throws(() => caseOf({ ...ticket, priority: 'mega' }, NOW), broken('priority'));
    assert.throws(() => entitlementOf({ ...record, custom_object_fields: fields }), broken('status'));
  });

  test('a status goes back into the word that a search takes', () => {
    assert.deepEqual(['NEW', 'OPEN', 'PENDING', 'ON_HOLD', 'SOLVED', 'CLOSED'].map(wireStatusOf), [
      ...['new', 'open', 'pending', 'hold', 'solved', 'closed'],
    ]);
    assert.throws(
      () => wireStatusOf('LOST'),
      (error: unknown) => error instanceof HubError && error.code === 'INVALID',
    );
  });
});
