import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { eventually, type GraphAnswer, type KeyName, type StartedHub } from '../support/hub.ts';
import { startHubOnTestDatabase } from '../support/hub-on-test-database.ts';
import { freshCustomer, orderLines } from './behaviours/world.ts';

const SUBMIT = `mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { __typename
  ... on OrderAccepted { process { id state } } ... on OrderRejected { reasons { message } } } }`;
const APPROVE = 'mutation ($id: ID!) { approveProcess(id: $id) { process { id state } } }';
const REJECT = 'mutation ($id: ID!) { rejectProcess(id: $id, reason: "no") { process { id state } } }';
const STATE = '{ approvals(first: 100) { nodes { decision process { id state } } } }';

interface Submitted {
  readonly submitOrder: { readonly process: { readonly id: string; readonly state: string } };
}

describe('a hub where orders need a second person', () => {
  let hub: StartedHub;
  before(async () => {
    // a currency that no order is in: each of them is above the limit
    hub = await startHubOnTestDatabase({ port: await freePort(), env: { HUB_APPROVALS: 'submitOrder:XAU=1' } });
  });
  after(() => hub.close());

  const submit = async (idempotencyKey: string, key: KeyName): Promise<string> => {
    const customer = freshCustomer();
    const input = {
      idempotencyKey,
      customerId: customer.hubId,
      currency: customer.currency,
      lines: orderLines(customer),
      waitSeconds: 30,
    };
    const { data, errors } = await hub.ask<Submitted>(SUBMIT, { input }, key);
    assert.deepEqual(errors, []);
    assert.equal(data.submitOrder.process?.state, 'WAITING_FOR_APPROVAL', JSON.stringify(data));
    return data.submitOrder.process.id;
  };
  const waits = async (id: string): Promise<boolean> => {
    const { data } = await hub.ask<{ approvals: { nodes: { process: { id: string } }[] } }>(STATE);
    return data.approvals.nodes.some(({ process }) => process.id === id);
  };
  const verdict = ({ status, errors }: GraphAnswer<unknown>) => [
    status,
    ...errors.map(({ extensions }) => extensions.code),
  ];

  test('B15 a key that may submit but not approve is refused with 403; the process stays waiting', async () => {
    const id = await submit('b15', 'portal');
    for (const decide of [APPROVE, REJECT]) {
      assert.deepEqual(verdict(await hub.ask(decide, { id }, 'portal')), [403, 'FORBIDDEN']);
    }
    assert.deepEqual(verdict(await hub.ask(STATE, {}, 'portal')), [200, 'FORBIDDEN_FIELD']);
    assert.ok(await waits(id));
    assert.equal(hub.sandbox.ledger('netsuite').length, 0);
  });

  test('B20 the requester approves its own process: 403 SELF_APPROVAL; another person’s key then starts it', async () => {
    const own = await submit('b20', 'operator');
    assert.deepEqual(verdict(await hub.ask(APPROVE, { id: own })), [403, 'SELF_APPROVAL']);
    assert.ok(await waits(own));
    const id = await submit('b20 of another', 'portal');
    const approved = await hub.ask<{ approveProcess: { process: { state: string } } }>(APPROVE, { id });
    assert.deepEqual(verdict(approved), [200]);
    await eventually('it is completed', async () => {
      const { data } = await hub.ask<{ process: { state: string } }>(
        'query ($id: ID!) { process(id: $id) { state } }',
        { id },
      );
      const { state } = data.process;
      assert.ok(['ACCEPTED', 'RUNNING', 'RETRYING', 'COMPLETED'].includes(state), state);
      return state === 'COMPLETED';
    });
  });

  test('what waits still waits after the hub was killed and started again', async () => {
    const id = await submit('over a restart', 'portal');
    await hub.kill();
    await hub.start();
    assert.ok(await waits(id));
    assert.deepEqual(verdict(await hub.ask(APPROVE, { id })), [200]);
  });
});
