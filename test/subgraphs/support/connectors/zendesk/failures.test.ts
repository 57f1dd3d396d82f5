import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { WriteCall } from '../../../../../platform/call.ts';
import { systemClock } from '../../../../../platform/clock.ts';
import { HubError } from '../../../../../platform/errors.ts';
import { id } from '../../../../../platform/ids.ts';
import * as keys from '../../../../../sandbox/data/keys.ts';
import { type Fault, type RunningSandbox, startSandbox } from '../../../../../sandbox/start.ts';
import { readZendeskConfig } from '../../../../../subgraphs/support/connectors/zendesk/config.ts';
import { createZendeskSupport } from '../../../../../subgraphs/support/connectors/zendesk/connector.ts';
import type { EntitlementGrant } from '../../../../../subgraphs/support/model.ts';

const ORG = id<'SupportOrg'>(keys.zendesk.organization(0));
const call = (key = 'failures:grant'): WriteCall => ({
  correlationId: 'failures',
  signal: AbortSignal.timeout(20_000),
  key,
  actingFor: 'SUPPORT',
});

type Told = Partial<Pick<HubError, 'code' | 'reason' | 'field' | 'retryAfterMs'>>;
type Case = readonly [string, Omit<Fault, 'vendor'>, Told];

const recordInvalid = JSON.stringify({
  error: 'RecordInvalid',
  description: 'Record validation errors',
  details: { seats: [{ description: 'seats: Meier GmbH is invalid', error: 'InvalidValue' }] },
});
const json = 'application/json';

/** What a read of organizations becomes. */
const READS: readonly Case[] = [
  ['a refused sign-in', { kind: 'status', status: 401 }, { code: 'CREDENTIAL' }],
  ['a missing permission', { kind: 'status', status: 403 }, { code: 'CREDENTIAL' }],
  ['a rate limit', { kind: 'status', status: 429, retryAfter: '7' }, { code: 'THROTTLED', retryAfterMs: 7_000 }],
  ['a rate limit without a time', { kind: 'status', status: 429 }, { code: 'THROTTLED' }],
  ['a redirect', { kind: 'status', status: 302 }, { code: 'CONTRACT_BROKEN' }],
  ['an error of the vendor', { kind: 'status', status: 500 }, { code: 'UNAVAILABLE' }],
  ['maintenance', { kind: 'status', status: 503, retryAfter: '30' }, { code: 'UNAVAILABLE', retryAfterMs: 30_000 }],
  ['a closed connection', { kind: 'refuse' }, { code: 'UNAVAILABLE' }],
  ['silence', { kind: 'hang' }, { code: 'TIMEOUT' }],
  ['a page instead of JSON', { kind: 'wrong-content-type' }, { code: 'CONTRACT_BROKEN' }],
  [
    'another shape',
    { kind: 'shape-change', field: 'organizations.0.name' },
    { code: 'CONTRACT_BROKEN', field: 'organizations.0.name' },
  ],
  ['an answer without end', { kind: 'huge-body' }, { code: 'CONTRACT_BROKEN' }],
];

/** What the write of a right becomes. */
const WRITES: readonly Case[] = [
  [
    'a validation error',
    { kind: 'status', status: 422, body: recordInvalid, contentType: json },
    { code: 'REFUSED', reason: 'RecordInvalid: seats InvalidValue' },
  ],
  ['a conflict', { kind: 'status', status: 409 }, { code: 'CONFLICT' }],
  ['a rate limit', { kind: 'status', status: 429, retryAfter: '7' }, { code: 'THROTTLED', retryAfterMs: 7_000 }],
  ['maintenance', { kind: 'status', status: 503 }, { code: 'UNAVAILABLE' }],
  ['an error of the vendor', { kind: 'status', status: 500 }, { code: 'IN_DOUBT' }],
  ['a gateway that gave up', { kind: 'status', status: 504 }, { code: 'IN_DOUBT' }],
  ['silence', { kind: 'time-out-without-applying' }, { code: 'IN_DOUBT' }],
  ['silence after it was done', { kind: 'apply-then-time-out' }, { code: 'IN_DOUBT' }],
  ['half an answer', { kind: 'cut-body' }, { code: 'IN_DOUBT' }],
  ['a page instead of JSON', { kind: 'wrong-content-type' }, { code: 'IN_DOUBT' }],
];

describe('when Zendesk fails', () => {
  let sandbox: RunningSandbox;
  let support: ReturnType<typeof createZendeskSupport>;
  before(async () => {
    sandbox = await startSandbox({ customers: 20, latency: { minMs: 0, maxMs: 0 } });
    const config = readZendeskConfig({ ...sandbox.environment, ZENDESK_TIMEOUT_MS: '300' });
    support = createZendeskSupport(config, { clock: systemClock });
  });
  afterEach(() => sandbox.removeFaults());
  after(async () => {
    await support.close();
    await sandbox.close();
  });

  const told = async (promise: Promise<unknown>): Promise<HubError> => {
    const error = await promise.then(
      () => assert.fail('it was answered'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof HubError, String(error));
    return error;
  };
  const matches = (error: HubError, expected: Told) => {
    const { code, reason, field, retryAfterMs } = error;
    const seen: Told = { code, reason, field, retryAfterMs };
    for (const [name, value] of Object.entries(expected)) assert.equal(seen[name as keyof Told], value, error.message); // names of Told
    assert.equal(error.system, 'SUPPORT');
    assert.doesNotMatch(`${error.message} ${error.reason}`, /Meier|http|127\.0\.0\.1|Basic/);
  };

  for (const [what, fault, expected] of READS) {
    test(`a read that meets ${what} is ${expected.code}`, async () => {
      sandbox.addFault({ vendor: 'zendesk', match: 'GET /api/v2/organizations/show_many', ...fault });
      matches(await told(support.orgs([ORG], call())), expected);
    });
  }

  const grant = (subscriptionId: string): EntitlementGrant => ({
    orgId: ORG,
    subscriptionId,
    startsOn: '2026-01-01',
    endsOn: null,
    rights: [{ sku: 'SUB-ARCHIVE', seats: 2 }],
  });

  for (const [at, [what, fault, expected]] of WRITES.entries()) {
    test(`a write that meets ${what} is ${expected.code}, and said again takes effect once`, async () => {
      const subscription = grant(`sub_failures_${at}`);
      const key = `failures:${at}`;
      sandbox.addFault({ vendor: 'zendesk', match: 'PATCH /api/v2/custom_objects', count: 1, ...fault });
      matches(await told(support.grant(subscription, call(key))), expected);
      const { after } = await support.grant(subscription, call(key));
      assert.deepEqual(
        after.map(({ seats, status }) => [seats, status]),
        [[2, 'ACTIVE']],
      );
      const effects = sandbox
        .ledger('zendesk')
        .filter(({ details }) => details.subscription === subscription.subscriptionId);
      assert.deepEqual(
        effects.map(({ effect, businessKey, idempotencyKey }) => [effect, businessKey, idempotencyKey]),
        [['entitlement.granted', `${subscription.subscriptionId}:SUB-ARCHIVE`, key]],
      );
    });
  }

  test('a right that the search index does not know yet is still found and taken back', async () => {
    const subscription = grant('sub_failures_lag');
    await support.grant(subscription, call('lag:grant'));
    const nothing = JSON.stringify({ custom_object_records: [], meta: { has_more: false, after_cursor: null } });
    sandbox.addFault({
      vendor: 'zendesk',
      match: 'POST .*/records/search',
      kind: 'status',
      status: 200,
      body: nothing,
      contentType: json,
    });
    assert.equal((await support.rightsOf(subscription, call())).length, 1);
    const { revoked } = await support.grant({ ...subscription, rights: [] }, call('lag:undo'));
    assert.deepEqual(
      revoked.map(({ sku, status }) => [sku, status]),
      [['SUB-ARCHIVE', 'REVOKED']],
    );
  });

  test('one right of two that failed is made good by saying the grant again', async () => {
    const two = {
      ...grant('sub_failures_two'),
      rights: [
        { sku: 'SUB-ARCHIVE', seats: 2 },
        { sku: 'SUB-ANALYTICS', seats: 3 },
      ],
    };
    sandbox.addFault({
      vendor: 'zendesk',
      match: 'PATCH /api/v2/custom_objects',
      kind: 'status',
      status: 500,
      count: 1,
    });
    assert.equal((await told(support.grant(two, call('two:grant')))).code, 'IN_DOUBT');
    assert.equal((await support.rightsOf(two, call())).length, 1, 'the other write was not broken off');
    const { after } = await support.grant(two, call('two:grant'));
    assert.deepEqual(
      after.map(({ sku, seats }) => [sku, seats]),
      [
        ['SUB-ARCHIVE', 2],
        ['SUB-ANALYTICS', 3],
      ],
    );
  });
});
