import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { HubErrorCode } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import type { Fault } from '../../../sandbox/start.ts';
import { readNetSuiteConfig } from '../../../subgraphs/erp/connectors/netsuite/config.ts';
import { netsuite } from '../../../subgraphs/erp/connectors/netsuite/connector.ts';
import type { OrderDraft } from '../../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../../subgraphs/erp/port.ts';
import { call, write } from '../../contract/erp/asking.ts';
import { meanwhile } from '../../support/meanwhile.ts';
import { type SandboxGround, sandboxGround } from './ground.ts';

const QUERY = 'POST .*suiteql';
const PUT = 'PUT .*salesOrder';
const PATCH = 'PATCH .*';
const TOKEN = 'POST .*token';

/** The bare connector, without retries and breaker, against a vendor that misbehaves on demand. */
describe('NetSuite in trouble', () => {
  let ground: SandboxGround;
  let port: ErpPort;
  before(async () => {
    ground = await sandboxGround();
  });
  after(() => ground.close());
  beforeEach(async () => {
    await ground.sandbox.reset();
    const config = readNetSuiteConfig({ ...ground.sandbox.environment, NETSUITE_TIMEOUT_MS: '400' });
    port = netsuite(config, ground.clock);
    await port.customers([ground.buyer.id], call()); // has a token
    ground.sandbox.clearCalls();
  });

  const fault = (match: string, what: Omit<Fault, 'vendor' | 'match'>) =>
    ground.sandbox.addFault({ vendor: 'netsuite', match, ...what });
  const read = () => port.customers([ground.buyer.id], call());
  const draft = (): OrderDraft => ({
    customerId: ground.buyer.id,
    legalEntityId: id(ground.buyer.legalEntityId),
    currency: ground.buyer.currency,
    purchaseOrderNumber: null,
    memo: null,
    lines: [{ sku: id('SVC-AUDIT'), quantity: 1 }],
  });
  const open = (key = 'p1:open') => port.openSalesOrder(draft(), write(key));
  const effects = () => ground.sandbox.ledger('netsuite').map(({ effect }) => effect);
  const requests = (pattern: RegExp) =>
    ground.sandbox.calls().filter(({ method, path }) => pattern.test(`${method} ${path}`)).length;

  const readHazards: [string, string, Omit<Fault, 'vendor' | 'match'>, HubErrorCode][] = [
    ['429', QUERY, { kind: 'status', status: 429, retryAfter: '7' }, 'THROTTLED'],
    ['503', QUERY, { kind: 'status', status: 503 }, 'UNAVAILABLE'],
    ['500 as HTML', QUERY, { kind: 'status', status: 500, body: '<html>', contentType: 'text/html' }, 'UNAVAILABLE'],
    ['400', QUERY, { kind: 'status', status: 400 }, 'CONTRACT_BROKEN'],
    ['403', QUERY, { kind: 'status', status: 403 }, 'CREDENTIAL'],
    ['401 for ever', QUERY, { kind: 'status', status: 401 }, 'CREDENTIAL'],
    ['200 with something else', QUERY, { kind: 'status', status: 200, body: '{"items":{}}' }, 'CONTRACT_BROKEN'],
    ['200 with nothing', QUERY, { kind: 'status', status: 200, body: '' }, 'CONTRACT_BROKEN'],
    ['no answer', QUERY, { kind: 'hang' }, 'TIMEOUT'],
    ['a connection cut at once', QUERY, { kind: 'refuse' }, 'UNAVAILABLE'],
    ['an endless answer', QUERY, { kind: 'huge-body' }, 'CONTRACT_BROKEN'],
  ];
  for (const [what, match, kind, code] of readHazards) {
    test(`a question answered with ${what} is ${code}`, async () => {
      fault(match, kind);
      await assert.rejects(read(), (error: { code?: unknown; system?: unknown; message: string }) => {
        assert.equal(error.code, code);
        assert.equal(error.system, 'ERP');
        assert.doesNotMatch(error.message, /http|SELECT|127\.0/);
        return true;
      });
      ground.sandbox.removeFaults();
      assert.equal((await read())[0]?.id, ground.buyer.id);
    });
  }

  test('a broken contract names the field, and a throttled one the wait', async () => {
    const body = '{"items":[],"count":0,"offset":0,"hasMore":"no","totalResults":0}';
    fault(QUERY, { kind: 'status', status: 200, body });
    await assert.rejects(read(), { code: 'CONTRACT_BROKEN', field: 'hasMore' });
    ground.sandbox.removeFaults();
    fault(QUERY, { kind: 'status', status: 429, retryAfter: '7' });
    await assert.rejects(read(), { code: 'THROTTLED', retryAfterMs: 7_000 });
  });

  for (const field of ['items', 'count', 'hasMore', 'totalResults', 'items.0.id', 'items.0.part', 'items.0.currency']) {
    test(`a changed ${field} breaks the contract: no customer turns into nobody`, async () => {
      fault(QUERY, { kind: 'shape-change', field });
      for (let turn = 0; turn < 4; turn += 1) await assert.rejects(read(), { code: 'CONTRACT_BROKEN' }, `turn ${turn}`);
    });
  }

  test('an answer cut short is an error, never half of the rows', async () => {
    fault(QUERY, { kind: 'cut-body' });
    await assert.rejects(read(), (error: { code?: unknown }) =>
      ['UNAVAILABLE', 'CONTRACT_BROKEN', 'TIMEOUT'].includes(String(error.code)),
    );
  });

  test('a token that ended is renewed once, and the question answered', async () => {
    fault(QUERY, { kind: 'status', status: 401, count: 1 });
    assert.equal((await read())[0]?.id, ground.buyer.id);
    assert.equal(requests(/token/), 1);
  });

  test('a token is asked for before it ends, and by one request for many callers', async () => {
    ground.clock.advance(3_560_000);
    await Promise.all(Array.from({ length: 20 }, read));
    assert.equal(requests(/token/), 1);
    await read();
    assert.equal(requests(/token/), 1);
  });

  test('a token that is refused is the hub’s own trouble; a token server that is down is not', async () => {
    ground.clock.advance(3_600_000);
    fault(TOKEN, { kind: 'status', status: 400, body: '{"error":"invalid_grant"}', count: 1 });
    await assert.rejects(open(), { code: 'CREDENTIAL' });
    fault(TOKEN, { kind: 'status', status: 503, count: 1 });
    await assert.rejects(open(), { code: 'UNAVAILABLE' });
    fault(TOKEN, { kind: 'hang', count: 1 });
    await assert.rejects(open(), { code: 'TIMEOUT' });
    assert.deepEqual(effects(), []);
  });

  const writeHazards: [string, Omit<Fault, 'vendor' | 'match'>, HubErrorCode, number][] = [
    ['500', { kind: 'status', status: 500 }, 'IN_DOUBT', 0],
    ['502', { kind: 'status', status: 502 }, 'IN_DOUBT', 0],
    ['503', { kind: 'status', status: 503 }, 'UNAVAILABLE', 0],
    ['429', { kind: 'status', status: 429 }, 'THROTTLED', 0],
    ['400', { kind: 'status', status: 400 }, 'REFUSED', 0],
    ['a connection cut', { kind: 'refuse' }, 'IN_DOUBT', 0],
    ['nothing, though it was done', { kind: 'apply-then-time-out' }, 'IN_DOUBT', 1],
    ['nothing, and it was not done', { kind: 'time-out-without-applying' }, 'IN_DOUBT', 0],
  ];
  for (const [what, kind, code, opened] of writeHazards) {
    test(`an order answered with ${what} is ${code}, and the same key then opens one order`, async () => {
      fault(PUT, { ...kind, count: 1 });
      await assert.rejects(open(), { code, system: 'ERP' });
      assert.equal(effects().length, opened);
      const order = await open();
      assert.equal(order.reference, 'p1:open');
      assert.deepEqual(effects(), ['sales-order.opened']);
    });
  }

  test('what timed out yet happened is undone by its key', async () => {
    fault(PUT, { kind: 'apply-then-time-out', count: 1 });
    await assert.rejects(open(), { code: 'IN_DOUBT' });
    await port.cancelSalesOrder({ customerId: ground.buyer.id }, write('p1:open'));
    assert.deepEqual(effects(), ['sales-order.opened', 'sales-order.cancelled']);
  });

  test('an undo that timed out is done again without effect', async () => {
    await open();
    fault(PATCH, { kind: 'apply-then-time-out', count: 1 });
    await assert.rejects(port.cancelSalesOrder({ customerId: ground.buyer.id }, write('p1:open')), {
      code: 'IN_DOUBT',
    });
    await port.cancelSalesOrder({ customerId: ground.buyer.id }, write('p1:open'));
    assert.deepEqual(effects(), ['sales-order.opened', 'sales-order.cancelled']);
  });

  const there = () => {
    assert.ok(ground.elsewhere);
    return { customerId: ground.elsewhere.buyer.id, legalEntityId: id<'LegalEntity'>(ground.elsewhere.legalEntityId) };
  };
  const keep = (key = 'p1:keep') => port.keepInLegalEntity(there(), write(key));
  const leave = (key = 'p1:keep') => port.leaveLegalEntity(there(), write(key));
  const POST = 'POST .*customerSubsidiaryRelationship';
  for (const [what, kind, code, added] of writeHazards) {
    test(`keeping a customer in a further company, answered with ${what}, is ${code}, and the same key then does it once`, async () => {
      fault(POST, { ...kind, count: 1 });
      await assert.rejects(keep(), { code, system: 'ERP' });
      assert.equal(effects().length, added);
      await keep();
      assert.deepEqual(effects(), ['subsidiary-relationship.added']);
      assert.equal(await leave(), 'LEFT');
      assert.deepEqual(effects(), ['subsidiary-relationship.added', 'subsidiary-relationship.removed']);
    });
  }

  test('what kept a customer in doubt is undone by its key, and an undo in doubt is done again without effect', async () => {
    fault(POST, { kind: 'apply-then-time-out', count: 1 });
    await assert.rejects(keep(), { code: 'IN_DOUBT' });
    fault('DELETE .*', { kind: 'apply-then-time-out', count: 1 });
    await assert.rejects(leave(), { code: 'IN_DOUBT' });
    assert.equal(await leave(), 'LEFT');
    assert.deepEqual(effects(), ['subsidiary-relationship.added', 'subsidiary-relationship.removed']);
  });

  test('a refusal to end it that no booking explains is told, not taken for one', async () => {
    await keep();
    fault('DELETE .*', { kind: 'status', status: 400, count: 1 });
    await assert.rejects(leave(), { code: 'REFUSED' });
    assert.equal(await leave(), 'LEFT');
  });

  test('nothing but what the key made is ever removed, whatever is shown under it', async () => {
    await keep();
    const shown = (over: object) =>
      fault('GET .*customerSubsidiaryRelationship', {
        kind: 'status',
        status: 200,
        count: 1,
        body: JSON.stringify({
          id: '99999',
          entity: { id: there().customerId },
          subsidiary: { id: there().legalEntityId },
          isPrimarySub: false,
          ...over,
        }),
      });
    shown({ entity: { id: '1001' } });
    await assert.rejects(leave(), { code: 'CONTRACT_BROKEN', field: 'entity.id' });
    shown({ subsidiary: { id: '1' } });
    await assert.rejects(leave(), { code: 'CONTRACT_BROKEN', field: 'subsidiary.id' });
    shown({ isPrimarySub: true });
    assert.equal(await leave(), 'STAYS');
    assert.equal(requests(/DELETE/), 0);
    assert.equal(await leave('another key'), 'LEFT');
    assert.deepEqual(effects(), ['subsidiary-relationship.added']);
  });

  test('keeping a customer takes two requests, one where it is kept; letting go takes two, one where there is nothing', async () => {
    const cost = async (act: () => Promise<unknown>) => {
      ground.sandbox.clearCalls();
      await act();
      return ground.sandbox.calls().length;
    };
    assert.deepEqual([await cost(keep), await cost(keep), await cost(leave), await cost(leave)], [2, 1, 2, 1]);
  });

  test('an order that was taken but cannot be shown is in doubt, not lost', async () => {
    fault(QUERY, { kind: 'status', status: 503, count: 1 });
    await assert.rejects(open('before'), { code: 'UNAVAILABLE' });
    assert.deepEqual(effects(), []);
    ground.sandbox.addFault({ vendor: 'netsuite', kind: 'latency', ms: 150, match: PUT, count: 1 });
    const opening = open('after');
    const seen = () => ground.sandbox.calls().some(({ method }) => method === 'PUT');
    await meanwhile(opening, 'the order is sent', seen);
    fault(QUERY, { kind: 'status', status: 503, count: 1 });
    await assert.rejects(opening, { code: 'IN_DOUBT' });
    assert.equal((await open('after')).reference, 'after');
    assert.deepEqual(effects(), ['sales-order.opened']);
  });

  test('an order that has been shipped is not cancelled', async () => {
    const shipped = [...ground.world.customers()].find(
      ({ known, orders }) => known.erp && orders.some(({ status }) => status === 'BILLED'),
    );
    assert.ok(shipped);
    fault('GET .*salesOrder', {
      kind: 'status',
      status: 200,
      body: JSON.stringify({
        id: '1',
        orderStatus: { id: 'G' },
        entity: { id: '1001' },
        item: { items: [{ line: 1, quantityFulfilled: 2 }] },
      }),
    });
    await assert.rejects(port.cancelSalesOrder({ customerId: ground.buyer.id }, write('p1:open')), { code: 'REFUSED' });
    assert.deepEqual(effects(), []);
  });

  test('a client that leaves takes its requests with it', async () => {
    fault(QUERY, { kind: 'hang' });
    const leaving = new AbortController();
    const asked = port.customers([ground.buyer.id], { correlationId: 'x', signal: leaving.signal });
    setImmediate(() => leaving.abort());
    await assert.rejects(asked, { code: 'TIMEOUT' });
  });

  test('questions of different runs do not share a statement, even under one signal', async () => {
    const { signal } = new AbortController();
    const runs = Array.from({ length: 5 }, (_, at) => ({ correlationId: `run-${at}`, signal }));
    const asked = (run: (typeof runs)[number]) => [
      port.customers([ground.buyer.id], run),
      port.salesOrdersOf([{ of: ground.buyer.id, first: 3, after: null }], run),
    ];
    await Promise.all(runs.flatMap(asked));
    assert.equal(requests(/query/), 5);
  });

  test('no more requests are under way than the account is said to take', async () => {
    const config = readNetSuiteConfig({ ...ground.sandbox.environment, NETSUITE_CONCURRENCY: '2' });
    const narrow = netsuite(config, ground.clock);
    await narrow.customers([ground.buyer.id], call());
    ground.sandbox.setLatency({ minMs: 20, maxMs: 20 });
    ground.sandbox.clearCalls();
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 10 }, () => narrow.customers([ground.buyer.id], call())));
    ground.sandbox.setLatency({ minMs: 0, maxMs: 0 });
    assert.ok(performance.now() - startedAt >= 5 * 20 * 0.9, 'ten requests, two at a time, take five turns');
    assert.ok(ground.sandbox.calls().every(({ status }) => status === 200));
  });
});
