import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WriteCall } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import * as keys from '../../../sandbox/data/keys.ts';
import { zendeskFeed } from '../../../subgraphs/support/connectors/zendesk/changes.ts';
import { readZendeskConfig } from '../../../subgraphs/support/connectors/zendesk/config.ts';
import { createZendeskSupport } from '../../../subgraphs/support/connectors/zendesk/connector.ts';
import { NO_DEADLINE } from '../../support/no-deadline.ts';
import { type Desk, type Exchange, openDesk } from './desk.ts';
import { openApi, specMissing, type Verdict } from './openapi.ts';

const call: WriteCall = {
  correlationId: 'spec',
  signal: NO_DEADLINE,
  key: 'spec:1',
  actingFor: 'SUPPORT',
};

/** What the connector asks, by the operation of Zendesk's file. */
const CHECKED = [
  'ListCustomObjectRecords',
  'ListOrganizations',
  'ListSearchResults',
  'ShowManyOrganizations',
  'ShowOrganization',
  'TicketsShowMany',
  'UpdateOrganization',
  'UpsertCustomObjectRecord',
];

/** Operations that Zendesk documents on its pages only; nothing but the sandbox and the connector's schemas checks them. */
const DOCUMENTATION_ONLY = [
  // api-reference/ticketing/tickets/tickets/#list-tickets
  'GET /api/v2/organizations/{id}/tickets',
  // api-reference/custom-data/custom-objects/custom_object_records/#filtered-search-of-custom-object-records
  'POST /api/v2/custom_objects/entitlement/records/search',
];

const bare = (path: string): string => path.replace(/\/\d+/g, '/{id}');

describe("Zendesk's published OpenAPI file", { skip: specMissing }, () => {
  let desk: Desk;
  let judge: Awaited<ReturnType<typeof openApi>>;
  before(async () => {
    desk = await openDesk();
    judge = await openApi();
  });
  after(() => desk.close());

  const exchanged: Exchange[] = [];
  const judged = () => desk.exchanges.map((exchange) => ({ exchange, verdict: judge(exchange) }));
  const problemsOf = (all: readonly { verdict: Verdict }[]) =>
    all.filter(({ verdict }) => verdict.problems.length > 0).map(({ verdict }) => verdict);

  test('holds for every request of the connector and every answer to it', async () => {
    const support = createZendeskSupport(readZendeskConfig(desk.environment), { clock: desk.clock });
    const orgs = [0, 1, 2, 5, 8, 12].map((index) => id<'SupportOrg'>(keys.zendesk.organization(index)));
    const [orgId = id<'SupportOrg'>('')] = orgs;
    const lists = orgs.map((of) => ({ of, first: 5, after: null }));
    const subscription = { orgId, subscriptionId: 'sub_spec' };
    const grant = { ...subscription, startsOn: '2026-01-01', endsOn: null };

    await support.orgs(orgs, call);
    const pages = await support.casesOf(lists, call);
    await support.casesOf([{ of: orgId, first: 5, after: null }], call);
    await support.cases(
      pages.flatMap(({ entries }) => entries.map((entry) => entry.id)),
      call,
    );
    const rights = await support.entitlementsOf(lists, call);
    await support.entitlements(
      rights.flatMap(({ entries }) => entries.map((entry) => entry.id)),
      call,
    );
    const directory = await support.directory({ first: 10, after: null }, call);
    await support.directory({ first: 10, after: directory.endCursor }, call);
    await support.grant({ ...grant, rights: [{ sku: 'SUB-ARCHIVE', seats: 3 }] }, call);
    await support.rightsOf(subscription, call);
    await support.grant({ ...grant, rights: [] }, { ...call, key: 'spec:2' });
    await support.updateOrg({ orgId, supportTier: 'STANDARD' }, call);
    await support.close();

    assert.deepEqual(problemsOf(judged()), []);
    assert.deepEqual(
      desk.exchanges.filter(({ status }) => status >= 300),
      [],
    );
    const operations = judged().flatMap(({ verdict }) => verdict.operation ?? []);
    assert.deepEqual([...new Set(operations)].sort(), CHECKED);
    const others = judged().filter(({ verdict }) => verdict.operation === null);
    const names = others.map(({ exchange }) => `${exchange.method} ${bare(exchange.path)}`);
    assert.deepEqual([...new Set(names)].sort(), DOCUMENTATION_ONLY);
  });

  test('holds for what else the sandbox answers', async () => {
    desk.exchanges.length = 0;
    const org = keys.zendesk.organization(0);
    const ticket = { subject: 'Spec', comment: { body: 'x' }, organization_id: org, requester_id: 1, priority: 'high' };
    const record = {
      name: 'SUB-ARCHIVE',
      external_id: 'spec:record',
      custom_object_fields: { sku: 'SUB-ARCHIVE', seats: 1, organization: String(org), status: 'active' },
    };
    const made = await desk.send('POST', '/api/v2/custom_objects/entitlement/records', {
      custom_object_record: record,
    });
    const recordId = (made.body.custom_object_record as { id: string }).id; // the file checks it below
    const { body } = await desk.send('POST', '/api/v2/tickets', { ticket });
    const ticketId = (body.ticket as { id: number }).id;
    await desk.send('GET', `/api/v2/tickets/${ticketId}`);
    await desk.send('PUT', `/api/v2/tickets/${ticketId}`, { ticket: { status: 'open' } });
    const open = encodeURIComponent(`organization:${org} status<solved`);
    await desk.send('GET', `/api/v2/search/export?query=${open}&filter[type]=ticket&page[size]=1000`);
    await desk.send('GET', `/api/v2/custom_objects/entitlement/records/${recordId}`);
    await desk.send('PATCH', `/api/v2/custom_objects/entitlement/records/${recordId}`, {
      custom_object_record: { name: 'SUB-ARCHIVE', custom_object_fields: { seats: 2 } },
    });
    await desk.send('GET', '/api/v2/custom_objects/entitlement/records/search?query=SUB-ARCHIVE');
    await desk.send('GET', '/api/v2/custom_objects/entitlement/records/count');
    const job = await desk.send('POST', '/api/v2/custom_objects/entitlement/jobs', {
      job: { action: 'create_or_update_by_external_id', items: [{ ...record, external_id: 'spec:job' }] },
    });
    await desk.send('GET', `/api/v2/job_statuses/${(job.body.job_status as { id: string }).id}`);
    await desk.send('DELETE', '/api/v2/custom_objects/entitlement/records?external_id=spec:job');
    await desk.send('DELETE', `/api/v2/custom_objects/entitlement/records/${recordId}`);
    await desk.send('POST', '/api/v2/organizations', { organization: { name: 'Spec Ltd' } });

    assert.deepEqual(
      desk.exchanges.filter(({ status }) => status >= 300),
      [],
    );
    assert.deepEqual(problemsOf(judged()), []);
    assert.ok(judged().every(({ verdict }) => verdict.operation !== null));
    exchanged.push(...desk.exchanges);
  });

  test('holds for the exports of changes', async () => {
    desk.exchanges.length = 0;
    const feed = zendeskFeed(readZendeskConfig(desk.environment), desk.clock);
    const call = { correlationId: 'test', signal: AbortSignal.timeout(30_000) };
    const begin = await feed.read(null, call);
    desk.clock.advance(1_000);
    const org = keys.zendesk.organization(0);
    await desk.send('POST', '/api/v2/tickets', {
      ticket: { subject: 'Export', comment: { body: 'x' }, organization_id: org },
    });
    await desk.send('PUT', `/api/v2/organizations/${org}`, { organization: { name: 'Exported Ltd' } });
    desk.clock.advance(120_000);
    const { changes } = await feed.read(begin.cursor, call);
    await feed.close();
    assert.ok(changes.length >= 2);
    assert.deepEqual(problemsOf(judged()), []);
    const operations = judged().flatMap(({ verdict }) => verdict.operation ?? []);
    assert.ok(
      ['IncrementalTicketExportCursor', 'IncrementalOrganizationExport'].every((one) => operations.includes(one)),
    );
  });

  test('would tell a wrong type in a request and in an answer', () => {
    desk.exchanges.push(...exchanged);
    const asked = desk.exchanges.find(({ path }) => path === '/api/v2/tickets');
    assert.ok(asked);
    const wrongRequest = judge({ ...asked, requestBody: JSON.stringify({ ticket: { comment: 5 } }) });
    const wrongAnswer = judge({ ...asked, responseBody: JSON.stringify({ ticket: { id: 'one', requester_id: 1 } }) });
    assert.match(wrongRequest.problems.join(), /request .*comment/);
    assert.match(wrongAnswer.problems.join(), /answer \/ticket\/id must be integer/);
  });
});
