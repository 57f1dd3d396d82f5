import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import { money } from '../../../platform/money.ts';
import type { ErpPort } from '../../../subgraphs/erp/port.ts';
import type { ErpGround } from '../erp.ts';
import { call, rejects, write } from './asking.ts';

/** The orders of a subscription that ends are closed as far as they recur, once for each key, and opened again by it. */
export function erpContractOrders(make: () => Promise<ErpGround>): void {
  let ground: ErpGround;
  let port: ErpPort;
  before(async () => {
    ground = await make();
    port = ground.port;
  });
  after(() => ground.close());

  const about = () => ({ customerId: ground.buyer.id, subscriptionId: "sub_d'arc", contractId: "CTR-'1" });
  const statusOf = async (orderId: string) => (await port.salesOrders([id(orderId)], call()))[0]?.status;

  async function openBoth() {
    const { id: customerId, legalEntityId, currency } = ground.buyer;
    const { subscriptionId, contractId } = about();
    const common = { customerId, legalEntityId: id<'LegalEntity'>(legalEntityId), currency, contractId };
    const sku = id<'Sku'>(ground.subscription);
    const lines = [
      { sku: id<'Sku'>(ground.goods), quantity: 2 },
      { sku, quantity: 3 },
    ];
    const first = await port.openSalesOrder(
      { ...common, purchaseOrderNumber: null, memo: null, lines },
      write('contract-orders:first'),
    );
    const amended = [{ sku, quantity: 4, unitPrice: money(1_900n, currency) }];
    const second = await port.openAmendmentOrder(
      { ...common, subscriptionId, effectiveOn: '2027-01-01', lines: amended, paymentTerms: null },
      write('contract-orders:second'),
    );
    return { first, second };
  }

  test('an ERP that closes no part of an order tells of none, and refuses', async () => {
    if (port.capabilities.closesOrders) return;
    assert.deepEqual(await port.contractOrders(about(), call()), []);
    await rejects(port.closeContractOrders(about(), write('contract-orders:none')), 'REFUSED');
    await port.reopenContractOrders(about(), write('contract-orders:none'));
  });

  test('what recurs is closed once, goods stay, and the key opens it again', async () => {
    if (!port.capabilities.closesOrders) return;
    const { first, second } = await openBoth();
    const open = await port.contractOrders(about(), call());
    const sku = ground.subscription;
    assert.deepEqual(open, [
      { id: first.id, number: first.number, open: [{ sku, quantity: 3 }], unbilled: [] },
      { id: second.id, number: second.number, open: [{ sku, quantity: 4 }], unbilled: [] },
    ]);
    const closing = write('contract-orders:close');
    const closed = await port.closeContractOrders(about(), closing);
    assert.deepEqual(
      closed,
      open.map(({ id: orderId, number }) => ({ id: orderId, number })),
    );
    assert.deepEqual(await port.closeContractOrders(about(), closing), closed);
    assert.deepEqual(await port.contractOrders(about(), call()), []);
    assert.equal(await statusOf(first.id), 'PENDING_FULFILMENT', 'its goods are still to come');
    assert.equal(await statusOf(second.id), 'CANCELLED');

    assert.deepEqual(await port.closeContractOrders(about(), write('contract-orders:other')), []);
    await port.reopenContractOrders(about(), write('contract-orders:other'));
    assert.deepEqual(await port.contractOrders(about(), call()), [], 'another key opens nothing');
    for (let times = 0; times < 2; times += 1) await port.reopenContractOrders(about(), closing);
    assert.deepEqual(await port.contractOrders(about(), call()), open);
    assert.equal(await statusOf(second.id), 'PENDING_FULFILMENT');
    for (const key of ['contract-orders:first', 'contract-orders:second'])
      await port.cancelSalesOrder(about(), write(key));
    assert.deepEqual(await port.contractOrders(about(), call()), []);
  });

  test('of another customer, contract or subscription nothing is told or closed', async () => {
    const others = [
      { ...about(), customerId: ground.onHold.id },
      { ...about(), subscriptionId: "x' OR 'a' = 'a", contractId: "y' OR 'a' = 'a" },
      { ...about(), customerId: id<'ErpCustomer'>('no id'), contractId: null },
    ];
    for (const other of others) assert.deepEqual(await port.contractOrders(other, call()), []);
  });
}
