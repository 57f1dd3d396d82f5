import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import type { ErpCustomerId, OrderDraft, SalesOrder } from '../../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../../subgraphs/erp/port.ts';
import { call, write } from '../../contract/erp/asking.ts';
import { type CuttingProxy, cuttingProxy } from './cutting-proxy.ts';
import { connectTryton, type TrytonGround, trytonGround, trytonMissing } from './ground.ts';

/** The bare connector against a real server, with the line between them cut where it hurts. */
describe('a real Tryton in trouble', { skip: trytonMissing }, () => {
  let ground: TrytonGround;
  let proxy: CuttingProxy;
  let port: ErpPort;
  before(async () => {
    ground = await trytonGround();
    proxy = await cuttingProxy(ground.env.TRYTON_BASE_URL ?? '');
    port = connectTryton({ ...ground.env, TRYTON_BASE_URL: proxy.url });
  });
  after(async () => {
    await proxy.close();
    await ground.close();
  });

  const draft = (customerId: ErpCustomerId, quantity = 1, sku = 'SKU-PUMP'): OrderDraft => ({
    customerId,
    legalEntityId: id(ground.buyer.legalEntityId),
    currency: 'EUR',
    purchaseOrderNumber: null,
    memo: null,
    lines: [{ sku: id(sku), quantity }],
  });
  const open = (key: string) => port.openSalesOrder(draft(ground.buyer.id), write(key));
  /** As the ERP itself has it, states in the order of ids. */
  const statesOf = async (key: string) =>
    (await ground.admin.search('sale.sale', [['reference', '=', key]], ['state']))
      .sort((a, b) => a.id - b.id)
      .map(({ state }) => state);
  const statusOf = async (order: SalesOrder) => (await port.salesOrders([order.id], call()))[0]?.status;

  for (const lost of ['create', 'quote', 'confirm']) {
    test(`an order whose ${lost} got no answer is in doubt, and the same key goes on from there`, async () => {
      proxy.loseAnswerTo(`model.sale.sale.${lost}`);
      await assert.rejects(open(`lost:${lost}`), { code: 'IN_DOUBT', system: 'ERP', retryable: true });
      const order = await open(`lost:${lost}`);
      assert.equal(order.reference, `lost:${lost}`);
      assert.equal(order.status, 'PENDING_FULFILMENT');
      assert.deepEqual(await statesOf(`lost:${lost}`), ['processing']);
    });
  }

  const undoing = ['stock.shipment.out.cancel', 'account.invoice.cancel', 'handle.shipment', 'handle.invoice'];
  for (const lost of undoing) {
    test(`an undo whose ${lost} got no answer is done by the next one`, async () => {
      const order = await open(`undo:${lost}`);
      const method = lost.startsWith('handle') ? `wizard.sale.${lost}.exception.execute` : `model.${lost}`;
      proxy.loseAnswerTo(method);
      const undo = () => port.cancelSalesOrder({ customerId: ground.buyer.id }, write(`undo:${lost}`));
      await assert.rejects(undo(), { code: 'IN_DOUBT' });
      await undo();
      assert.equal(await statusOf(order), 'CANCELLED');
      assert.deepEqual(await statesOf(`undo:${lost}`), ['done']);
    });
  }

  test('two that were made at once under one key end as one, the first; the other is cancelled', async () => {
    const party = Number(ground.buyer.id);
    const [first] = [
      await ground.admin.create('sale.sale', { party, reference: 'twice' }),
      await ground.admin.create('sale.sale', { party, reference: 'twice' }),
    ];
    const address = await ground.admin.one('party.address', [['party', '=', party]]);
    const pump = await ground.admin.one('product.product', [['code', '=', 'SKU-PUMP']], ['default_uom']);
    const price = { __class__: 'Decimal', decimal: '240' };
    const line = { type: 'line', product: pump.id, unit: pump.default_uom, quantity: 1, unit_price: price };
    const where = { invoice_address: address.id, shipment_address: address.id, lines: [['create', [line]]] };
    await ground.admin.write('sale.sale', first, where);
    const order = await open('twice');
    assert.equal(order.id, String(first));
    assert.deepEqual(await statesOf('twice'), ['processing', 'cancelled']);
  });

  test('two processes of the hub that open the same orders at once open each once', async () => {
    const keys = ['both:1', 'both:2', 'both:3'];
    const hubs = [port, connectTryton(ground.env)];
    const signal = AbortSignal.timeout(60_000); // twelve steps each, and one interpreter does them all
    const opened = await Promise.all(
      keys.flatMap((key) => hubs.map((hub) => hub.openSalesOrder(draft(ground.buyer.id), { ...write(key), signal }))),
    );
    for (const [at, key] of keys.entries()) {
      assert.equal(opened[2 * at]?.id, opened[2 * at + 1]?.id, key);
      assert.equal((await statesOf(key)).filter((state) => state !== 'cancelled').length, 1, key);
    }
  });

  test('an order beyond the credit limit is refused in words, taken back, and refused again under its key', async () => {
    const customer = ground.customer('C-1006'); // limit 800
    const before = await port.customers([customer], call());
    const tooMuch = () => port.openSalesOrder(draft(customer, 5), write('too-much'));
    for (let times = 0; times < 2; times += 1) {
      await assert.rejects(tooMuch(), (error: Error & { code?: string; reason?: string }) => {
        assert.equal(error.code, 'REFUSED');
        assert.match(error.message, /credit limit/);
        assert.doesNotMatch(error.message, /Fonseca/);
        return true;
      });
    }
    assert.deepEqual(await statesOf('too-much'), ['cancelled']);
    const [left] = await port.salesOrdersOf([{ of: customer, first: 10, after: null }], call());
    assert.deepEqual(left?.entries, []);
    const [now] = await port.customers([customer], call());
    assert.deepEqual(now?.credit.exposure, before[0]?.credit.exposure);
    assert.equal(now?.hasOrders, false);
    assert.equal((await port.openSalesOrder(draft(customer, 1), write('little'))).status, 'PENDING_FULFILMENT');
  });

  test('an order follows its shipment and invoice, and is not cancelled once either left', async () => {
    const { admin } = ground;
    const order = await open('way');
    const sale = await admin.one('sale.sale', [['reference', '=', 'way']], ['shipments', 'invoices']);
    const cancel = () => port.cancelSalesOrder({ customerId: ground.buyer.id }, write('way'));
    for (const button of ['assign_force', 'pick', 'pack', 'done']) {
      await admin.call(`model.stock.shipment.out.${button}`, sale.shipments);
    }
    const [shipped] = await port.salesOrders([order.id], call());
    assert.deepEqual([shipped?.status, shipped?.fulfilment.status], ['PENDING_BILLING', 'COMPLETE']);
    await assert.rejects(cancel(), { code: 'REFUSED' });

    const today = new Date();
    const [year, month, day] = [today.getFullYear(), today.getMonth() + 1, today.getDate()];
    const [invoice] = sale.invoices as number[]; // a list of ids
    await admin.write('account.invoice', Number(invoice), { invoice_date: { __class__: 'date', year, month, day } });
    await admin.call('model.account.invoice.post', sale.invoices);
    assert.equal(await statusOf(order), 'BILLED');
    await assert.rejects(cancel(), { code: 'REFUSED' });
    const [invoiced] = await port.invoices([id(String(invoice))], call());
    assert.deepEqual([invoiced?.status, invoiced?.balance], ['OPEN', order.total]);
  });

  test('what was cancelled does not make a customer of someone', async () => {
    const customer = ground.customer('C-1009');
    await port.openSalesOrder(draft(customer, 1, 'SVC-INSTALL'), write('briefly'));
    assert.equal((await port.customers([customer], call()))[0]?.hasOrders, true);
    await port.cancelSalesOrder({ customerId: customer }, write('briefly'));
    assert.equal((await port.customers([customer], call()))[0]?.hasOrders, false);
  });

  test('the estimate is the tax that the order then bears, and leaves no record', async () => {
    const sales = async () => (await ground.admin.search('sale.sale', [], [])).length;
    const before = await sales();
    const tax = await port.estimateTax(draft(ground.buyer.id, 3), call());
    assert.equal(await sales(), before);
    assert.deepEqual((await port.openSalesOrder(draft(ground.buyer.id, 3), write('estimated'))).tax, tax);
  });

  test('a session that ended is opened again, once for many callers', async () => {
    await port.customers([ground.buyer.id], call());
    await proxy.endSession();
    proxy.methods.length = 0;
    const answers = await Promise.all(Array.from({ length: 5 }, () => port.customers([ground.buyer.id], call())));
    assert.ok(answers.every(([customer]) => customer?.id === ground.buyer.id));
    assert.equal(proxy.methods.filter((method) => method === 'common.db.login').length, 1);
  });

  test('a user who may not is the hub’s own trouble; so is a password that is wrong', async () => {
    const reader = connectTryton({ ...ground.env, TRYTON_USER: 'reader' });
    await assert.rejects(reader.invoices([id('1')], call()), { code: 'CREDENTIAL', system: 'ERP' });
    const wrong = connectTryton({ ...ground.env, TRYTON_PASSWORD: 'not-the-password' });
    await assert.rejects(wrong.customers([ground.buyer.id], call()), { code: 'CREDENTIAL' });
  });
});

describe('a Tryton that is away', () => {
  test('is unavailable, for questions and for acts', async () => {
    const env = { ERP: 'tryton', TRYTON_DATABASE: 'erp', TRYTON_USER: 'hub', TRYTON_PASSWORD: 'no-such-password' };
    const port = connectTryton({ ...env, TRYTON_BASE_URL: 'http://127.0.0.1:9' });
    await assert.rejects(port.customers([id('1')], call()), { code: 'UNAVAILABLE', system: 'ERP' });
    await assert.rejects(port.cancelSalesOrder({ customerId: id('1') }, write('x')), { code: 'UNAVAILABLE' });
  });
});
