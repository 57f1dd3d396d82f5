import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import type { CustomerInEntity, ErpCustomerId, OrderDraft } from '../../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../../subgraphs/erp/port.ts';
import type { ErpGround } from '../erp.ts';
import { call, rejects, write } from './asking.ts';

/** In which own companies a customer is kept, and what it takes to trade with a further one. Each test leaves none behind. */
export function erpLegalEntities(make: () => Promise<ErpGround>): void {
  let ground: ErpGround;
  let port: ErpPort;
  before(async () => {
    ground = await make();
    port = ground.port;
  });
  after(() => ground.close());

  const entitiesOf = async (customer: ErpCustomerId) => (await port.legalEntitiesOf([customer], call()))[0];
  const place = (buyer: ErpGround['buyer'], legalEntityId: string): CustomerInEntity => ({
    customerId: buyer.id,
    legalEntityId: id(legalEntityId),
  });
  const draft = (buyer: ErpGround['buyer'], legalEntityId: string): OrderDraft => ({
    ...place(buyer, legalEntityId),
    currency: buyer.currency,
    purchaseOrderNumber: null,
    memo: null,
    lines: [{ sku: id(ground.goods), quantity: 1 }],
  });

  test('each customer is kept in its own company first; nobody is kept in none', async () => {
    const { buyer, onHold } = ground;
    const found = await port.legalEntitiesOf([onHold.id, id('999999999'), buyer.id, id("1' OR '1'='1")], call());
    assert.deepEqual(
      found.map((kept) => kept[0] ?? null),
      [onHold.legalEntityId, null, buyer.legalEntityId, null],
    );
    assert.deepEqual(await port.legalEntitiesOf([], call()), []);
  });

  test('keeping a customer where it is kept changes nothing, and is not undone by the key that found it so', async () => {
    const home = place(ground.buyer, ground.buyer.legalEntityId);
    const before = await entitiesOf(ground.buyer.id);
    for (let times = 0; times < 2; times += 1) await port.keepInLegalEntity(home, write('keep home'));
    assert.equal(await port.leaveLegalEntity(home, write('keep home')), 'LEFT');
    assert.deepEqual(await entitiesOf(ground.buyer.id), before);
    const order = await port.openSalesOrder(draft(ground.buyer, ground.buyer.legalEntityId), write('still home'));
    assert.equal(order.legalEntityId, ground.buyer.legalEntityId);
  });

  test('a customer or a company that is not there is REFUSED', async () => {
    const { buyer } = ground;
    for (const entity of ['999', "2' OR '1'='1", '../../customer/1001', '']) {
      await rejects(port.keepInLegalEntity(place(buyer, entity), write(`no entity ${entity}`)), 'REFUSED');
      assert.equal(await port.leaveLegalEntity(place(buyer, entity), write(`no entity ${entity}`)), 'LEFT');
    }
    for (const customer of ['999999999', "1' OR '1'='1", '']) {
      const nobody = { customerId: id<'ErpCustomer'>(customer), legalEntityId: id<'LegalEntity'>(buyer.legalEntityId) };
      await rejects(port.keepInLegalEntity(nobody, write(`nobody ${customer}`)), 'REFUSED');
    }
  });

  test('a customer is kept in a further company once for each key, can be booked there, and only that key undoes it', async (t) => {
    const { elsewhere } = ground;
    if (elsewhere === null) return t.skip('this ERP keeps every customer in every company');
    const there = place(elsewhere.buyer, elsewhere.legalEntityId);
    const before = await entitiesOf(elsewhere.buyer.id);
    await rejects(port.openSalesOrder(draft(elsewhere.buyer, elsewhere.legalEntityId), write('too early')), 'REFUSED');
    await Promise.all(Array.from({ length: 5 }, () => port.keepInLegalEntity(there, write('keep 1'))));
    await port.keepInLegalEntity(there, write('keep 1'));
    await port.keepInLegalEntity(there, write('keep 2')); // found there: its undo below takes nothing away
    assert.deepEqual(await entitiesOf(elsewhere.buyer.id), [elsewhere.buyer.legalEntityId, elsewhere.legalEntityId]);
    assert.equal((await port.customers([elsewhere.buyer.id], call()))[0]?.legalEntityId, elsewhere.buyer.legalEntityId);
    assert.equal(await port.leaveLegalEntity(there, write('keep 2')), 'LEFT');
    assert.equal((await entitiesOf(elsewhere.buyer.id))?.length, 2);
    for (let times = 0; times < 2; times += 1) {
      assert.equal(await port.leaveLegalEntity(there, write('keep 1')), 'LEFT');
      assert.deepEqual(await entitiesOf(elsewhere.buyer.id), before);
    }
    await rejects(port.openSalesOrder(draft(elsewhere.buyer, elsewhere.legalEntityId), write('too late')), 'REFUSED');
  });

  test('many keys at once keep a customer in a further company once, and all are content', async (t) => {
    const { elsewhere } = ground;
    if (elsewhere === null) return t.skip('this ERP keeps every customer in every company');
    const there = place(elsewhere.buyer, elsewhere.legalEntityId);
    const keys = Array.from({ length: 8 }, (_, at) => `o'brien/${at}?a=b&c#%41:keep`);
    await Promise.all(keys.map((key) => port.keepInLegalEntity(there, write(key))));
    assert.deepEqual(await entitiesOf(elsewhere.buyer.id), [elsewhere.buyer.legalEntityId, elsewhere.legalEntityId]);
    for (const key of keys) assert.equal(await port.leaveLegalEntity(there, write(key)), 'LEFT');
    assert.deepEqual(await entitiesOf(elsewhere.buyer.id), [elsewhere.buyer.legalEntityId]);
  });

  test('where something was booked, a cancelled order too, the customer stays, and the undo says so each time', async (t) => {
    const { elsewhere } = ground;
    if (elsewhere === null) return t.skip('this ERP keeps every customer in every company');
    const there = place(elsewhere.buyer, elsewhere.legalEntityId);
    await port.keepInLegalEntity(there, write('keep 3'));
    const order = await port.openSalesOrder(draft(elsewhere.buyer, elsewhere.legalEntityId), write('booked'));
    assert.equal(order.legalEntityId, elsewhere.legalEntityId);
    assert.equal(await port.leaveLegalEntity(there, write('keep 3')), 'STAYS');
    await port.cancelSalesOrder({ customerId: elsewhere.buyer.id }, write('booked'));
    for (let times = 0; times < 2; times += 1) {
      assert.equal(await port.leaveLegalEntity(there, write('keep 3')), 'STAYS');
    }
    assert.equal((await entitiesOf(elsewhere.buyer.id))?.length, 2);
  });
}
