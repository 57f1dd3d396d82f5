import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import * as keys from '../../../sandbox/data/keys.ts';
import { type Desk, openDesk } from './desk.ts';

const ORG = keys.zendesk.organization(0);
const RECORDS = '/api/v2/custom_objects/entitlement/records';
const search = (query: string, more = '') => `/api/v2/search?query=${encodeURIComponent(query)}${more}`;

type Wire = Record<string, unknown>;
const listed = (body: Wire, name: string) => body[name] as readonly Wire[]; // every list of the sandbox holds objects

describe("Zendesk's rules, as the sandbox plays them", () => {
  let desk: Desk;
  before(async () => {
    desk = await openDesk();
  });
  after(() => desk.close());
  beforeEach(() => {
    desk.reset();
    desk.ledger.length = 0;
    desk.webhooks.length = 0;
  });

  const record = (external_id: string, fields: Wire = {}) => ({
    custom_object_record: {
      name: 'Right',
      external_id,
      custom_object_fields: {
        ...{ sku: 'SUB-ARCHIVE', seats: 3, starts_on: '2026-01-01', subscription_id: 'sub_rules', status: 'active' },
        ...{ organization: String(ORG), hub_keys: 'process:step', ...fields },
      },
    },
  });

  test('a request without or with a wrong sign-in is told 401 in its own words', async () => {
    for (const authorization of ['', 'Basic bm9ib2R5', 'Bearer nobody']) {
      const { status, body } = await desk.send('GET', '/api/v2/organizations', undefined, { authorization });
      assert.deepEqual([status, body], [401, { error: "Couldn't authenticate you" }]);
    }
  });

  test('an OAuth client gets a bearer token that signs in', async () => {
    const { clientId: client_id, clientSecret: client_secret } = desk.credentials;
    const grant = { grant_type: 'client_credentials', client_id, client_secret, scope: 'read' };
    const { status, body } = await desk.send('POST', '/oauth/tokens', grant);
    assert.deepEqual([status, body.token_type], [200, 'bearer']);
    const authorization = `Bearer ${body.access_token}`;
    assert.equal((await desk.send('GET', `/api/v2/organizations/${ORG}`, undefined, { authorization })).status, 200);
    assert.equal((await desk.send('POST', '/oauth/tokens', { ...grant, client_secret: 'wrong' })).status, 401);
  });

  test('what is not there is told 404: RecordNotFound for a record, InvalidEndpoint for a path', async () => {
    for (const path of ['/organizations/1', '/tickets/99', '/organizations/1/tickets', '/custom_objects/car/records']) {
      const { status, body } = await desk.send('GET', `/api/v2${path}`);
      assert.deepEqual([status, body], [404, { error: 'RecordNotFound', description: 'Not found' }], path);
    }
    const nowhere = await desk.send('GET', '/api/v2/nowhere');
    assert.deepEqual([nowhere.status, nowhere.body.error], [404, 'InvalidEndpoint']);
    assert.equal((await desk.send('GET', '/api/v2/tickets/abc')).status, 400);
  });

  test('paths may end in .json', async () => {
    assert.equal((await desk.send('GET', `/api/v2/organizations/${ORG}.json`)).status, 200);
    assert.equal((await desk.send('GET', `/api/v2/organizations/show_many.json?ids=${ORG}`)).status, 200);
  });

  test('show_many takes ids or external ids, at most 100, and leaves out what is not there', async () => {
    const byId = await desk.send('GET', `/api/v2/organizations/show_many?ids=${ORG + 1},7,${ORG}`);
    assert.deepEqual(
      listed(byId.body, 'organizations').map(({ id }) => id),
      [ORG + 1, ORG],
    );
    const byExternal = await desk.send('GET', '/api/v2/organizations/show_many?external_ids=c-10002,C-99999');
    assert.deepEqual(
      listed(byExternal.body, 'organizations').map(({ id }) => id),
      [ORG + 1],
    );
    const tooMany = Array.from({ length: 101 }, (_, index) => ORG + index).join();
    assert.equal((await desk.send('GET', `/api/v2/organizations/show_many?ids=${tooMany}`)).status, 400);
  });

  test('cursor paging walks every organization once', async () => {
    const seen: unknown[] = [];
    let path: string | null = '/api/v2/organizations?page[size]=7';
    while (path !== null) {
      const { body } = await desk.send('GET', path);
      seen.push(...listed(body, 'organizations').map(({ external_id }) => external_id));
      const { next } = body.links as { next: string | null };
      assert.equal((body.meta as Wire).has_more, next !== null);
      path = next === null ? null : next.replace(desk.url, '');
    }
    const known = [...desk.world.customers()].filter((customer) => customer.known.support);
    assert.deepEqual(
      seen,
      known.map(({ hubId }) => hubId),
    );
  });

  test('search: terms of one property are alternatives, of different ones all hold, and statuses have an order', async () => {
    const found = async (query: string): Promise<readonly Wire[]> => {
      const results: Wire[] = [];
      let path: string | null = search(query);
      while (path !== null) {
        const { status, body } = await desk.send('GET', path);
        assert.equal(status, 200, query);
        results.push(...listed(body, 'results'));
        path = typeof body.next_page === 'string' ? body.next_page.replace(desk.url, '') : null;
      }
      return results;
    };
    const all = await found('type:ticket');
    const where = (holds: (ticket: Wire) => boolean) => all.filter(holds).map(({ id }) => id);
    const cases: readonly (readonly [string, (ticket: Wire) => boolean])[] = [
      [
        `type:ticket organization:${ORG} organization:${ORG + 1}`,
        (t) => [ORG, ORG + 1].includes(Number(t.organization_id)),
      ],
      ['type:ticket status<solved', (t) => !['solved', 'closed'].includes(String(t.status))],
      ['type:ticket status:open status:pending', (t) => ['open', 'pending'].includes(String(t.status))],
      [`type:ticket organization:${ORG} status:open`, (t) => t.organization_id === ORG && t.status === 'open'],
      [
        'type:ticket priority>=high -status:closed',
        (t) => /high|urgent/.test(String(t.priority)) && t.status !== 'closed',
      ],
      ['type:ticket tags:escalated', (t) => (t.tags as string[]).includes('escalated')],
      ['type:ticket created<=2026-09-01T00:00:00Z', (t) => String(t.created_at) <= '2026-09-01T00:00:00Z'],
      [`type:ticket "${all[0]?.subject}"`, (t) => t.subject === all[0]?.subject],
    ];
    for (const [query, holds] of cases) {
      const ids = (await found(query)).map(({ id }) => id);
      assert.deepEqual(ids, where(holds), query);
      assert.ok(ids.length > 0, `${query} finds something`);
    }
    const oldest = await found('type:ticket order_by:created_at sort:asc');
    assert.deepEqual(
      oldest.map(({ id }) => id).toReversed(),
      all.map(({ id }) => id),
    );
    assert.equal((await desk.send('GET', search('type:ticket status:lost'))).status, 422);
    assert.equal((await desk.send('GET', search('type:ticket', '&page=11'))).status, 422);
  });

  test('search/export pages by cursor and takes the type as a filter only', async () => {
    const query = encodeURIComponent(`organization:${ORG} organization:${ORG + 1}`);
    const path = `/api/v2/search/export?query=${query}&filter[type]=ticket&page[size]=2`;
    const { body } = await desk.send('GET', path);
    assert.equal(listed(body, 'results').length, 2);
    const rest = await desk.send('GET', `${path}&page[after]=${(body.meta as Wire).after_cursor}`);
    const ids = [...listed(body, 'results'), ...listed(rest.body, 'results')].map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal((await desk.send('GET', '/api/v2/search/export?query=type:ticket&filter[type]=ticket')).status, 422);
  });

  test('slas come with a ticket only when they are side-loaded', async () => {
    const path = `/api/v2/organizations/${ORG}/tickets`;
    const [plain] = listed((await desk.send('GET', path)).body, 'tickets');
    const [loaded] = listed((await desk.send('GET', `${path}?include=slas`)).body, 'tickets');
    assert.equal(plain && 'slas' in plain, false);
    assert.ok(Array.isArray((loaded?.slas as Wire | undefined)?.policy_metrics));
  });

  test('an Idempotency-Key opens one ticket, and refuses another input', async () => {
    const ticket = { subject: 'Once', comment: { body: 'x' }, organization_id: ORG, external_id: 'once' };
    const key = { 'idempotency-key': 'process:open-case' };
    const first = await desk.send('POST', '/api/v2/tickets', { ticket }, key);
    const again = await desk.send('POST', '/api/v2/tickets', { ticket }, key);
    assert.deepEqual([first.status, first.headers.get('x-idempotency-lookup')], [201, 'miss']);
    assert.deepEqual([again.status, again.headers.get('x-idempotency-lookup')], [201, 'hit']);
    assert.deepEqual(again.body, first.body);
    const other = await desk.send('POST', '/api/v2/tickets', { ticket: { ...ticket, subject: 'Twice' } }, key);
    assert.deepEqual([other.status, other.body.error], [400, 'IdempotentRequestError']);
    assert.deepEqual(
      desk.ledger.map(({ effect, businessKey, idempotencyKey }) => [effect, businessKey, idempotencyKey]),
      [['case.opened', 'once', 'process:open-case']],
    );
  });

  test('a safe update with an old stamp is a conflict', async () => {
    const [ticket] = listed((await desk.send('GET', search('type:ticket status:open'))).body, 'results');
    const path = `/api/v2/tickets/${ticket?.id}`;
    const update = (stamp: unknown) => ({ ticket: { status: 'pending', safe_update: true, updated_stamp: stamp } });
    const old = await desk.send('PUT', path, update('2020-01-01T00:00:00Z'));
    assert.deepEqual([old.status, old.body.error], [409, 'UpdateConflict']);
    assert.equal((await desk.send('PUT', path, update(ticket?.updated_at))).status, 200);
    assert.equal((await desk.send('PUT', path, { ticket: { priority: 'mega' } })).status, 422);
  });

  test('a record with an external id is set once: granted, changed, revoked, and nothing when nothing changes', async () => {
    const put = (fields: Wire) =>
      desk.send('PATCH', `${RECORDS}?external_id=sub_rules:SUB-ARCHIVE`, record('ignored', fields));
    for (const fields of [{}, {}, { seats: 5 }, { hub_keys: 'other' }, { status: 'revoked' }, { status: 'active' }]) {
      assert.equal((await put({ seats: 5, ...fields })).status, 200);
    }
    await put({ seats: 6 });
    assert.deepEqual(
      desk.ledger.map(({ effect, businessKey, details }) => [effect, businessKey, details.seats]),
      [
        ['entitlement.granted', 'sub_rules:SUB-ARCHIVE', 5],
        ['entitlement.revoked', 'sub_rules:SUB-ARCHIVE', 5],
        ['entitlement.granted', 'sub_rules:SUB-ARCHIVE', 5],
        ['entitlement.changed', 'sub_rules:SUB-ARCHIVE', 6],
      ],
    );
    assert.equal(desk.ledger[0]?.idempotencyKey, 'process:step');
    assert.deepEqual(desk.ledger[0]?.details, {
      org: String(ORG),
      sku: 'SUB-ARCHIVE',
      seats: 5,
      subscription: 'sub_rules',
    });
  });

  test('a record that is not as its object says is refused with the field and the reason', async () => {
    const refused: readonly (readonly [Wire, string, string])[] = [
      [{ seats: 'many' }, 'seats', 'InvalidValue'],
      [{ starts_on: 'soon' }, 'starts_on', 'InvalidValue'],
      [{ status: 'perhaps' }, 'status', 'InvalidValue'],
      [{ organization: '12' }, 'organization', 'InvalidValue'],
      [{ colour: 'red' }, 'base', 'InvalidValue'],
    ];
    for (const [fields, field, reason] of refused) {
      const { status, body } = await desk.send('POST', RECORDS, record('refused', fields));
      assert.deepEqual([status, body.error], [422, 'RecordInvalid'], field);
      assert.equal((body.details as Record<string, Wire[]>)[field]?.[0]?.error, reason);
    }
    assert.equal((await desk.send('POST', RECORDS, record('twice'))).status, 201);
    const twice = await desk.send('POST', RECORDS, record('twice'));
    assert.deepEqual(
      [twice.status, twice.body.details],
      [422, { external_id: [{ description: 'External: has already been taken', error: 'DuplicateValue' }] }],
    );
    assert.equal((await desk.send('POST', RECORDS, { custom_object_record: {} })).status, 422);
    assert.equal((await desk.send('POST', RECORDS, {})).status, 400);
    assert.deepEqual(
      desk.ledger.map(({ effect }) => effect),
      ['entitlement.granted'],
    );
  });

  test('a filtered search takes comparisons, all of and any of them, with the operators of the field', async () => {
    const ask = (filter: unknown) => desk.send('POST', `${RECORDS}/search`, { filter });
    const inOrg = { 'custom_object_fields.organization': { $eq: String(ORG) } };
    const mine = await ask(inOrg);
    const fieldsOf = (body: Wire) =>
      listed(body, 'custom_object_records').map((entry) => entry.custom_object_fields as Wire);
    assert.ok(fieldsOf(mine.body).length > 0);
    assert.ok(fieldsOf(mine.body).every(({ organization }) => organization === String(ORG)));
    const many = await ask({ $and: [inOrg, { 'custom_object_fields.seats': { $gt: 10 } }] });
    assert.deepEqual(
      fieldsOf(many.body),
      fieldsOf(mine.body).filter(({ seats }) => Number(seats) > 10),
    );
    for (const filter of [{ nothing: { $eq: 1 } }, { name: { $gt: 'a' } }, {}, null, { $or: 'x' }]) {
      assert.equal((await ask(filter)).status, 400, JSON.stringify(filter));
    }
  });

  test('a job does its items one by one and tells how each went', async () => {
    const items = [record('job:1').custom_object_record, record('job:2', { seats: 'x' }).custom_object_record];
    const { body } = await desk.send('POST', '/api/v2/custom_objects/entitlement/jobs', {
      job: { action: 'create', items },
    });
    const { id, status } = body.job_status as Wire;
    assert.equal(status, 'queued');
    const done = (await desk.send('GET', `/api/v2/job_statuses/${id}`)).body.job_status as Wire;
    assert.deepEqual(
      [done.status, (done.results as Wire[]).map(({ success }) => success)],
      ['completed', [true, false]],
    );
  });

  test('an organization takes a plan that there is, and tells who listens, signed', async () => {
    const put = (fields: Wire) =>
      desk.send('PUT', `/api/v2/organizations/${ORG}`, { organization: { organization_fields: fields } });
    const tier = desk.world.customer(0).supportTier === 'PREMIUM' ? 'standard' : 'premium';
    assert.equal((await put({ support_tier: tier, hub_keys: 'p:1' })).status, 200);
    assert.equal((await put({ support_tier: tier, hub_keys: 'p:2' })).status, 200);
    assert.equal((await put({ support_tier: 'gold' })).status, 422);
    assert.deepEqual(
      desk.ledger.map(({ effect, businessKey, idempotencyKey }) => [effect, businessKey, idempotencyKey]),
      [['organization.updated', 'C-10001', 'p:1']],
    );
    const [webhook] = desk.webhooks;
    assert.ok(webhook);
    const timestamp = webhook.headers['x-zendesk-webhook-signature-timestamp'] ?? '';
    const signed = createHmac('sha256', desk.credentials.webhookSecret ?? '').update(timestamp + webhook.body);
    assert.equal(webhook.headers['x-zendesk-webhook-signature'], signed.digest('base64'));
    assert.equal(JSON.parse(webhook.body).subject, `zen:organization:${ORG}`);
  });

  test('reset brings back what was seeded', async () => {
    await desk.send('PATCH', `${RECORDS}?external_id=reset:1`, record('reset:1'));
    desk.reset();
    const { body } = await desk.send('GET', `${RECORDS}?filter[external_ids]=reset:1`);
    assert.deepEqual(listed(body, 'custom_object_records'), []);
  });

  test('a minute has so many requests and no more, and says so', async () => {
    const small = await openDesk({ requestsPerMinute: 2 });
    const ask = () => small.send('GET', `/api/v2/organizations/${ORG}`);
    const [first, , third] = [await ask(), await ask(), await ask()];
    assert.deepEqual([first.headers.get('x-rate-limit'), first.headers.get('x-rate-limit-remaining')], ['2', '1']);
    assert.deepEqual(
      [third.status, third.headers.get('retry-after'), third.headers.get('ratelimit-remaining')],
      [429, '60', '0'],
    );
    small.clock.advance(60_000);
    assert.equal((await ask()).status, 200);
    await small.close();
  });

  test('a hundred thousand customers cost nothing until they are asked for', async () => {
    const startedAt = performance.now();
    const large = await openDesk({ customers: 100_000 });
    const last = keys.zendesk.organization(99_990);
    const ids = [99_980, 99_985, 99_990, 99_995].map((index) => keys.zendesk.organization(index)).join();
    assert.equal((await large.send('GET', `/api/v2/organizations/${last}/tickets`)).status, 200);
    assert.ok(
      listed((await large.send('GET', `/api/v2/organizations/show_many?ids=${ids}`)).body, 'organizations').length > 0,
    );
    await large.close();
    assert.ok(performance.now() - startedAt < 5_000, 'within five seconds on any machine');
  });
});
