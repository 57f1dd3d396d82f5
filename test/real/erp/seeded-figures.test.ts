import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { amountText, type Money } from '../../../platform/money.ts';
import type { ErpPort } from '../../../subgraphs/erp/port.ts';
import { call } from '../../contract/erp/asking.ts';
import { type CuttingProxy, cuttingProxy } from './cutting-proxy.ts';
import { connectTryton, type TrytonGround, trytonGround, trytonMissing } from './ground.ts';

/** Code, limit, exposure, balance, overdue, standing, has orders: as the seed list has them. */
const FIGURES: readonly (readonly [string, string | null, string, string, string, string, boolean])[] = [
  ['C-1001', '5000.00', '255.60', '255.60', '0.00', 'GOOD', true],
  ['C-1002', '10000.00', '2718.00', '2718.00', '2718.00', 'WATCH', true],
  ['C-1003', '2000.00', '558.80', '558.80', '558.80', 'WATCH', true],
  ['C-1004', null, '588.30', '458.40', '0.00', 'GOOD', true],
  ['C-1005', '1500.00', '0.00', '0.00', '0.00', 'GOOD', false],
  ['C-1006', '800.00', '0.00', '0.00', '0.00', 'GOOD', false],
  ['C-1007', '0.00', '0.00', '0.00', '0.00', 'HOLD', false], // the ground uses its limit up
  ['C-1008', '20000.00', '0.00', '0.00', '0.00', 'GOOD', true],
  ['C-1009', '50000.00', '0.00', '0.00', '0.00', 'GOOD', false],
  ['C-1010', '3000.00', '0.00', '0.00', '0.00', 'GOOD', true],
  ['C-1011', '7500.00', '1523.64', '1043.64', '0.00', 'GOOD', true],
  ['C-1012', null, '0.00', '0.00', '0.00', 'GOOD', false],
];

describe('twelve customers of a real Tryton', { skip: trytonMissing }, () => {
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

  const ids = () => FIGURES.map(([code]) => ground.customer(code));
  const counted = async <T>(ask: () => Promise<T>): Promise<[T, number]> => {
    await port.legalEntities(['all'], call()); // has a session
    proxy.methods.length = 0;
    return [await ask(), proxy.methods.length];
  };
  const text = (money: Money | null | undefined) => (money ? amountText(money) : null);

  test('have the figures of the seed, in three requests', async () => {
    const [customers, requests] = await counted(() => port.customers(ids(), call()));
    assert.deepEqual(
      customers.map((customer) => [
        customer?.hubId,
        text(customer?.credit.limit),
        text(customer?.credit.exposure),
        text(customer?.receivables.balance),
        text(customer?.receivables.overdue),
        customer?.credit.status,
        customer?.hasOrders,
      ]),
      FIGURES,
    );
    assert.equal(requests, 3);
  });

  test('have their orders and invoices in two requests each', async () => {
    const lists = ids().map((of) => ({ of, first: 5, after: null }));
    const [orders, forOrders] = await counted(() => port.salesOrdersOf(lists, call()));
    const [invoices, forInvoices] = await counted(() => port.invoicesOf(lists, call()));
    assert.deepEqual([forOrders, forInvoices], [2, 2]);
    assert.deepEqual(
      orders.map(({ entries }) => entries.map(({ purchaseOrderNumber, status }) => `${purchaseOrderNumber} ${status}`)),
      [
        ['WEB-0009 PENDING_FULFILMENT', 'WEB-0002 PENDING_FULFILMENT'],
        ['WEB-0006 PENDING_FULFILMENT', 'WEB-0003 PENDING_FULFILMENT'],
        ['WEB-0005 PENDING_FULFILMENT'],
        ['WEB-0011 PENDING_FULFILMENT', 'WEB-0007 PENDING_FULFILMENT'],
        [], // a draft has no number yet
        [],
        ['WEB-0013 PENDING_APPROVAL'],
        ['WEB-0001 PENDING_FULFILMENT'],
        ['WEB-0012 PENDING_APPROVAL'],
        ['WEB-0004 PENDING_FULFILMENT'],
        ['WEB-0010 PENDING_FULFILMENT', 'WEB-0008 PENDING_FULFILMENT'],
        [],
      ],
    );
    assert.deepEqual(
      invoices.map(({ entries }) =>
        entries.map(({ status, total, balance }) => `${status} ${text(total)} ${text(balance)}`),
      ),
      [
        ['OPEN 255.60 255.60', 'PAID 1152.00 0.00'],
        ['OVERDUE 426.00 426.00', 'OVERDUE 2292.00 2292.00'],
        ['OVERDUE 1558.80 558.80'],
        ['OPEN 458.40 458.40'],
        [], // drafts were not issued
        [],
        [],
        ['PAID 2880.00 0.00'],
        [],
        ['PAID -311.76 0.00', 'VOIDED 311.76 0.00'],
        ['OPEN 1043.64 1043.64'],
        [],
      ],
    );
  });

  test('are all in the directory, our own people are not, in two requests a page', async () => {
    const [page, requests] = await counted(() => port.directory({ first: 100, after: null }, call()));
    assert.deepEqual(
      page.entries.map(({ hubId }) => hubId),
      FIGURES.map(([code]) => code),
    );
    assert.equal(page.entries.find(({ hubId }) => hubId === 'C-1010')?.email, 'Kontakt@Jovanovic.example');
    assert.equal(requests, 2);
  });
});
