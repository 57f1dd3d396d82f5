import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import type { ErpCustomerId, OrderDraft } from '../../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../../subgraphs/erp/port.ts';
import type { ErpGround } from '../erp.ts';
import { call, rejects, walk, write } from './asking.ts';

/** Acts take effect once for each key, are undone by it, and leave nothing behind where they are refused. */
export function erpWrites(make: () => Promise<ErpGround>): void {
  let ground: ErpGround;
  let port: ErpPort;
  before(async () => {
    ground = await make();
    port = ground.port;
  });
  after(() => ground.close());

  const draftOf = (buyer: ErpGround['buyer'], lines: readonly { sku: string; quantity: number }[]): OrderDraft => ({
    customerId: buyer.id,
    legalEntityId: id(buyer.legalEntityId),
    currency: buyer.currency,
    purchaseOrderNumber: "PO 4711 / d'Arc",
    memo: null,
    lines: lines.map(({ sku, quantity }) => ({ sku: id<'Sku'>(sku), quantity })),
  });
  const goodsOf = (quantity: number) => draftOf(ground.buyer, [{ sku: ground.goods, quantity }]);
  const available = async () =>
    (await port.products([id(ground.goods)], call()))[0]?.inventory?.available ?? Number.NaN;
  const ordersOf = (customer: ErpCustomerId) => port.salesOrdersOf([{ of: customer, first: 100, after: null }], call());

  test('an order is opened with the ERP’s price and tax, and read like any other', async () => {
    const before = await available();
    const order = await port.openSalesOrder(goodsOf(3), write('open-1'));
    const [product] = await port.products([id(ground.goods)], call());
    assert.equal(order.reference, 'open-1');
    assert.equal(order.status, 'PENDING_FULFILMENT');
    assert.deepEqual(order.lines[0]?.unitPrice, product?.listPrices[ground.buyer.currency]);
    assert.equal(order.purchaseOrderNumber, "PO 4711 / d'Arc");
    assert.equal(order.legalEntityId, ground.buyer.legalEntityId);
    assert.ok(order.tax.minor > 0n);
    assert.deepEqual(await port.salesOrders([order.id], call()), [order]);
    assert.equal((await ordersOf(ground.buyer.id))[0]?.entries[0]?.id, order.id);
    assert.equal(await available(), before - 3);
  });

  test('a repeated key gives the order it opened, also when it asks for something else', async () => {
    const order = await port.openSalesOrder(goodsOf(2), write('open-2'));
    assert.deepEqual(await port.openSalesOrder(goodsOf(2), write('open-2')), order);
    assert.deepEqual(await port.openSalesOrder(goodsOf(9), write('open-2')), order);
  });

  test('the same key many times at once opens one order', async () => {
    const before = await available();
    const orders = await Promise.all(
      Array.from({ length: 10 }, () => port.openSalesOrder(goodsOf(4), write('open-3'))),
    );
    assert.equal(new Set(orders.map((order) => order.id)).size, 1);
    assert.equal(await available(), before - 4);
  });

  test('keys that look odd are kept as they are', async () => {
    for (const key of ["o'brien:open", 'a/b?c=d&e#f', '%41:open', 'eid:x', '6a1e:open-sales-order', 'x'.repeat(200)]) {
      const order = await port.openSalesOrder(goodsOf(1), write(key));
      assert.equal(order.reference, key);
      await port.cancelSalesOrder({ customerId: ground.buyer.id }, write(key));
      assert.equal((await port.salesOrders([order.id], call()))[0]?.status, 'CANCELLED');
    }
  });

  test('an order is cancelled by its key, releases stock and exposure, and cancelling again does nothing', async () => {
    const exposure = async () => (await port.customers([ground.buyer.id], call()))[0]?.credit.exposure.minor;
    const before = [await available(), await exposure()];
    const order = await port.openSalesOrder(goodsOf(5), write('open-4'));
    assert.notEqual(await exposure(), before[1]);
    for (let times = 0; times < 2; times += 1) {
      await port.cancelSalesOrder({ customerId: ground.buyer.id }, write('open-4'));
      const [cancelled] = await port.salesOrders([order.id], call());
      assert.equal(cancelled?.status, 'CANCELLED');
      assert.equal(cancelled?.fulfilment.status, 'CANCELLED');
      assert.deepEqual([await available(), await exposure()], before);
    }
  });

  test('cancelling what was never opened does nothing', async () => {
    await port.cancelSalesOrder({ customerId: ground.buyer.id }, write('never-opened'));
  });

  test('what the ERP refuses is REFUSED with a reason, and leaves nothing behind', async () => {
    const { buyer, onHold, withoutTax, goods, inactive, otherCurrency, otherLegalEntityId } = ground;
    const refused: [string, OrderDraft][] = [
      ['unknown product', draftOf(buyer, [{ sku: 'NO-SUCH-SKU', quantity: 1 }])],
      ['inactive product', draftOf(buyer, [{ sku: inactive, quantity: 1 }])],
      ['no quantity', draftOf(buyer, [{ sku: goods, quantity: 0 }])],
      ['negative quantity', draftOf(buyer, [{ sku: goods, quantity: -2 }])],
      ['no lines', draftOf(buyer, [])],
      ['unknown customer', draftOf({ ...buyer, id: id('999999999') }, [{ sku: goods, quantity: 1 }])],
      ['no customer at all', draftOf({ ...buyer, id: id("1' OR '1'='1") }, [{ sku: goods, quantity: 1 }])],
      ['credit hold', draftOf(onHold, [{ sku: goods, quantity: 1 }])],
      ['other currency', draftOf({ ...buyer, currency: otherCurrency }, [{ sku: goods, quantity: 1 }])],
      ['no currency', draftOf({ ...buyer, currency: 'XXX' }, [{ sku: goods, quantity: 1 }])],
      ['other company', draftOf({ ...buyer, legalEntityId: otherLegalEntityId }, [{ sku: goods, quantity: 1 }])],
    ];
    if (withoutTax) refused.push(['tax not set up', draftOf(withoutTax, [{ sku: goods, quantity: 1 }])]);
    const before = [await available(), await ordersOf(buyer.id)];
    for (const [what, draft] of refused) {
      await assert.rejects(port.openSalesOrder(draft, write(`refused: ${what}`)), (error: Error) => {
        assert.equal((error as { code?: unknown }).code, 'REFUSED', what);
        assert.match(error.message, /\w{3,}/);
        return true;
      });
      await port.cancelSalesOrder({ customerId: draft.customerId }, write(`refused: ${what}`));
    }
    assert.deepEqual([await available(), await ordersOf(buyer.id)], before);
  });

  test('an amendment order carries billing’s price, changes the terms, and its undo puts them back', async () => {
    const { buyer, subscription } = ground;
    const termsNow = async () => (await port.customers([buyer.id], call()))[0]?.paymentTerms;
    const before = await termsNow();
    const wanted = before === 'NET_60' ? 'NET_45' : 'NET_60';
    const unitPrice = { minor: 1_234n, currency: buyer.currency };
    const amendment = {
      customerId: buyer.id,
      legalEntityId: id<'LegalEntity'>(buyer.legalEntityId),
      currency: buyer.currency,
      subscriptionId: 'sub_1',
      contractId: null,
      effectiveOn: '2026-12-01',
      lines: [{ sku: id<'Sku'>(subscription), quantity: 12, unitPrice }],
      paymentTerms: wanted,
    } as const;
    const order = await port.openAmendmentOrder(amendment, write('amend-1'));
    assert.deepEqual(order.lines[0]?.unitPrice, unitPrice);
    assert.equal(order.netTotal.minor, 12n * 1_234n);
    assert.equal(await termsNow(), wanted);
    assert.deepEqual(await port.openAmendmentOrder(amendment, write('amend-1')), order);
    await port.cancelSalesOrder({ customerId: buyer.id }, write('amend-1'));
    assert.equal((await port.salesOrders([order.id], call()))[0]?.status, 'CANCELLED');
    assert.equal(await termsNow(), before);
    assert.equal((await port.openAmendmentOrder(amendment, write('amend-1'))).status, 'CANCELLED');
    assert.equal(await termsNow(), before, 'a key that comes late, after its undo, changes nothing');
  });

  test('a customer is changed in the fields that are given, and the same change again is the same', async () => {
    const [was] = await port.customers([ground.buyer.id], call());
    assert.ok(was?.billingAddress);
    const billingAddress = { ...was.billingAddress, line1: "12 Rue de l'Église", line2: null, city: 'Łódź' };
    const change = { customerId: was.id, billingAddress, paymentTerms: 'NET_15' } as const;
    for (let times = 0; times < 2; times += 1) {
      await port.updateCustomer(change, write(`update-${times}`));
      const [now] = await port.customers([was.id], call());
      assert.deepEqual(now?.billingAddress, billingAddress);
      assert.equal(now?.paymentTerms, 'NET_15');
      assert.equal(now?.legalName, was.legalName);
    }
    await port.updateCustomer({ customerId: was.id, legalName: 'Ünï & Söhne' }, write('update-name'));
    assert.equal((await port.customers([was.id], call()))[0]?.legalName, 'Ünï & Söhne');
  });

  test('a customer is opened once under its hub id, is found by its tax id, and its own key alone closes it', async (t) => {
    const [like] = await port.customers([ground.buyer.id], call());
    assert.ok(like?.billingAddress);
    const draft = {
      hubId: 'C-contract1',
      legalName: 'Contract & Söhne',
      billingAddress: like.billingAddress,
      email: 'books@contract.example',
      currency: ground.buyer.currency,
      paymentTerms: 'NET_30',
      legalEntityId: id<'LegalEntity'>(ground.buyer.legalEntityId),
      taxId: 'DE 811-999.001',
    } as const;
    const opening = (key: string) => port.openCustomer(draft, write(key));
    if (!port.capabilities.opensCustomers) {
      await rejects(opening('open-1'), 'REFUSED');
      return t.skip('this ERP takes no new customers from the hub');
    }
    const opened = await opening('open-1');
    assert.equal(await opening('open-1'), opened, 'said again');
    assert.equal(await opening('open-2'), opened, 'there is one of that hub id');
    const [read] = await port.customers([opened], call());
    assert.deepEqual(
      [read?.hubId, read?.legalName, read?.currency, read?.paymentTerms, read?.legalEntityId],
      [draft.hubId, draft.legalName, draft.currency, draft.paymentTerms, draft.legalEntityId],
    );
    assert.deepEqual(await port.taxIdHolders('de811999001', call()), [opened]);
    const known = async () =>
      (await walk((after) => port.directory({ first: 100, after }, call()))).some(({ hubId }) => hubId === draft.hubId);
    await port.closeCustomer({ hubId: draft.hubId }, write('open-2'));
    assert.equal(await known(), true, 'another key closes nothing');
    for (let times = 0; times < 2; times += 1) {
      await port.closeCustomer({ hubId: draft.hubId }, write('open-1'));
      assert.equal(await known(), false);
    }
    assert.deepEqual(await port.taxIdHolders(draft.taxId, call()), []);
  });

  test('tax before the order is told only by an ERP that can', async () => {
    const tax = await port.estimateTax(goodsOf(1), call());
    assert.equal(tax === null, !port.capabilities.estimatesTax);
  });
}
