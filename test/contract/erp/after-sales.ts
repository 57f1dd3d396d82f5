import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import type { InstalledAsset, ReturnDraft, ServiceOrderDraft } from '../../../subgraphs/erp/after-sales.ts';
import type { SalesOrder } from '../../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../../subgraphs/erp/port.ts';
import type { ErpGround } from '../erp.ts';
import { call, rejects, walk, write } from './asking.ts';

/** What stands at customers', what is done about it, and what comes back; without the capability there is none of it. */
export function erpAfterSales(make: () => Promise<ErpGround>): void {
  let ground: ErpGround;
  let port: ErpPort;
  before(async () => {
    ground = await make();
    port = ground.port;
  });
  after(() => ground.close());

  const available = async () =>
    (await port.products([id(ground.goods)], call()))[0]?.inventory?.available ?? Number.NaN;
  const draftOf = (over: Partial<ServiceOrderDraft> = {}): ServiceOrderDraft => ({
    customerId: ground.buyer.id,
    legalEntityId: id(ground.buyer.legalEntityId),
    currency: ground.buyer.currency,
    caseId: '35000001',
    assetSerialNumber: id("SN-1'001"),
    dispatchOn: '2026-12-01',
    billable: false,
    lines: [{ sku: id(ground.goods), quantity: 2 }],
    ...over,
  });
  const assetsOf = (customer: ErpGround['customers'][number]['id'], first = 100) =>
    walk<InstalledAsset>(async (after) => (await port.installedAssetsOf([{ of: customer, first, after }], call()))[0]);
  /** Orders with goods that are wholly delivered and stand. */
  async function delivered(): Promise<SalesOrder[]> {
    const pages = await port.salesOrdersOf(
      ground.customers.slice(0, 20).map(({ id: of }) => ({ of, first: 20, after: null })),
      call(),
    );
    return pages
      .flatMap(({ entries }) => entries)
      .filter(({ status, lines }) => status === 'BILLED' && (lines[0]?.fulfilledQuantity ?? 0) > 0);
  }
  const draftFor = (order: SalesOrder, over: Partial<ReturnDraft> = {}): ReturnDraft => {
    const [line] = order.lines;
    assert.ok(line);
    return {
      customerId: order.customerId,
      salesOrderId: order.id,
      restock: true,
      lines: [{ position: line.position, sku: line.sku, quantity: 1, reason: "d'Arc: does not fit" }],
      ...over,
    };
  };

  test('without the capability nothing is there, and each act is refused', async () => {
    const { serviceOrders, returns } = port.capabilities;
    if (!serviceOrders) {
      assert.deepEqual(await port.installedAssets([id('SN-1')], call()), [null]);
      assert.deepEqual(await assetsOf(ground.buyer.id), []);
      await rejects(port.openServiceOrder(draftOf(), write('none-1')), 'REFUSED');
      await port.cancelServiceOrder({ customerId: ground.buyer.id }, write('none-1'));
    }
    if (!returns) {
      assert.deepEqual(await port.returnsOfOrder([id('1')], call()), [null]);
      const back = { customerId: ground.buyer.id, salesOrderId: id<'SalesOrder'>('1'), restock: true, lines: [] };
      await rejects(port.authorizeReturn(back, write('none-2')), 'REFUSED');
      assert.equal(await port.cancelReturn({ customerId: ground.buyer.id }, write('none-2')), 'CANCELLED');
    }
  });

  test('an asset is found by its serial number, and in the list of its customer, page by page', async () => {
    if (!port.capabilities.serviceOrders) return;
    const lists = await Promise.all(ground.customers.slice(0, 10).map((one) => assetsOf(one.id)));
    const all = lists.flat();
    assert.ok(all.length > 3);
    for (const [at, list] of lists.entries()) {
      assert.ok(list.every(({ customerId }) => customerId === ground.customers[at]?.id));
    }
    const numbers = all.slice(0, 5).map(({ serialNumber }) => serialNumber);
    assert.deepEqual(await port.installedAssets([...numbers, id("NO' OR '1'='1")], call()), [...all.slice(0, 5), null]);
    const most = lists.find((list) => list.length > 1);
    assert.ok(most?.[0]);
    assert.deepEqual(await assetsOf(most[0].customerId, 1), most);
    assert.ok(all.some(({ warranty }) => warranty !== null && warranty.startsOn < warranty.endsOn));
  });

  test('a service order under warranty costs nothing, reserves its parts, and is undone by its key', async () => {
    if (!port.capabilities.serviceOrders) return;
    const before = await available();
    const opened = await port.openServiceOrder(draftOf(), write('svc-1'));
    assert.equal(opened.order.total.minor, 0n);
    assert.deepEqual(
      [opened.caseId, opened.assetSerialNumber, opened.dispatchOn, opened.billable],
      ['35000001', "SN-1'001", '2026-12-01', false],
    );
    assert.equal(await available(), before - 2);
    assert.deepEqual(await port.openServiceOrder(draftOf({ dispatchOn: '2027-01-01' }), write('svc-1')), opened);
    assert.deepEqual(await port.serviceOrders([opened.id, id('1')], call()), [opened, null]);
    assert.deepEqual((await port.serviceOrdersOfCase(['35000001', '2'], call()))[0]?.entries, [opened]);
    for (let times = 0; times < 2; times += 1) {
      await port.cancelServiceOrder({ customerId: ground.buyer.id }, write('svc-1'));
      assert.equal((await port.serviceOrders([opened.id], call()))[0]?.order.status, 'CANCELLED');
      assert.equal(await available(), before);
    }
    await port.cancelServiceOrder({ customerId: ground.buyer.id }, write('never-opened'));
  });

  test('a visit is planned once for each key, and recalled by it', async () => {
    if (!port.capabilities.serviceOrders) return;
    const { id: serviceOrderId, customerId } = await port.openServiceOrder(draftOf(), write('svc-2'));
    const visit = { customerId, serviceOrderId, on: '2026-12-01', title: 'Case 35000001' };
    for (let times = 0; times < 2; times += 1) await port.dispatchTechnician(visit, write('visit-2'));
    for (let times = 0; times < 2; times += 1) await port.recallTechnician({ customerId }, write('visit-2'));
    await rejects(port.dispatchTechnician({ ...visit, serviceOrderId: id('999') }, write('visit-3')), 'REFUSED');
    await port.recallTechnician({ customerId }, write('visit-3'));
  });

  test('a billable service order is invoiced once, at list prices, and its invoice is credited in full', async () => {
    if (!port.capabilities.serviceOrders) return;
    const {
      id: serviceOrderId,
      order,
      customerId,
    } = await port.openServiceOrder(draftOf({ billable: true }), write('svc-4'));
    const [product] = await port.products([id(ground.goods)], call());
    assert.deepEqual(order.lines[0]?.unitPrice, product?.listPrices[ground.buyer.currency]);
    const invoice = await port.invoiceServiceOrder({ customerId, serviceOrderId }, write('bill-4'));
    assert.deepEqual([invoice.total, invoice.balance], [order.total, order.total]);
    assert.deepEqual(await port.invoiceServiceOrder({ customerId, serviceOrderId }, write('bill-4')), invoice);
    await rejects(port.invoiceServiceOrder({ customerId, serviceOrderId }, write('bill-5')), 'REFUSED');
    for (let times = 0; times < 2; times += 1) {
      await port.creditServiceInvoice({ customerId }, write('bill-4'));
      const [credited] = await port.invoices([invoice.id], call());
      assert.equal(credited?.balance.minor, 0n);
    }
    await port.creditServiceInvoice({ customerId }, write('bill-5'));
    await port.cancelServiceOrder({ customerId }, write('svc-4'));
    assert.equal((await port.serviceOrders([serviceOrderId], call()))[0]?.order.status, 'CLOSED');
  });

  test('a return has the order’s prices and tax, counts against what was delivered, and is closed by its key', async () => {
    if (!port.capabilities.returns) return;
    const [order] = await delivered();
    assert.ok(order);
    const [line] = order.lines;
    assert.ok(line);
    const back = await port.authorizeReturn(draftFor(order), write('rma-1'));
    assert.equal(back.status, 'PENDING_RECEIPT');
    assert.deepEqual(back.netTotal, line.unitPrice);
    assert.ok(back.tax.minor > 0n);
    assert.deepEqual([back.lines[0]?.reason, back.restock, back.creditNote], ["d'Arc: does not fit", true, null]);
    assert.deepEqual(await port.authorizeReturn(draftFor(order, { restock: false }), write('rma-1')), back);
    assert.deepEqual((await port.returnsOfOrder([order.id, id('1')], call()))[0]?.entries, [back]);
    const tooMuch = draftFor(order, {
      lines: [{ position: line.position, sku: line.sku, quantity: line.quantity, reason: 'all' }],
    });
    await rejects(port.authorizeReturn(tooMuch, write('rma-2')), 'REFUSED');
    for (let times = 0; times < 2; times += 1) {
      assert.equal(await port.cancelReturn({ customerId: order.customerId }, write('rma-1')), 'CANCELLED');
      assert.equal((await port.returns([back.id], call()))[0]?.status, 'CLOSED');
    }
    assert.equal(await port.cancelReturn({ customerId: order.customerId }, write('never-made')), 'CANCELLED');
  });

  test('a return is credited once, and stays from then on', async () => {
    if (!port.capabilities.returns) return;
    const [, order] = await delivered();
    assert.ok(order);
    const { customerId } = order;
    const balance = async () => (await port.customers([customerId], call()))[0]?.receivables.balance.minor ?? 0n;
    const before = await balance();
    const back = await port.authorizeReturn(draftFor(order, { restock: false }), write('rma-3'));
    assert.equal(back.restock, false);
    const note = await port.creditReturn({ customerId, returnId: back.id }, write('credit-3'));
    assert.deepEqual(note.total, back.total);
    assert.deepEqual(await port.creditReturn({ customerId, returnId: back.id }, write('credit-3')), note);
    await rejects(port.creditReturn({ customerId, returnId: back.id }, write('credit-4')), 'REFUSED');
    assert.equal(await balance(), before - back.total.minor);
    assert.deepEqual((await port.returns([back.id], call()))[0]?.creditNote, note);
    assert.equal(await port.cancelReturn({ customerId }, write('rma-3')), 'STAYS');
  });
}
