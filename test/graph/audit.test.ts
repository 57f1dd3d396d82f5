import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { eventually, type GraphAnswer, type KeyName, type StartedHub } from '../support/hub.ts';
import { startHubOnTestDatabase } from '../support/hub-on-test-database.ts';
import { SUBMIT_ORDER, UPDATE_CUSTOMER } from './behaviours/queries.ts';
import { orderLines, world } from './behaviours/world.ts';

interface AuditNode {
  readonly kind: string;
  readonly principal: string;
  readonly acts: readonly string[];
  readonly outcome: string | null;
  readonly codes: readonly string[];
  readonly reason: string | null;
  readonly correlationId: string;
  readonly processEvents: readonly { readonly event: string; readonly processId: string }[];
}
const RECORDS = `query Records($correlationId: ID) {
  auditRecords(correlationId: $correlationId, first: 100) {
    nodes { kind principal acts outcome codes reason correlationId processEvents { event processId } } } }`;

describe('I11 the audit against the log of a client', () => {
  let hub: StartedHub;
  let keys: Record<KeyName, string>;
  before(async () => {
    hub = await startHubOnTestDatabase({ port: await freePort(), sandbox: { latency: { minMs: 5, maxMs: 30 } } });
    keys = JSON.parse(readFileSync(join(hub.dataDir, 'demo-keys.json'), 'utf8'));
  });
  after(() => hub?.close());

  let ids = 0;
  const newId = () => `i11-${process.pid}-${++ids}`;
  const idOf = (key: string): string => key.split('_')[2] ?? '';

  /** Asks under a correlation id of the client's own; null: no answer came. */
  async function send(key: string, query: string, variables: object, id: string) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'x-correlation-id': id };
    const body = JSON.stringify({ query, variables });
    const response = await fetch(`${hub.url}/graphql`, { method: 'POST', headers, body }).catch(() => null);
    const text = await response?.text().catch(() => null);
    if (response == null || text == null) return null;
    const parsed = JSON.parse(text) as GraphAnswer<Record<string, unknown> | null>; // the hub's answers are JSON
    return { ...parsed, status: response.status, text };
  }
  const recordsOf = async (correlationId: string): Promise<readonly AuditNode[]> => {
    const { data, errors } = await hub.ask<{ auditRecords: { nodes: AuditNode[] } }>(RECORDS, { correlationId });
    assert.deepEqual(errors, []);
    return data.auditRecords.nodes;
  };

  const buyers = () =>
    [...world.customers()].filter(
      ({ traits, known, creditHold }) =>
        traits.length === 0 && !creditHold && known.erp && known.billing && known.crm && known.support,
    );
  const order = (at: number) => {
    const customer = buyers()[at];
    assert.ok(customer);
    const { hubId: customerId, currency } = customer;
    return { input: { idempotencyKey: newId(), customerId, currency, lines: orderLines(customer, 1) } };
  };

  test('each denial has one record, with who, why and under which id', async () => {
    const revoked = await hub.ask<{ createKey: { secret: string; key: { id: string } } }>(
      'mutation M($input: CreateKeyInput!) { createKey(input: $input) { secret key { id } } }',
      { input: { idempotencyKey: newId(), name: 'leaver', scopes: ['customer:read'] } },
    );
    const { secret, key } = revoked.data.createKey;
    await hub.ask('mutation R($id: ID!) { revokeKey(id: $id) { key { id } } }', { id: key.id });
    const cases = [
      { key: secret, query: '{ customer(id: "C-10001") { id } }', says: ['DENIAL', 'UNAUTHENTICATED', key.id] },
      {
        key: keys.support,
        query: SUBMIT_ORDER,
        variables: order(0),
        says: ['MUTATION', 'FORBIDDEN', idOf(keys.support)],
      },
      {
        key: keys.portal,
        query: '{ customer(id: "C-10001") { id taxId } }',
        says: ['DENIAL', 'FORBIDDEN_FIELD', idOf(keys.portal)],
      },
      {
        key: keys.operator,
        query: UPDATE_CUSTOMER,
        variables: { input: { idempotencyKey: newId(), customerId: buyers()[0]?.hubId, segment: 'SMB' } },
        says: ['MUTATION', 'NOT_OWNER', idOf(keys.operator)],
      },
      {
        key: keys.portal,
        query: 'mutation { revokeKey(id: "none") { key { id } } }',
        says: ['MUTATION', 'FORBIDDEN', idOf(keys.portal)],
      },
    ];
    for (const { key: bearer, query, variables = {}, says } of cases) {
      const id = newId();
      assert.ok(await send(bearer, query, variables, id));
      const [record, ...more] = await eventually(`${says} is recorded`, async () => {
        const found = await recordsOf(id);
        return found.some(({ codes }) => codes.length > 0) && found;
      });
      assert.deepEqual([record?.kind, record?.codes.join(), record?.principal], says);
      assert.deepEqual(more, []);
    }
  });

  test('acts that are cut off by kill -9: what ran has its record, and no act has two', async () => {
    const sent = new Map<string, Promise<Awaited<ReturnType<typeof send>>>>();
    for (let at = 1; at <= 24; at++) {
      const id = newId();
      sent.set(id, send(keys.portal, SUBMIT_ORDER, order(at), id));
    }
    await Promise.any([...sent.values()]); // some are done, the others under way
    await hub.kill();
    const answers = new Map<string, Awaited<ReturnType<typeof send>>>();
    for (const [id, answer] of sent) answers.set(id, await answer);
    await hub.start();
    let recorded = 0;
    for (const [id, answer] of answers) {
      const found = await recordsOf(id);
      const { data } = await hub.ask<{ processes: { nodes: { correlationId: string }[] } }>(
        '{ processes(first: 100) { nodes { correlationId } } }',
      );
      const ran = answer !== null || data.processes.nodes.some(({ correlationId }) => correlationId === id);
      assert.ok(found.length <= 1, `${id} has ${found.length} records`);
      if (ran) assert.equal(found.length, 1, `${id} ran without a record`);
      for (const { kind, acts, principal } of found) {
        assert.deepEqual([kind, acts, principal], ['MUTATION', ['submitOrder'], idOf(keys.portal)]);
        recorded += 1;
      }
    }
    assert.ok(recorded > 0);
    const accepted = [...answers].find(([, answer]) => answer?.status === 200)?.[0] ?? '';
    const [act] = await recordsOf(accepted);
    assert.ok(
      act?.processEvents.some(({ event }) => event === 'ACCEPTED'),
      'the process is told under the same id',
    );
  });

  test('B31 a key that the graph made is shown once: in no log, no audit and no second answer', async () => {
    const CREATE = 'mutation M($input: CreateKeyInput!) { createKey(input: $input) { secret replayed key { id } } }';
    const variables = { input: { idempotencyKey: newId(), name: 'canary', scopes: ['customer:read'] } };
    const [first, second] = [newId(), newId()];
    const made = await send(keys.operator, CREATE, variables, first);
    const secret = String(Reflect.get(made?.data?.createKey ?? {}, 'secret'));
    assert.match(secret, /^cnc_live_/);
    const again = await send(keys.operator, CREATE, variables, second);
    assert.deepEqual(
      [Reflect.get(again?.data?.createKey ?? {}, 'secret'), Reflect.get(again?.data?.createKey ?? {}, 'replayed')],
      [null, true],
    );
    const misused = await send(keys.operator, `query ${secret} { nothing(id: "${secret}") }`, {}, newId());
    assert.equal(misused?.status, 400);
    const all = JSON.stringify(
      await hub.ask('{ auditRecords(first: 100) { nodes { operation acts coordinates reason } } }'),
    );
    for (const text of [all, hub.output()]) assert.ok(!text.includes(secret.slice(-38, -6)));
    assert.equal((await send(secret, '{ customer(id: "C-10001") { id } }', {}, newId()))?.status, 200);
  });

  test('B28 a key that is revoked in the graph is refused within 5 s', async () => {
    const variables = { input: { idempotencyKey: newId(), name: 'leaver', scopes: ['customer:read'] } };
    const { data } = await hub.ask<{ createKey: { secret: string; key: { id: string } } }>(
      'mutation M($input: CreateKeyInput!) { createKey(input: $input) { secret key { id } } }',
      variables,
    );
    const { secret, key } = data.createKey;
    const ask = () => send(secret, '{ customer(id: "C-10001") { id } }', {}, newId());
    assert.equal((await ask())?.status, 200);
    await hub.ask('mutation R($id: ID!) { revokeKey(id: $id) { key { id } } }', { id: key.id });
    await eventually('the key is refused', async () => (await ask())?.status === 401, 5_000);
  });
});
