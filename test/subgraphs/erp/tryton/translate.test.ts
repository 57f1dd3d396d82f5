import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  termDays,
  toCustomer,
  toDirectoryEntry,
  toInvoice,
  toInvoiceLine,
  toLegalEntity,
  toOrder,
  toProduct,
  toTerms,
} from '../../../../subgraphs/erp/connectors/tryton/translate.ts';
import * as wire from '../../../../subgraphs/erp/connectors/tryton/wire.ts';
import { rows } from './recorded.ts';

const eur = (minor: bigint) => ({ minor, currency: 'EUR' });
const ASKED_AT = '2026-11-21T10:00:00.000Z';

function company(): wire.CompanyRow {
  const [row] = rows('company', wire.CompanyRow);
  assert.ok(row);
  return row;
}

describe('a Tryton party', () => {
  const parties = rows('parties', wire.PartyRow);
  const at = (place: number): wire.PartyRow => {
    const row = parties[place];
    assert.ok(row);
    return row;
  };
  const beside = { company: company(), ordered: new Set([3]), stopped: new Set<number>(), asOf: ASKED_AT };
  const standing = (over: Partial<wire.PartyRow>, stopped = new Set<number>()) =>
    toCustomer({ ...at(0), ...over }, { ...beside, stopped }).credit;

  test('is told in the hub’s words, with amounts in minor units of the company’s currency', () => {
    const customer = toCustomer(at(0), beside);
    assert.deepEqual(
      [customer.id, customer.hubId, customer.legalName, customer.paymentTerms, customer.legalEntityId],
      ['3', 'C-1001', 'Aldgate Instruments Ltd', 'NET_30', '1'],
    );
    assert.deepEqual(customer.billingAddress, {
      line1: '1 Market Street',
      line2: null,
      city: 'London',
      region: null,
      postalCode: '10000',
      country: 'GB',
    });
    assert.deepEqual(customer.credit, {
      status: 'GOOD',
      limit: eur(500_000n),
      exposure: eur(25_560n),
      available: eur(474_440n),
      asOf: ASKED_AT,
    });
    assert.deepEqual([customer.taxId, customer.taxCode, customer.hasOrders], [null, null, true]);
  });

  test('counts open orders as exposure, not as balance', () => {
    const { credit, receivables } = toCustomer(at(2), beside); // C-1004
    assert.deepEqual([credit.limit, credit.exposure, receivables.balance], [null, eur(58_830n), eur(45_840n)]);
  });

  test('is watched while overdue, held without room in its limit or when dunned, and paid ahead is not overdue', () => {
    assert.equal(toCustomer(at(1), beside).credit.status, 'WATCH'); // C-1003 is late
    assert.equal(standing({ credit_limit_amount: '255.60' }).status, 'HOLD');
    assert.deepEqual(standing({ credit_limit_amount: '100' }).available, eur(0n));
    assert.equal(standing({}, new Set([3])).status, 'HOLD');
    assert.equal(standing({ credit_limit_amount: null }, new Set([3])).status, 'GOOD', 'Tryton asks only with a limit');
    const ahead = toCustomer({ ...at(0), receivable_today: '-12.00' }, beside);
    assert.deepEqual([ahead.receivables.overdue, ahead.credit.status], [eur(0n), 'GOOD']);
  });

  test('without the credit module owes what it owes and has no limit', () => {
    const { credit_amount: _amount, credit_limit_amount: _limit, ...bare } = at(2);
    const { credit } = toCustomer(bare, beside);
    assert.deepEqual([credit.limit, credit.exposure], [null, eur(45_840n)]);
  });

  test('is addressed where its invoices go, and streets of several lines fit in two', () => {
    const [first] = at(0)['addresses.'];
    assert.ok(first);
    const billing = { ...first, id: 99, invoice: true, street: 'Hall 3\nGate B\nDock 7' };
    const addressOf = (addresses: wire.PartyRow['addresses.']) =>
      toCustomer({ ...at(0), 'addresses.': addresses }, beside).billingAddress;
    const found = addressOf([first, billing]);
    assert.deepEqual([found?.line1, found?.line2], ['Hall 3', 'Gate B, Dock 7']);
    assert.equal(addressOf([{ ...billing, active: false }]), null);
  });
});

describe('a payment term', () => {
  const [net30, immediate] = rows('terms', wire.TermRow);
  test('is known by its days, whatever it is called', () => {
    assert.ok(net30 && immediate);
    assert.deepEqual([toTerms(net30), toTerms(immediate), toTerms(null)], ['NET_30', 'DUE_ON_RECEIPT', null]);
  });
  test('that the hub has no word for is told as none', () => {
    const [line] = net30?.['lines.'] ?? [];
    const [delta] = line?.['relativedeltas.'] ?? [];
    assert.ok(line && delta);
    const withDelta = (over: Partial<typeof delta>) => ({
      id: 9,
      'lines.': [{ ...line, 'relativedeltas.': [{ ...delta, ...over }] }],
    });
    assert.equal(termDays(withDelta({ days: 1, weeks: 2 })), 15);
    assert.equal(toTerms(withDelta({ days: 31 })), null);
    assert.equal(toTerms(withDelta({ months: 1 })), null, 'a month is not thirty days');
    assert.equal(toTerms(withDelta({ day: 15 })), null);
    assert.equal(toTerms({ id: 9, 'lines.': [{ ...line, type: 'percent' }, line] }), null);
  });
});

describe('a Tryton sale', () => {
  const [processing, quotation, takenBack] = rows('sales', wire.SaleRow);
  assert.ok(processing && quotation && takenBack);

  test('is told with its lines, tax and sums', () => {
    const order = toOrder(processing);
    assert.deepEqual(
      order.lines.map(({ position, sku, quantity, netAmount, taxCode }) => [
        position,
        sku,
        quantity,
        netAmount.minor,
        taxCode,
      ]),
      [
        [1, 'SKU-SENSOR', 3, 38_970n, 'VAT 20%'],
        [2, 'SVC-INSTALL', 1, 48_000n, 'VAT 20%'],
      ],
    );
    assert.deepEqual([order.netTotal, order.tax, order.total], [eur(86_970n), eur(17_394n), eur(104_364n)]);
    assert.deepEqual([order.purchaseOrderNumber, order.reference], ['WEB-0008', null], 'not the hub’s own');
  });

  test('of the hub carries the key as reference and the buyer’s number behind the mark', () => {
    const own = { ...processing, reference: 'p1:open', description: 'Order through the hub; purchase order A; B' };
    assert.deepEqual([toOrder(own).reference, toOrder(own).purchaseOrderNumber], ['p1:open', 'A; B']);
    const amendment = { ...own, description: 'Order through the hub; amendment of subscription s' };
    assert.equal(toOrder(amendment).purchaseOrderNumber, null);
  });

  const moved = (states: readonly string[], over: Partial<wire.SaleRow> = {}) => {
    const [line] = processing['lines.'];
    assert.ok(line);
    const moves = states.map((state) => ({ state, effective_date: state === 'done' ? '2026-11-19' : null }));
    return toOrder({ ...processing, 'lines.': [{ ...line, 'moves.': moves }], ...over });
  };

  test('is as far as its shipment and invoices are', () => {
    const draft = [{ id: 1, state: 'draft' as const, invoice_date: null }];
    assert.equal(moved(['draft']).status, 'PENDING_FULFILMENT');
    assert.equal(moved(['done', 'draft']).status, 'PARTIALLY_FULFILLED');
    assert.equal(moved(['done', 'cancelled'], { 'invoices.': draft }).status, 'PENDING_BILLING');
    assert.equal(moved(['done']).status, 'BILLED');
    assert.equal(moved(['done'], { state: 'done', invoice_state: 'paid' }).status, 'BILLED');
    assert.equal(moved(['done'], { state: 'done', invoice_state: 'none', 'invoices.': [] }).status, 'CLOSED');
    assert.equal(toOrder(quotation).status, 'PENDING_APPROVAL');
    assert.deepEqual(
      moved(['done']).fulfilment.milestones.map(({ reachedAt }) => reachedAt?.slice(0, 10)),
      ['2026-11-11', '2026-11-19', '2026-11-11'],
    );
  });

  test('that was taken back is cancelled, and only then', () => {
    assert.equal(toOrder(takenBack).status, 'CANCELLED');
    assert.equal(toOrder(takenBack).fulfilment.status, 'CANCELLED');
    assert.equal(toOrder({ ...takenBack, state: 'processing' }).status, 'PENDING_FULFILMENT');
    assert.equal(toOrder({ ...takenBack, invoices_ignored: [] }).status, 'CLOSED');
    assert.equal(toOrder({ ...quotation, state: 'cancelled' }).status, 'CANCELLED');
  });

  test('in a state that Tryton never promised is an error', () => {
    assert.throws(() => wire.SaleRow.parse({ ...quotation, state: 'archived' }));
  });
});

describe('a Tryton invoice', () => {
  const invoices = rows('invoices', wire.InvoiceRow);
  const on = (today: string) => invoices.map((row) => toInvoice(row, today));

  test('is open, overdue, paid or voided, with what is left of it', () => {
    assert.deepEqual(
      on('2026-11-21').map(({ number, status, balance }) => [number, status, balance.minor]),
      [
        ['2026/00002', 'PAID', 0n],
        ['2026/00004', 'VOIDED', 0n],
        ['2026/00005', 'OVERDUE', 55_880n],
        ['2026/00009', 'OPEN', 25_560n],
      ],
    );
  });

  test('is due on its day, and overdue on it as Tryton counts', () => {
    const last = (today: string) => on(today).at(-1);
    assert.equal(last('2026-11-21')?.dueOn, '2026-12-16');
    assert.equal(last('2026-12-15')?.status, 'OPEN');
    assert.equal(last('2026-12-16')?.status, 'OVERDUE');
  });
});

describe('a line of a Tryton invoice', () => {
  const decimal = (text: string) => ({ __class__: 'Decimal', decimal: text });
  const raw = {
    ...{ id: 3, invoice: 7, description: null, quantity: 0.1 + 0.2, unit_price: decimal('10.0000') },
    ...{ amount: decimal('3.00'), 'product.': { code: 'SKU-PUMP' } },
  };
  test('has its place from the caller, and its quantity without what a double adds', () => {
    const line = toInvoiceLine(wire.InvoiceLineRow.parse(raw), 101, 'EUR');
    assert.deepEqual(line, {
      ...{ position: 101, sku: 'SKU-PUMP', description: null, quantity: '0.3' },
      ...{ unitPrice: eur(1_000n), netAmount: eur(300n) },
    });
  });

  test('may be about no product, in words of its own', () => {
    const free = wire.InvoiceLineRow.parse({ ...raw, description: 'Freight', 'product.': null, unit_price: null });
    const { sku, description, unitPrice } = toInvoiceLine(free, 1, 'EUR');
    assert.deepEqual([sku, description, unitPrice], [null, 'Freight', null]);
  });
});

describe('a Tryton product', () => {
  const products = rows('products', wire.ProductRow);
  const care = products.find(({ code }) => code === 'SUB-CARE');
  const about = { subscriptions: new Set([care?.id ?? 0]), currency: 'EUR', asOf: ASKED_AT };

  test('has the hub’s kind, price and stock', () => {
    assert.deepEqual(
      products
        .map((row) => toProduct(row, about))
        .map(({ sku, kind, listPrices, inventory }) => [
          sku,
          kind,
          listPrices.EUR?.minor,
          inventory?.available ?? null,
        ]),
      [
        ['SKU-PUMP', 'GOODS', 24_000n, -20],
        ['SVC-INSTALL', 'SERVICE', 48_000n, null],
        ['SUB-CARE', 'SUBSCRIPTION', 4_900n, null],
      ],
    );
  });

  test('that is not for sale, or was set inactive, cannot be ordered', () => {
    assert.ok(care);
    assert.equal(toProduct({ ...care, salable: false }, about).active, false);
    assert.equal(toProduct({ ...care, active: false }, about).active, false);
    assert.deepEqual(toProduct({ ...care, list_price: null }, about).listPrices, {});
  });
});

describe('the rest of what Tryton tells', () => {
  test('is the own company and who is in the directory', () => {
    assert.deepEqual(toLegalEntity(company()), {
      id: '1',
      name: 'Unified Demo Supplies',
      country: '',
      currency: 'EUR',
    });
    const [mixed, duplicate] = rows('directory', wire.DirectoryRow).map(toDirectoryEntry);
    assert.deepEqual([mixed?.hubId, mixed?.email], ['C-1010', 'Kontakt@Jovanovic.example']);
    assert.equal(duplicate?.mergedIntoExternalId, null);
    const [row] = rows('directory', wire.DirectoryRow);
    assert.ok(row);
    assert.equal(toDirectoryEntry({ ...row, replaced_by: 3 }).mergedIntoExternalId, '3');
  });
});
