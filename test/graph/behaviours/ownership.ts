import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestHub } from '../../support/hub.ts';
import { type ActResult, CUSTOMER_360, SUBMIT_ORDER, UPDATE_CUSTOMER } from './queries.ts';
import { freshCustomer, orderLines, world } from './world.ts';

/** Who may write and see what. */
export function ownershipAndScopes(hub: () => TestHub): void {
  test('a write of what another system owns is refused, and the answer names the owner; nothing is written', async () => {
    const { hubId } = freshCustomer();
    const written = hub().sandbox.ledger('netsuite').length;
    const input = { idempotencyKey: 'own-1', customerId: hubId, legalName: 'Taken Over Ltd', segment: 'ENTERPRISE' };
    const { data, errors } = await hub().ask(UPDATE_CUSTOMER, { input }, 'operator');
    assert.deepEqual(errors, []);
    const result = data.updateCustomer as ActResult;
    assert.equal(result.__typename, 'CustomerUpdateRefused', JSON.stringify(result));
    const refused = Object.fromEntries(result.refusals.map(({ field, code, owner }) => [field, `${code} ${owner}`]));
    assert.equal(refused['Customer.legalName'], 'NOT_OWNER ERP');
    assert.equal(refused['Customer.segment'], 'NOT_OWNER CRM');
    assert.equal(hub().sandbox.ledger('netsuite').length, written);
  });

  test('a key without a scope gets null and one error for that field; the rest is answered, and nothing is fetched for it', async () => {
    const { hubId } = world.customer(0); // buys through the partner whose key it is
    hub().sandbox.clearCalls();
    const { status, data, errors } = await hub().ask(
      'query ($id: ID!) { customer(id: $id) { id subscriptions(first: 1) { nodes { id } } payments(first: 1) { nodes { id } } } }',
      { id: hubId },
      'partner',
    );
    assert.equal(status, 200);
    assert.deepEqual(data, { customer: { id: hubId, subscriptions: null, payments: null } });
    assert.deepEqual(errors.map(({ path, extensions }) => `${path?.join('.')} ${extensions.code}`).sort(), [
      'customer.payments FORBIDDEN_FIELD',
      'customer.subscriptions FORBIDDEN_FIELD',
    ]);
    assert.equal(
      hub()
        .sandbox.calls()
        .filter(({ vendor }) => vendor === 'stripe').length,
      0,
    );
  });

  test('an operator sees the graph as a key does, with the reason for each null, and can change nothing so', async () => {
    const listed = await hub().ask<{ keys: { nodes: { id: string; name: string }[] } }>(
      '{ keys(first: 50) { nodes { id name } } }',
    );
    const as = listed.data.keys.nodes.find(({ name }) => name.includes('partner'))?.id;
    const extensions = { explain: true, as };
    const query = 'query ($id: ID!) { customer(id: $id) { id legalName subscriptions(first: 1) { nodes { id } } } }';
    const own = await hub().ask<{ customer: object }>(query, { id: world.customer(0).hubId }, 'operator', extensions);
    assert.deepEqual(own.data.customer, {
      id: world.customer(0).hubId,
      legalName: world.customer(0).legalName,
      subscriptions: null,
    });
    const told = own.extensions.explain as { fields: { path: string; why?: { reason: string } }[] };
    const why = told.fields.find(({ path }) => path === 'customer.subscriptions')?.why;
    assert.equal(why?.reason, 'SCOPES');
    const other = await hub().ask(query, { id: world.customer(1).hubId }, 'operator', extensions);
    assert.deepEqual(other.data, { customer: null });
    const input = { idempotencyKey: 'as-another', customerId: world.customer(0).hubId, segment: 'SMALL' };
    const act = await hub().ask(UPDATE_CUSTOMER, { input }, 'operator', extensions);
    assert.equal(act.status, 403);
    assert.equal((await hub().ask(query, { id: 'x' }, 'partner', extensions)).status, 403, 'operators only');
  });

  test('a key with rows sees the customers of its partner, and of all others nothing', async () => {
    const own = [...world.customers()].filter(({ partnerIndex }) => partnerIndex === 20).map(({ hubId }) => hubId);
    type Seen = {
      mine: { legalName: string };
      other: unknown;
      customers: { nodes: { id: string; salesOrders: object | null }[]; pageInfo: { hasNextPage: boolean } };
    };
    const { data, errors } = await hub().ask<Seen>(
      `query ($other: ID!) { mine: customer(id: "C-10001") { legalName } other: customer(id: $other) { legalName }
        customers(first: 5) { nodes { id salesOrders(first: 1) { nodes { id } } } pageInfo { hasNextPage } } }`,
      { other: world.customer(1).hubId },
      'partner',
    );
    assert.deepEqual(errors, []);
    assert.equal(data.mine.legalName, world.customer(0).legalName);
    assert.equal(data.other, null);
    assert.deepEqual(
      data.customers.nodes.map(({ id }) => id),
      own.slice(0, 5),
    );
    assert.ok(data.customers.pageInfo.hasNextPage);
    assert.ok(data.customers.nodes.every(({ salesOrders }) => salesOrders !== null));
  });

  test('a key that may not order is refused before anything happens', async () => {
    const customer = world.customer(0);
    const input = {
      idempotencyKey: 'no-right',
      customerId: customer.hubId,
      currency: customer.currency,
      lines: orderLines(customer),
    };
    const { status, data, errors } = await hub().ask(SUBMIT_ORDER, { input }, 'partner');
    assert.equal(status, 403);
    assert.equal(data, null);
    assert.equal(errors[0]?.extensions.code, 'FORBIDDEN');
  });

  test('without a key, or with a wrong one, the answer is 401', async () => {
    for (const authorization of [undefined, 'Bearer nope', 'Basic abc']) {
      const response = await fetch(`${hub().url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
        body: JSON.stringify({ query: CUSTOMER_360, variables: { id: 'C-10001' } }),
      });
      assert.equal(response.status, 401, String(authorization));
      const body = (await response.json()) as { errors: { extensions: { code: string } }[] };
      assert.equal(body.errors[0]?.extensions.code, 'UNAUTHENTICATED');
      assert.ok(response.headers.get('www-authenticate'));
    }
  });
}
