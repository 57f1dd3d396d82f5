import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { literal } from '../../../subgraphs/erp/connectors/netsuite/sql.ts';
import { statement } from '../../../subgraphs/erp/connectors/netsuite/suiteql.ts';
import {
  toCustomer,
  toInvoice,
  toInvoiceLines,
  toOrders,
  toProducts,
} from '../../../subgraphs/erp/connectors/netsuite/translate.ts';
import {
  CustomerRow,
  InvoiceLineRow,
  InvoiceRow,
  OrderRow,
  OrderStatus,
  ProductRow,
} from '../../../subgraphs/erp/connectors/netsuite/wire.ts';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/netsuite/${name}.json`, import.meta.url), 'utf8'));
const eur = (minor: bigint) => ({ minor, currency: 'EUR' });
const ASKED_AT = '2026-11-20T10:00:00.000Z';

describe('a NetSuite customer', () => {
  const raw = CustomerRow.parse(fixture('customer-row'));
  const standing = (over: Partial<CustomerRow>) => toCustomer({ ...raw, ...over }, ASKED_AT).credit.status;

  test('is told in the hub’s words, with amounts in minor units', () => {
    const customer = toCustomer(raw, ASKED_AT);
    assert.deepEqual([customer.id, customer.hubId, customer.paymentTerms], ['1207', 'C-10207', 'NET_30']);
    assert.deepEqual(customer.credit.exposure, eur(500_050n));
    assert.deepEqual(customer.credit.available, eur(0n));
    assert.deepEqual(customer.receivables, { balance: eur(400_050n), overdue: eur(50n), asOf: ASKED_AT });
    assert.equal(customer.billingAddress?.region, null);
    assert.equal(customer.hasOrders, true);
  });

  test('is held by ON, by AUTO when over the limit and late, and never by OFF', () => {
    const [over, late] = [{ balance: '9000' }, { overdue: '10' }];
    const within = { balance: '10', unbilled: '0', overdue: '0' };
    assert.equal(standing({ hold: 'ON', ...within }), 'HOLD');
    assert.equal(standing({ hold: 'AUTO', ...over, ...late }), 'HOLD');
    assert.equal(standing({ hold: 'AUTO', ...over, overdue: '0' }), 'WATCH');
    assert.equal(standing({ hold: 'AUTO', ...within, ...late }), 'WATCH');
    assert.equal(standing({ hold: 'OFF', ...over, ...late }), 'WATCH');
    assert.equal(standing({ hold: 'AUTO', ...within }), 'GOOD');
    assert.equal(
      standing({ hold: 'AUTO', ...within, balance: '1e9'.replace('e9', '000000'), creditlimit: undefined }),
      'GOOD',
    );
  });

  test('without address, limit, orders and terms that the hub knows has null there', () => {
    const bare = CustomerRow.parse({
      id: '1',
      name: 'x',
      currency: 'JPY',
      hold: 'OFF',
      termdays: '7',
      balance: '1200',
    });
    const customer = toCustomer(bare, ASKED_AT);
    assert.deepEqual(
      [
        customer.billingAddress,
        customer.credit.limit,
        customer.credit.available,
        customer.paymentTerms,
        customer.hubId,
      ],
      [null, null, null, null, null],
    );
    assert.equal(customer.hasOrders, false);
    assert.deepEqual(customer.receivables.balance, { minor: 1_200n, currency: 'JPY' });
  });
});

describe('lines of a NetSuite invoice', () => {
  const row = (line: object) => InvoiceLineRow.parse({ id: '7', currency: 'EUR', entity: '1207', ...line });
  test('come by their places, as sold: half an hour, a discount below zero, and what is taken back', () => {
    const lines = toInvoiceLines([
      row({ position: '9', sku: 'DISCOUNT', amount: '12.5' }),
      row({ position: '2', sku: 'SVC-AUDIT', memo: 'Audit', quantity: '-.5', rate: '100.005', amount: '-50' }),
      row({ position: '10', sku: 'GDS-PUMP-S', quantity: '2', rate: '10', amount: '20' }),
    ]);
    assert.deepEqual(
      lines.map(({ position, quantity, unitPrice, netAmount }) => [position, quantity, unitPrice, netAmount]),
      [
        [2, '0.5', eur(10_001n), eur(5_000n)],
        [9, null, null, eur(-1_250n)],
        [10, '-2', eur(1_000n), eur(-2_000n)],
      ],
    );
    assert.deepEqual([lines[0]?.description, lines[1]?.description], ['Audit', null]);
  });

  test('are none where there is only the invoice', () => assert.deepEqual(toInvoiceLines([row({})]), []));
});

describe('a NetSuite sales order', () => {
  const rows = OrderRow.array().parse(fixture('order-rows'));

  test('is built from its lines: signs turned, tax apart, text lines left out', () => {
    const [order, ...others] = toOrders(rows);
    assert.deepEqual(others, []);
    assert.deepEqual([order?.netTotal, order?.tax, order?.total], [eur(50_000n), eur(9_500n), eur(59_500n)]);
    assert.deepEqual(
      order?.lines.map(({ position, sku, quantity, netAmount }) => [position, sku, quantity, netAmount.minor]),
      [
        [1, 'GDS-1', 4, 40_000n],
        [2, 'SVC-1', 1, 10_000n],
      ],
    );
    assert.equal(order?.reference, '6a1e:open-sales-order');
    assert.equal(order?.status, 'PARTIALLY_FULFILLED');
    assert.equal(order?.fulfilment.status, 'PARTIAL');
  });

  test('has a word for every status, and closed before anything moved is cancelled', () => {
    const moved = (status: OrderRow['status']) => toOrders(rows.map((row) => ({ ...row, status })))[0]?.status;
    const unmoved = toOrders(rows.map((row) => ({ ...row, status: 'H', shipped: 0, billed: 0 })))[0];
    assert.ok(OrderStatus.options.every((status) => moved(status) !== undefined));
    assert.equal(moved('H'), 'CLOSED');
    assert.equal(unmoved?.status, 'CANCELLED');
    assert.equal(unmoved?.fulfilment.status, 'CANCELLED');
  });

  test('is fulfilled and invoiced on the last of its lines’ days', () => {
    const done = rows.map((row) => ({
      ...row,
      status: 'G' as const,
      ...(row.quantity ? { shipped: -row.quantity, billed: -row.quantity, billedon: '2026-10-12' } : {}),
    }));
    const milestones = toOrders(done)[0]?.fulfilment.milestones.map(({ reachedAt }) => reachedAt?.slice(0, 10));
    assert.deepEqual(milestones, ['2026-10-05', '2026-10-08', '2026-10-12']);
  });

  test('with a status that NetSuite never documented is a broken contract, not a guess', () => {
    assert.equal(OrderRow.safeParse({ ...(fixture('order-rows') as object[])[0], status: 'Z' }).success, false);
  });
});

test('an invoice is overdue from the day after its due day', () => {
  const row = {
    id: '7',
    number: 'INV7',
    status: 'A',
    trandate: '2026-10-01',
    duedate: '2026-10-31',
    total: '10',
    currency: 'EUR',
    entity: '1',
  };
  const on = (today: string) => toInvoice(InvoiceRow.parse(row), today).status;
  assert.deepEqual([on('2026-10-30'), on('2026-10-31'), on('2026-11-01')], ['OPEN', 'OPEN', 'OVERDUE']);
  assert.equal(toInvoice(InvoiceRow.parse({ ...row, status: 'B' }), '2027-01-01').status, 'PAID');
});

test('a product that is not priced is sold at no price, and one that is not stocked has no stock', () => {
  const row = ProductRow.parse({ id: '1', sku: 'S', itemtype: 'Service', recurring: 'T', inactive: 'F' });
  assert.deepEqual(toProducts([row], ASKED_AT), [
    { sku: 'S', name: 'S', kind: 'SUBSCRIPTION', active: true, taxClass: null, listPrices: {}, inventory: null },
  ]);
});

test('questions share a statement by name of column, in one unique order', () => {
  const sql = statement([
    { columns: { id: 'a.x', line: '0', name: 'a.n' }, from: 'a' },
    { columns: { id: 'b.y', line: 'b.l', total: 'b.t' }, from: 'b' },
  ]);
  assert.equal(
    sql,
    "SELECT 'p0' AS part, a.x AS id, 0 AS line, a.n AS name, NULL AS total FROM a UNION ALL " +
      "SELECT 'p1' AS part, b.y AS id, b.l AS line, NULL AS name, b.t AS total FROM b ORDER BY part, id, line",
  );
});

test('text in a statement keeps its quotes to itself', () => {
  assert.equal(literal("x' OR '1'='1"), "'x'' OR ''1''=''1'");
  assert.equal(literal("''"), "''''''");
});
