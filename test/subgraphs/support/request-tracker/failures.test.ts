import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { WriteCall } from '../../../../platform/call.ts';
import { systemClock } from '../../../../platform/clock.ts';
import { HubError } from '../../../../platform/errors.ts';
import { id } from '../../../../platform/ids.ts';
import { readRtConfig } from '../../../../subgraphs/support/connectors/request-tracker/config.ts';
import { createRequestTrackerSupport } from '../../../../subgraphs/support/connectors/request-tracker/connector.ts';

const call = (): WriteCall => ({
  correlationId: 'failures',
  signal: AbortSignal.timeout(20_000),
  key: 'failures:change',
  actingFor: 'SUPPORT',
});

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** No answer ever. */
  readonly hang?: true;
}

const FIELDS = ['CustomerNumber', 'Severity', 'ErpCode'];
const SEEN = {
  items: FIELDS.map((Name, at) => ({
    id: String(at + 2),
    Name,
    LookupType: Name === 'ErpCode' ? 'RT::User' : 'RT::Queue-RT::Ticket',
  })),
};
const TICKET = {
  id: 7,
  Subject: 'Pump',
  Status: 'open',
  Created: '2026-11-21T01:00:00Z',
  LastUpdated: '2026-11-21T01:00:00Z',
  Priority: '0',
  CustomFields: [{ name: 'Severity', values: ['S3'] }],
};
const was = { status: 'OPEN', severity: 'NORMAL' } as const;

/** What a read becomes. */
const READS: readonly [string, Answer, Partial<HubError>][] = [
  ['a refused token', { status: 401 }, { code: 'CREDENTIAL' }],
  ['a missing right', { status: 403 }, { code: 'REFUSED' }],
  ['a question that RT does not understand', { status: 400 }, { code: 'REFUSED' }],
  [
    'a proxy that asks to wait',
    { status: 429, headers: { 'retry-after': '7' } },
    { code: 'THROTTLED', retryAfterMs: 7_000 },
  ],
  ['a fault of RT', { status: 500 }, { code: 'UNAVAILABLE' }],
  ['maintenance', { status: 503 }, { code: 'UNAVAILABLE' }],
  ['a redirect', { status: 302 }, { code: 'CONTRACT_BROKEN' }],
  ['silence', { hang: true }, { code: 'TIMEOUT' }],
  ['a page instead of JSON', { headers: { 'content-type': 'text/html' }, body: '<html>' }, { code: 'CONTRACT_BROKEN' }],
  ['another shape', { body: '{"items":[{"id":"7"}]}' }, { code: 'CONTRACT_BROKEN', field: 'items.0.Status' }],
];

/** What a change becomes. */
const WRITES: readonly [string, Answer, Partial<HubError>][] = [
  ['a ticket that changed each time it was read', { status: 412 }, { code: 'CONFLICT' }],
  ['a queue without rights', { status: 403 }, { code: 'REFUSED' }],
  ['a fault of RT', { status: 500 }, { code: 'IN_DOUBT' }],
  ['maintenance', { status: 503 }, { code: 'UNAVAILABLE' }],
  ['silence', { hang: true }, { code: 'IN_DOUBT' }],
  ['a page instead of JSON', { headers: { 'content-type': 'text/html' }, body: '<html>' }, { code: 'IN_DOUBT' }],
  ['a refusal with status 200', { body: '["Invalid value for custom field"]' }, { code: 'REFUSED', field: 'severity' }],
];

describe('when Request Tracker fails', () => {
  let server: Server;
  let support: ReturnType<typeof createRequestTrackerSupport>;
  let put: Answer = {};
  let search: Answer = {};
  let fields: unknown = SEEN;
  let queues: unknown = { items: [{ id: '1' }] };
  let puts = 0;
  before(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? '';
      request.resume();
      const answer: Answer =
        request.method === 'PUT'
          ? put
          : path.includes('/customfields')
            ? { body: JSON.stringify(fields) }
            : path.includes('/queues')
              ? { body: JSON.stringify(queues) }
              : path.includes('/history')
                ? { body: '{"items":[]}' }
                : path.includes('/ticket/')
                  ? { headers: { etag: '"103"' }, body: JSON.stringify(TICKET) }
                  : search;
      if (request.method === 'PUT') puts += 1;
      if (answer.hang) return;
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
      response.end(answer.body ?? '{"message":"C-1001 said so"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(async () => {
    await support?.close();
    [fields, queues, puts] = [SEEN, { items: [{ id: '1' }] }, 0];
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const RT_BASE_URL = `http://127.0.0.1:${port}/REST/2.0`;
    const config = readRtConfig({ RT_BASE_URL, RT_TOKEN: '1-14-abcdefgh', RT_TIMEOUT_MS: '500' });
    support = createRequestTrackerSupport(config, { clock: systemClock });
  });
  after(async () => {
    await support.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const told = async (run: Promise<unknown>): Promise<HubError> => {
    try {
      await run;
    } catch (error) {
      assert.ok(error instanceof HubError, String(error));
      assert.doesNotMatch(error.message, /C-1001|abcdefgh/, 'no word of RT, no secret');
      return error;
    }
    return assert.fail('nothing was told');
  };
  const holds = (error: HubError, expected: Partial<HubError>) => {
    for (const [name, value] of Object.entries(expected)) assert.equal(error[name as keyof HubError], value, name); // names of HubError
  };

  for (const [name, answer, expected] of READS) {
    test(`a read meets ${name}`, async () => {
      search = answer;
      holds(await told(support.cases([id('7')], call())), expected);
    });
  }

  for (const [name, answer, expected] of WRITES) {
    test(`a change meets ${name}`, async () => {
      put = answer;
      const change = { caseId: id<'Case'>('7'), was, severity: 'HIGH' } as const;
      holds(await told(support.updateCase(change, call())), expected);
      assert.equal(puts, expected.code === 'CONFLICT' ? 3 : 1, 'a change is tried again only when none was made');
    });
  }

  test('a user who sees no queue, or not the fields, is told before an empty answer is believed', async () => {
    search = { body: '{"items":[]}' };
    queues = { items: [] };
    holds(await told(support.cases([id('7')], call())), { code: 'CREDENTIAL', reason: 'NO_QUEUE' });
    queues = { items: [{ id: '1' }] };
    for (const missing of FIELDS) {
      fields = { items: SEEN.items.filter(({ Name }) => Name !== missing) };
      const error = await told(support.orgs([id('C-1001')], call()));
      holds(error, { code: 'CREDENTIAL', reason: 'NO_FIELD', field: missing });
    }
    fields = SEEN;
    assert.deepEqual(await support.cases([id('7')], call()), [null]);
  });
});
