import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { systemClock } from '../../../platform/clock.ts';
import { id } from '../../../platform/ids.ts';
import { silentLog } from '../../../platform/log.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import { netsuite } from '../../../sandbox/data/keys.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/start.ts';
import { connectErp } from '../../../subgraphs/erp/connect.ts';
import type { ErpCustomerId, OrderDraft } from '../../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../../subgraphs/erp/port.ts';
import { call, walk, write } from '../../contract/erp/asking.ts';
import { prefixed } from '../../subgraphs/erp/instances/two-erps.ts';
import { type TrytonGround, trytonGround, trytonMissing } from './ground.ts';

const CUSTOMERS = 30;

/** NetSuite keeps the books of companies 1 to 5, Tryton those of company 20, which it calls 1. */
describe('a real Tryton beside NetSuite', { skip: trytonMissing }, () => {
  let tryton: TrytonGround;
  let sandbox: RunningSandbox;
  let port: ErpPort;
  let american: WorldCustomer;
  let us: ErpCustomerId;
  let emea: ErpCustomerId;
  before(async () => {
    tryton = await trytonGround();
    sandbox = await startSandbox({ customers: CUSTOMERS, latency: { minMs: 0, maxMs: 0 } });
    const inTryton = Object.entries(tryton.env).filter(([name]) => name.startsWith('TRYTON_'));
    const env = {
      ERP_INSTANCES: 'us:netsuite,emea:tryton',
      ERP_ROUTES: '20:emea/1,*:us',
      ...prefixed('ERP_US_', sandbox.environment),
      ...Object.fromEntries(inTryton.map(([name, value]) => [`ERP_EMEA_${name}`, value])),
    };
    const resilience = { breakAfter: 1_000, retryShare: 0 };
    port = connectErp(env, { clock: systemClock, log: silentLog, cache: null, resilience });
    const world = createWorld({ seed: 1, size: CUSTOMERS, today: new Date().toISOString().slice(0, 10) });
    const found = [...world.customers()].find(({ known, traits }) => known.erp && traits.length === 0);
    assert.ok(found);
    american = found;
    us = id(`us~${netsuite.customer(found.index)}`);
    emea = id(`emea~${tryton.buyer.id}`);
  });
  after(async () => {
    await sandbox?.close();
    await tryton?.close();
  });
  afterEach(() => sandbox.removeFaults());

  const draft = (where: 'us' | 'emea'): OrderDraft => ({
    customerId: where === 'us' ? us : emea,
    legalEntityId: id(where === 'us' ? american.legalEntityId : '20'),
    currency: where === 'us' ? american.currency : tryton.buyer.currency,
    purchaseOrderNumber: null,
    memo: null,
    lines: [{ sku: id(where === 'us' ? 'SVC-AUDIT' : tryton.goods), quantity: 1 }],
  });

  test('customers of both come in one batch, with the company’s own ids of legal entities', async () => {
    const found = await port.customers([emea, us], call());
    assert.deepEqual(
      found.map((customer) => [customer?.id, customer?.legalEntityId]),
      [
        [emea, '20'],
        [us, american.legalEntityId],
      ],
    );
    const [entities] = await port.legalEntities(['all'], call());
    assert.deepEqual(
      entities?.map((entity) => entity.id),
      ['1', '2', '3', '4', '5', '20'],
    );
  });

  test('products, catalogue and directory are those of both', async () => {
    const [pump, sensor] = await port.products([id(tryton.goods), id('GDS-SENSOR-25')], call());
    assert.ok(pump?.listPrices.EUR && sensor?.listPrices.EUR);
    const skus = (
      await walk(async (from) => (await port.catalogue([{ of: '*', first: 7, after: from }], call()))[0])
    ).map(({ sku }) => sku);
    assert.deepEqual(skus, [...new Set(skus)].sort());
    assert.ok(skus.includes(id(tryton.goods)) && skus.includes(id('GDS-SENSOR-25')));
    const told = await walk((from) => port.directory({ first: 11, after: from }, call()));
    const ofTryton = told.filter(({ externalId }) => externalId.startsWith('emea~'));
    assert.equal(ofTryton.length, tryton.customerCount);
    assert.ok(told.length > ofTryton.length);
  });

  test('an order goes to the ERP of its legal entity, and is cancelled there', async () => {
    for (const where of ['us', 'emea'] as const) {
      const order = await port.openSalesOrder(draft(where), write(`beside-${where}`));
      assert.ok(order.id.startsWith(`${where}~`));
      assert.deepEqual(await port.salesOrders([order.id], call()), [order]);
      assert.deepEqual((await port.openSalesOrder(draft(where), write(`beside-${where}`))).id, order.id);
      await port.cancelSalesOrder({ customerId: order.customerId }, write(`beside-${where}`));
      assert.equal((await port.salesOrders([order.id], call()))[0]?.status, 'CANCELLED');
    }
    assert.equal(sandbox.ledger('netsuite').filter(({ effect }) => effect === 'sales-order.opened').length, 1);
  });

  test('with NetSuite down Tryton answers and takes orders', async () => {
    sandbox.addFault({ vendor: 'netsuite', kind: 'status', status: 503 });
    const [missing, there] = await port.customers([us, emea], call());
    assert.ok(missing instanceof Error);
    assert.equal(there?.id, emea);
    const order = await port.openSalesOrder(draft('emea'), write('beside-alone'));
    assert.equal(order.reference, 'beside-alone');
  });
});
