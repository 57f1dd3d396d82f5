import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createWorld } from '../../../../sandbox/data/generate.ts';
import type { WorldCustomer } from '../../../../sandbox/data/world.ts';
import { type RunningSandbox, startSandbox } from '../../../../sandbox/start.ts';
import { type ActResult, SUBMIT_ORDER } from '../../../graph/behaviours/queries.ts';
import { freePort } from '../../../support/free-port.ts';
import { eventually, type StartedHub } from '../../../support/hub.ts';
import { startHubOnTestDatabase } from '../../../support/hub-on-test-database.ts';
import { prefixed, type Where } from './two-erps.ts';

const CUSTOMERS = 40;
/** Customers of the second ERP are others than those of the first. */
const EMEA = { seed: 3, firstHubNumber: 50_001 };

/** The whole hub, as it is started with a file, on two ERPs; the first one's customers are known to the other systems too. */
describe('the hub on two ERPs', () => {
  let hub: StartedHub;
  let erp: Record<Where, RunningSandbox>;
  const folder = mkdtempSync(join(tmpdir(), 'concord-two-erps-'));
  before(async () => {
    const latency = { minMs: 0, maxMs: 0 };
    erp = {
      us: await startSandbox({ customers: CUSTOMERS, latency }),
      emea: await startSandbox({ customers: CUSTOMERS, latency, ...EMEA }),
    };
    const file = join(folder, 'hub.yaml');
    // The second ERP counts its companies from 1 as well: to the company they are 11 to 15.
    writeFileSync(
      file,
      `erp:
  instances:
    us: { connector: netsuite }
    emea: { connector: netsuite }
  routes: { 11: emea/1, 12: emea/2, 13: emea/3, 14: emea/4, 15: emea/5, "*": us }
`,
    );
    hub = await startHubOnTestDatabase({
      port: await freePort(),
      sandbox: { customers: CUSTOMERS },
      env: {
        HUB_CONFIG: file,
        ...prefixed('ERP_US_', erp.us.environment),
        ...prefixed('ERP_EMEA_', erp.emea.environment),
      },
    });
  });
  after(async () => {
    await hub.close();
    await Promise.all([erp.us.close(), erp.emea.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const today = new Date().toISOString().slice(0, 10);
  const healthy = (options: { seed: number; firstHubNumber?: number }): WorldCustomer[] =>
    [...createWorld({ size: CUSTOMERS, today, ...options }).customers()].filter(
      ({ known, traits }) => known.erp && traits.length === 0,
    );
  const american = healthy({ seed: 1 });
  const european = healthy(EMEA);
  const at = (customers: WorldCustomer[], nr: number): WorldCustomer => {
    const customer = customers[nr];
    assert.ok(customer);
    return customer;
  };

  const BOTH = `query ($one: ID!, $other: ID!) {
    one: customer(id: $one) { erpCustomerId legalName legalEntity { id } segment salesOrders(first: 1) { nodes { id } } }
    other: customer(id: $other) { erpCustomerId legalName legalEntity { id } salesOrders(first: 1) { nodes { id } } } }`;
  interface Shown {
    readonly erpCustomerId: string;
    readonly legalName: string | null;
    readonly legalEntity: { readonly id: string } | null;
    readonly segment?: string | null;
  }
  const both = (one: WorldCustomer, other: WorldCustomer) =>
    hub.ask<{ one: Shown | null; other: Shown | null }>(BOTH, { one: one.hubId, other: other.hubId });

  const submit = async (customer: WorldCustomer, key: string, legalEntityId?: string): Promise<ActResult> => {
    const input = {
      idempotencyKey: key,
      customerId: customer.hubId,
      currency: customer.currency,
      legalEntityId,
      lines: [{ sku: 'SVC-AUDIT', quantity: 1 }],
      waitSeconds: 30,
    };
    const { data, errors } = await hub.ask(SUBMIT_ORDER, { input });
    assert.deepEqual(errors, []);
    return data.submitOrder as ActResult;
  };
  const openedFor = (where: Where, processId: string) =>
    erp[where]
      .ledger('netsuite')
      .filter(({ effect, businessKey }) => effect === 'sales-order.opened' && businessKey?.startsWith(processId))
      .length;

  test('customers of both come in one answer, each with its own ERP’s ids and companies', async () => {
    const [one, other] = [at(american, 0), at(european, 0)];
    const { data, errors } = await eventually('both directories are taken in', async () => {
      const answer = await both(one, other);
      return answer.data.one && answer.data.other ? answer : undefined;
    });
    assert.deepEqual(errors, []);
    assert.deepEqual([data.one?.legalName, data.other?.legalName], [one.legalName, other.legalName]);
    assert.match(String(data.one?.erpCustomerId), /^us~/);
    assert.match(String(data.other?.erpCustomerId), /^emea~/);
    assert.equal(data.one?.legalEntity?.id, one.legalEntityId);
    assert.equal(data.other?.legalEntity?.id, `1${other.legalEntityId}`);
  });

  test('an order goes to the ERP of its legal entity', async () => {
    const american1 = await submit(at(american, 1), 'order-us');
    const european1 = await submit(at(european, 1), 'order-emea', `1${at(european, 1).legalEntityId}`);
    for (const [result, where, elsewhere] of [
      [american1, 'us', 'emea'],
      [european1, 'emea', 'us'],
    ] as const) {
      assert.equal(result.process.state, 'COMPLETED', JSON.stringify(result));
      assert.deepEqual([openedFor(where, result.process.id), openedFor(elsewhere, result.process.id)], [1, 0]);
    }
  });

  test('with one ERP down the other answers and takes orders', async () => {
    const [one, other] = [at(american, 2), at(european, 2)];
    erp.us.addFault({ vendor: 'netsuite', kind: 'refuse' });
    const { data, errors, extensions } = await both(one, other);
    assert.equal(data.one?.legalName, null);
    assert.notEqual(data.one?.segment, null, 'the CRM knows it');
    assert.equal(data.other?.legalName, other.legalName);
    assert.ok(errors.length > 0 && errors.every(({ path }) => path?.[0] === 'one'), JSON.stringify(errors));
    assert.match(JSON.stringify(extensions.sources), /"ERP"/);
    const result = await submit(other, 'order-emea-alone');
    assert.equal(result.process?.state, 'COMPLETED', JSON.stringify(result));
    assert.equal(openedFor('emea', result.process.id), 1);
    erp.us.removeFaults();
  });
});
