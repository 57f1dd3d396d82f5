import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { freshCustomer, orderLines } from '../../graph/behaviours/world.ts';
import { freePort } from '../../support/free-port.ts';
import type { GraphAnswer, StartedHub } from '../../support/hub.ts';
import { startHubOnTestDatabase } from '../../support/hub-on-test-database.ts';

/** Texts that mean something to a language on the way to a system; to the hub they are names like any other. */
const INJECTIONS = [
  "' OR '1'='1",
  "'; DROP TABLE customers; --",
  "x' UNION SELECT id, secret FROM keys --",
  "\\' OR Name LIKE '%",
  "') OR (1=1",
  "' or 1 eq 1",
  '*)(objectClass=*',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text is the attack
  '${7*7}',
  '{{7*7}}',
  '<%= 7*7 %>',
  '%',
  '_',
  '%25',
  '$(id)',
  '`id`',
  '"; return true; "',
];

/** Ids that would be other paths, queries or fragments if they were put into an address as they stand. */
const PATHS = [
  '../customers',
  '..%2f..%2fkeys',
  '%2e%2e/x',
  'x?limit=1000',
  'x#y',
  'a/b',
  'a b',
  'é',
  '..',
  '.',
  ';a=1',
  '\\..\\x',
];

/** Each way by which an id of a caller reaches a system. */
const BY_ID = {
  customer: '{ id displayName }',
  subscription: '{ id status }',
  opportunity: '{ id name }',
  contact: '{ id }',
  salesOrder: '{ id number }',
  invoice: '{ id number }',
  case: '{ id number }',
  entitlement: '{ id sku }',
  process: '{ id state }',
} as const;

const CODES = /^(BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED|NOT_FOUND|REFUSED)$/;

describe('values on their way through the hub to the systems', () => {
  let hub: StartedHub;
  before(async () => {
    hub = await startHubOnTestDatabase({ port: await freePort() });
  });
  after(() => hub.close());

  const ledgers = () =>
    (['netsuite', 'salesforce', 'stripe', 'zendesk'] as const).map((vendor) => hub.sandbox.ledger(vendor).length);

  /** Never a defect, nothing of the inside, nothing written; and the next good request is answered. */
  async function holds(name: string, ask: () => Promise<GraphAnswer<unknown>>): Promise<GraphAnswer<unknown>> {
    const before = ledgers();
    const answer = await ask();
    const text = JSON.stringify(answer);
    assert.ok(answer.status === 200 || answer.status === 400, `${name}: ${text}`);
    for (const { extensions } of answer.errors) assert.match(String(extensions.code), CODES, `${name}: ${text}`);
    assert.ok(!/127\.0\.0\.1|node_modules|\.ts:\d|SELECT |syntax|MALFORMED|postgres/i.test(text), `${name}: ${text}`);
    assert.deepEqual(ledgers(), before, name);
    const next = await hub.ask('{ customers(first: 1) { nodes { id } } }');
    assert.deepEqual([next.status, next.errors], [200, []], name);
    return answer;
  }

  test('A46: what a search holds is looked for, never run', async () => {
    const query = 'query S($s: String) { customers(search: $s, first: 5) { nodes { id } } }';
    for (const search of INJECTIONS) {
      const { data } = await holds(search, () => hub.ask(query, { search, s: search }));
      const { nodes } = (data as { customers: { nodes: { id: string }[] } }).customers;
      assert.deepEqual(nodes, [], search);
    }
  });

  test('A46: an id, a number or a SKU that holds a query finds nothing, and reaches no system unescaped', async () => {
    hub.sandbox.clearCalls();
    for (const text of INJECTIONS) {
      for (const [field, selection] of Object.entries(BY_ID)) {
        const { data } = await holds(`${field} ${text}`, () =>
          hub.ask(`query Q($id: ID!) { found: ${field}(id: $id) ${selection} }`, { id: text }),
        );
        assert.equal((data as { found: unknown } | null)?.found ?? null, null, `${field} ${text}`);
      }
      const others = `query Q($id: ID!, $number: String!) {
        product(sku: $id) { sku }
        salesOrderByNumber(number: $number) { number }
        customerByExternalId(system: CRM, externalId: $id) { id }
      }`;
      const { data } = await holds(text, () => hub.ask(others, { id: text, number: text }));
      assert.deepEqual(data, { product: null, salesOrderByNumber: null, customerByExternalId: null });
    }
    for (const call of hub.sandbox.calls()) {
      assert.ok(call.status !== null && call.status < 500, `${call.method} ${call.path}: ${call.status}`);
      if (!call.path.endsWith('/suiteql')) continue;
      const { q = '' } = JSON.parse(call.body) as { q?: string };
      const outside = q.replaceAll(/'(?:[^']|'')*'/g, "''"); // what stands outside of literals
      assert.ok(!/DROP|UNION SELECT id, secret|1=1|1 eq 1|objectClass/i.test(outside), q);
    }
  });

  test('A43: an id that looks like a path stays one id on the way to the systems', async () => {
    hub.sandbox.clearCalls();
    for (const id of PATHS) {
      for (const [field, selection] of Object.entries(BY_ID)) {
        const { data } = await holds(`${field} ${id}`, () =>
          hub.ask(`query Q($id: ID!) { found: ${field}(id: $id) ${selection} }`, { id }),
        );
        assert.equal((data as { found: unknown } | null)?.found ?? null, null, `${field} ${id}`);
      }
    }
    for (const { path, query, status } of hub.sandbox.calls()) {
      assert.ok(
        !/\.\.|%2e%2e|limit=1000$|\/keys/i.test(`${path}?${query}`) || /[?&]q=/.test(`?${query}`),
        `${path}?${query}`,
      );
      assert.ok(status !== null && status < 500, path);
    }
  });

  test('A42: text of every script comes back as it was sent, and is not normalised', async () => {
    for (const number of ['PO \u202Eabc', 'a\u200Bb', '😀 42', 'e\u0301', 'é', '\uFEFFx']) {
      const customer = freshCustomer();
      const input = {
        idempotencyKey: `a42-${[...number].map((letter) => letter.codePointAt(0)?.toString(16)).join('-')}`,
        customerId: customer.hubId,
        currency: customer.currency,
        purchaseOrderNumber: number,
        lines: orderLines(customer),
        waitSeconds: 20,
      };
      const { data, errors } = await hub.ask(
        'mutation O($input: SubmitOrderInput!) { submitOrder(input: $input) { __typename ... on OrderAccepted { process { state } salesOrder { purchaseOrderNumber } } ... on OrderRejected { reasons { message } } } }',
        { input },
      );
      assert.deepEqual(errors, []);
      const { submitOrder } = data as { submitOrder: { salesOrder?: { purchaseOrderNumber?: string } } };
      assert.equal(submitOrder.salesOrder?.purchaseOrderNumber, number, JSON.stringify(data));
    }
  });

  test('A41 A44 A45: an order with an impossible amount, quantity, currency or key is told which field is wrong', async () => {
    const customer = freshCustomer();
    const [line] = orderLines(customer);
    const good = {
      idempotencyKey: 'a41',
      customerId: customer.hubId,
      currency: customer.currency,
      lines: [line],
      waitSeconds: 0,
    };
    const query =
      'mutation O($input: SubmitOrderInput!) { submitOrder(input: $input) { __typename ... on OrderRejected { reasons { code field } } } }';
    const wrong: [name: string, input: object][] = [
      ['19 digits', { ...good, lines: [{ ...line, expectedUnitPrice: '1234567890123456789' }] }],
      ['7 decimals', { ...good, lines: [{ ...line, expectedUnitPrice: '0.1000001' }] }],
      ['a float', { ...good, lines: [{ ...line, expectedUnitPrice: 0.1 + 0.2 }] }],
      ['its text', { ...good, lines: [{ ...line, expectedUnitPrice: String(0.1 + 0.2) }] }],
      ['exponent', { ...good, lines: [{ ...line, expectedUnitPrice: '1e3' }] }],
      ['half a cent', { ...good, lines: [{ ...line, expectedUnitPrice: '0.005' }] }],
      ['minus zero', { ...good, lines: [{ ...line, expectedUnitPrice: '-0' }] }],
      ['negative quantity', { ...good, lines: [{ ...line, quantity: -1 }] }],
      ['no quantity', { ...good, lines: [{ ...line, quantity: 0 }] }],
      ['Int overflow', { ...good, lines: [{ ...line, quantity: 3_000_000_000 }] }],
      ['no currency', { ...good, currency: 'XX1' }],
      ['null', { ...good, currency: null }],
      ['extra field', { ...good, admin: true }],
      ['newline in the key', { ...good, idempotencyKey: 'a\r\nx-admin: 1' }],
      ['NUL in a text', { ...good, purchaseOrderNumber: 'a\u0000b' }],
      ['half a pair', { ...good, purchaseOrderNumber: '\ud800' }],
      ['a long key', { ...good, idempotencyKey: 'k'.repeat(256) }],
      ['an empty key', { ...good, idempotencyKey: '' }],
    ];
    for (const [name, input] of wrong) {
      const { data, errors } = await holds(name, () => hub.ask(query, { input }));
      const accepted = (data as { submitOrder?: { __typename?: string } } | null)?.submitOrder?.__typename;
      assert.notEqual(accepted, 'OrderAccepted', name);
      assert.ok(errors.length > 0 || accepted === 'OrderRejected', `${name}: ${JSON.stringify({ data, errors })}`);
    }
    const amend =
      'mutation A($input: AmendSubscriptionInput!) { amendSubscription(input: $input) { __typename ... on AmendmentRejected { reasons { code field } } } }';
    const { data: held } = await hub.ask<{ customer: { subscriptions: { nodes: { id: string }[] } } }>(
      'query C($id: ID!) { customer(id: $id) { subscriptions(first: 1, status: ACTIVE) { nodes { id } } } }',
      { id: customer.hubId },
    );
    const subscriptionId = held.customer.subscriptions.nodes[0]?.id;
    for (const effectiveOn of ['2026-02-30', '0000-01-01', '9999-12-31', '2026-13-01', '2026-1-1', '2020-01-01']) {
      const input = {
        idempotencyKey: `a44-${effectiveOn}`,
        subscriptionId,
        effectiveOn,
        paymentTerms: 'NET_60',
      };
      const { data, errors } = await holds(effectiveOn, () => hub.ask(amend, { input }));
      const told = JSON.stringify({ data, errors });
      assert.ok(!told.includes('AmendmentAccepted') && /effectiveOn/.test(told), told);
    }
  });

  test('A47: a line break in a value makes no second header and no second line of the log', async () => {
    const forged = 'x\r\n{"level":60,"msg":"forged-line"}\r\nset-cookie: forged=1';
    await holds('search', () =>
      hub.ask('query S($s: String) { customers(search: $s, first: 1) { nodes { id } } }', { s: forged }),
    );
    await holds('name', () =>
      hub.ask(`query S($n: String!) { salesOrderByNumber(number: $n) { number } }`, { n: forged }),
    );
    for (const id of ['a\r\nb', 'a\nb', 'a\tb', 'a\u007f', 'a\u0085b']) {
      const { status, errors } = await holds(id, () =>
        hub.ask('query Q($id: ID!) { customer(id: $id) { id } }', { id }),
      );
      assert.deepEqual(
        [status, errors[0]?.extensions.code, errors[0]?.extensions.field],
        [400, 'BAD_USER_INPUT', 'id'],
      );
    }
    for (const line of hub.output().split('\n')) assert.ok(!line.startsWith('{"level":60,"msg":"forged-line"'), line);
    for (const { path, query } of hub.sandbox.calls()) assert.ok(!/[\r\n]/.test(path + query), path);
  });

  test('A52: a page that a system sends for an error stays with the hub', async () => {
    const page = '<html><body>canary-a52 /srv/erp/app.py line 7 at erp-7.internal:8443</body></html>';
    const customer = freshCustomer();
    const query =
      'query C($id: ID!) { customer(id: $id) { displayName credit { status } invoices(first: 2) { nodes { number } } } }';
    for (const status of [500, 502, 403, 404, 418]) {
      const fault = hub.sandbox.addFault({
        vendor: 'netsuite',
        kind: 'status',
        status,
        body: page,
        contentType: 'text/html',
      });
      const answer = await hub.ask(query, { id: customer.hubId });
      hub.sandbox.removeFault(fault);
      const text = JSON.stringify(answer);
      assert.equal(answer.status, 200, text);
      assert.ok(answer.errors.length > 0, text);
      for (const { extensions } of answer.errors) {
        assert.match(String(extensions.code), /^SOURCE_/, text);
        assert.equal(extensions.system, 'ERP', text);
      }
      assert.ok(
        !/canary|html|erp-7|8443|\/srv|Internal Server Error|Bad Gateway|teapot|127\.0\.0\.1/i.test(text),
        text,
      );
    }
    assert.ok(!hub.output().includes('canary-a52'));
  });
});
