import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import { type Invoice, PAYMENT_TERMS } from '../../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../../subgraphs/erp/port.ts';
import type { ErpGround } from '../erp.ts';
import { assertNewestFirst, call, customerAt, rejects, walk } from './asking.ts';

/** Text that would do harm if it became part of a statement, a path or a header. */
const HOSTILE = [
  "1' OR '1'='1",
  "'; DROP TABLE customer; --",
  "x'' OR 1=1",
  '1) OR (1=1',
  '1 UNION SELECT id FROM customer',
  '" OR ""="',
  '../../customer/1001',
  'eid:1001',
  '%27%20OR%201%3D1',
  '\\',
  "\\'",
  '\u0000',
  '1\r\nx-evil: 1',
  '’ OR ’1’=’1',
  '-1',
  '0',
  '1e3',
  '001001',
  '99999999999999999999',
  '',
  ' ',
  '_',
  '__df',
  'x'.repeat(5_000),
];

/** What the port answers, in what order, and what it takes no harm from. */
export function erpReads(make: () => Promise<ErpGround>): void {
  let ground: ErpGround;
  let port: ErpPort;
  before(async () => {
    ground = await make();
    port = ground.port;
  });
  after(() => ground.close());

  test('customers come in the order asked, null where there is none, twice where asked twice', async () => {
    const [a, b] = ground.customers;
    assert.ok(a && b);
    const found = await port.customers([b.id, id('999999999'), a.id, b.id], call());
    assert.deepEqual(
      found.map((customer) => customer && [customer.id, customer.hubId, customer.legalName]),
      [[b.id, b.hubId, b.legalName], null, [a.id, a.hubId, a.legalName], [b.id, b.hubId, b.legalName]],
    );
  });

  test('a customer is told with credit, receivables, terms and legal entity in one currency', async () => {
    const [customer] = await port.customers([ground.buyer.id], call());
    assert.ok(customer);
    assert.equal(customer.currency, ground.buyer.currency);
    assert.equal(customer.legalEntityId, ground.buyer.legalEntityId);
    assert.ok(customer.paymentTerms && PAYMENT_TERMS.includes(customer.paymentTerms));
    assert.equal(customer.credit.exposure.currency, customer.currency);
    assert.ok(customer.credit.exposure.minor >= customer.receivables.balance.minor);
    assert.ok(customer.billingAddress?.city);
    assert.ok(customer.taxId);
  });

  test('who is on credit hold is told so', async () => {
    const [held, buyer] = await port.customers([ground.onHold.id, ground.buyer.id], call());
    assert.equal(held?.credit.status, 'HOLD');
    assert.notEqual(buyer?.credit.status, 'HOLD');
  });

  test('a hundred keys are one batch', async () => {
    const ids = Array.from({ length: 100 }, (_, at) => customerAt(ground, at % ground.customers.length));
    const found = await port.customers(ids, call());
    assert.deepEqual(
      found.map((customer) => customer?.id),
      ids,
    );
    const pages = await port.salesOrdersOf(
      ids.map((of) => ({ of, first: 1, after: null })),
      call(),
    );
    assert.equal(pages.length, 100);
  });

  test('hostile text is a key that nothing has', async () => {
    const nothing = HOSTILE.map(() => null);
    assert.deepEqual(await port.customers(HOSTILE.map(id<'ErpCustomer'>), call()), nothing);
    assert.deepEqual(await port.products(HOSTILE.map(id<'Sku'>), call()), nothing);
    assert.deepEqual(await port.salesOrders(HOSTILE.map(id<'SalesOrder'>), call()), nothing);
    assert.deepEqual(await port.salesOrdersByNumber(HOSTILE, call()), nothing);
    assert.deepEqual(await port.invoices(HOSTILE.map(id<'Invoice'>), call()), nothing);
    const ofInvoices = HOSTILE.map((text) => ({ of: id<'Invoice'>(text), first: 5, after: null }));
    assert.deepEqual(await port.invoiceLinesOf(ofInvoices, call()), nothing);
    const lists = HOSTILE.map((text) => ({ of: id<'ErpCustomer'>(text), first: 5, after: null }));
    for (const page of [...(await port.salesOrdersOf(lists, call())), ...(await port.invoicesOf(lists, call()))]) {
      assert.deepEqual(page, { entries: [], hasMore: false, endCursor: null });
    }
    const [still] = await port.customers([ground.buyer.id], call());
    assert.equal(still?.id, ground.buyer.id);
  });

  test('a cursor that is none is the caller’s mistake', async () => {
    for (const after of ["1' OR '1'='1", 'abc', '-5']) {
      await rejects(port.salesOrdersOf([{ of: ground.buyer.id, first: 5, after }], call()), 'INVALID');
      await rejects(port.invoicesOf([{ of: ground.buyer.id, first: 5, after }], call()), 'INVALID');
      await rejects(port.directory({ first: 5, after }, call()), 'INVALID');
    }
  });

  test('products tell kind, prices by currency and stock; unknown and inactive ones are told apart', async () => {
    const skus = [ground.subscription, 'NO-SUCH-SKU', ground.goods, ground.inactive];
    const found = await port.products(skus.map(id<'Sku'>), call());
    assert.deepEqual(
      found.map((product) => product && [product.sku, product.kind, product.active]),
      [
        [ground.subscription, 'SUBSCRIPTION', true],
        null,
        [ground.goods, 'GOODS', true],
        found[3] && [ground.inactive, found[3].kind, false],
      ],
    );
    assert.equal(found[0]?.inventory, null);
    assert.ok((found[2]?.inventory?.available ?? -1) >= 0);
    const { pricesInOtherCurrencies } = port.capabilities;
    for (const currency of [ground.buyer.currency, ...(pricesInOtherCurrencies ? [ground.otherCurrency] : [])]) {
      assert.equal(found[2]?.listPrices[currency]?.currency, currency);
      assert.ok((found[2]?.listPrices[currency]?.minor ?? 0n) > 0n);
    }
  });

  test('walking orders and invoices page by page finds each once, newest first', async () => {
    const of = customerAt(ground, 0);
    const [orders] = await port.salesOrdersOf([{ of, first: 100, after: null }], call());
    const walkedOrders = await walk(async (after) => (await port.salesOrdersOf([{ of, first: 1, after }], call()))[0]);
    assert.ok((orders?.entries.length ?? 0) >= 2);
    assert.deepEqual(walkedOrders, orders?.entries);
    assertNewestFirst(walkedOrders.map(({ orderedOn }) => orderedOn));

    const [invoices] = await port.invoicesOf([{ of, first: 100, after: null }], call());
    const walkedInvoices = await walk(async (after) => (await port.invoicesOf([{ of, first: 2, after }], call()))[0]);
    assert.deepEqual(walkedInvoices, invoices?.entries);
    assertNewestFirst(walkedInvoices.map(({ issuedOn }) => issuedOn));
  });

  test('lists of one batch may differ in size, page and status, even for one customer', async () => {
    const [a, b] = ground.customers.map((customer) => customer.id);
    assert.ok(a && b);
    const [whole] = await port.salesOrdersOf([{ of: a, first: 100, after: null }], call());
    const first = whole?.entries[0]?.id ?? null;
    const [one, rest, other] = await port.salesOrdersOf(
      [
        { of: a, first: 1, after: null },
        { of: a, first: 100, after: first },
        { of: b, first: 100, after: null },
      ],
      call(),
    );
    assert.deepEqual(one?.entries, whole?.entries.slice(0, 1));
    assert.equal(one?.hasMore, true);
    assert.deepEqual(rest?.entries, whole?.entries.slice(1));
    assert.ok(other?.entries.every(({ customerId }) => customerId === b));
  });

  test('a status restricts a customer’s invoices, and the statuses together are all of them', async () => {
    const of = customerAt(ground, 0);
    const statuses = ['OPEN', 'OVERDUE', 'PAID', 'VOIDED', 'PENDING_APPROVAL'];
    const lists = [null, ...statuses].map((status) => ({ of, first: 100, after: null, status }));
    const [all, ...parts] = await port.invoicesOf(lists, call());
    parts.forEach((part, at) => {
      assert.ok(part.entries.every(({ status }) => status === statuses[at]));
    });
    const byId = (a: Invoice, b: Invoice) => (a.id < b.id ? -1 : 1);
    assert.deepEqual(parts.flatMap(({ entries }) => entries).sort(byId), [...(all?.entries ?? [])].sort(byId));
  });

  test('an order is the same by id, by number and in its customer’s list, and its sums agree', async () => {
    const [page] = await port.salesOrdersOf([{ of: customerAt(ground, 0), first: 100, after: null }], call());
    for (const order of page?.entries ?? []) {
      const [[byId], [byNumber]] = await Promise.all([
        port.salesOrders([order.id], call()),
        port.salesOrdersByNumber([order.number], call()),
      ]);
      assert.deepEqual(byId, order);
      assert.deepEqual(byNumber, order);
      assert.equal(order.netTotal.minor + order.tax.minor, order.total.minor);
      assert.equal(
        order.lines.reduce((sum, { netAmount }) => sum + netAmount.minor, 0n),
        order.netTotal.minor,
      );
      assert.ok(order.lines.every(({ quantity }) => quantity > 0));
    }
  });

  test('an invoice is the same by id and in its customer’s list', async () => {
    const of = customerAt(ground, 0);
    const [page] = await port.invoicesOf([{ of, first: 100, after: null }], call());
    const ids = (page?.entries ?? []).map((invoice) => invoice.id);
    assert.deepEqual(await port.invoices([...ids, id('999999999')], call()), [...(page?.entries ?? []), null]);
  });

  test('walking an invoice line by line finds each once, in order, and together they are its net total', async () => {
    const [page] = await port.invoicesOf([{ of: customerAt(ground, 0), first: 100, after: null }], call());
    const invoices = page?.entries ?? [];
    const whole = await port.invoiceLinesOf(
      invoices.map(({ id: of }) => ({ of, first: 100, after: null })),
      call(),
    );
    for (const [at, invoice] of invoices.entries()) {
      const all = whole[at];
      assert.ok(all && all.entries.length > 0, invoice.number);
      assert.equal(all.customerId, invoice.customerId);
      const walked = await walk(async (after) => {
        const [next] = await port.invoiceLinesOf([{ of: invoice.id, first: 1, after }], call());
        return next ?? undefined;
      });
      assert.deepEqual(walked, all.entries);
      const positions = walked.map(({ position }) => position);
      assert.deepEqual(
        positions,
        [...new Set(positions)].sort((a, b) => a - b),
      );
      const net = walked.reduce((sum, { netAmount }) => sum + netAmount.minor, 0n);
      assert.ok(net > 0n && net <= invoice.total.minor, `${net} of ${invoice.total.minor} with tax`);
      for (const { sku, quantity, unitPrice, netAmount } of walked) {
        assert.ok(sku !== null && unitPrice !== null && netAmount.currency === invoice.total.currency);
        assert.equal(Number(quantity) * Number(unitPrice.minor), Number(netAmount.minor));
      }
    }
  });

  test('pages of lines of one batch may begin anywhere, even of one invoice, and an invoice that there is not has none', async () => {
    const [page] = await port.invoicesOf([{ of: customerAt(ground, 0), first: 100, after: null }], call());
    const ids = (page?.entries ?? []).map((invoice) => invoice.id);
    const wholes = await port.invoiceLinesOf(
      ids.map((of) => ({ of, first: 100, after: null })),
      call(),
    );
    const at = wholes.findIndex((lines) => (lines?.entries.length ?? 0) >= 2);
    const [of, other] = [ids[at], ids.find((_id, nr) => nr !== at)];
    const whole = wholes[at];
    assert.ok(of && other && whole, 'an invoice has two lines');
    const after = String(whole.entries[0]?.position);
    const [first, rest, beside, none, end] = await port.invoiceLinesOf(
      [
        { of, first: 1, after: null },
        { of, first: 100, after },
        { of: other, first: 100, after: null },
        { of: id('999999999'), first: 5, after: null },
        { of, first: 5, after: String(whole.entries.at(-1)?.position) },
      ],
      call(),
    );
    assert.deepEqual([first?.entries, first?.hasMore, first?.endCursor], [whole.entries.slice(0, 1), true, after]);
    assert.deepEqual([rest?.entries, rest?.hasMore], [whole.entries.slice(1), false]);
    assert.deepEqual(beside, wholes[ids.indexOf(other)]);
    assert.equal(none, null);
    assert.deepEqual(end, { entries: [], hasMore: false, endCursor: null, customerId: whole.customerId });
    for (const after of ["1' OR '1'='1", 'abc', '-5']) {
      await rejects(port.invoiceLinesOf([{ of, first: 5, after }], call()), 'INVALID');
    }
  });

  test('the own companies are told with country and currency', async () => {
    const [entities] = await port.legalEntities(['all'], call());
    const own = entities?.find((entity) => entity.id === ground.buyer.legalEntityId);
    assert.match(own?.country ?? '', /^[A-Z]{2}$/);
    assert.match(own?.currency ?? '', /^[A-Z]{3}$/);
  });

  test('walking the catalogue finds each product once, and its kinds are all of it', async () => {
    const kindOf = (of: 'GOODS' | 'SERVICE' | 'SUBSCRIPTION' | '*') =>
      walk(async (after) => (await port.catalogue([{ of, first: 7, after }], call()))[0]);
    const [all, goods, services, subscriptions] = await Promise.all([
      kindOf('*'),
      kindOf('GOODS'),
      kindOf('SERVICE'),
      kindOf('SUBSCRIPTION'),
    ]);
    const skus = all.map(({ sku }) => sku);
    assert.deepEqual(skus, [...new Set(skus)].sort());
    assert.deepEqual([...goods, ...services, ...subscriptions].map(({ sku }) => sku).sort(), skus);
    assert.ok(goods.every(({ kind }) => kind === 'GOODS'));
  });

  test('a tax id finds its holders in whatever way it is written, and nothing else does', async () => {
    const customers = await port.customers(
      ground.customers.map((one) => one.id),
      call(),
    );
    const holder = customers.find((one) => one?.taxId);
    assert.ok(holder?.taxId, 'a customer has a tax id');
    const [country, rest] = [holder.taxId.slice(0, 2), holder.taxId.slice(2)];
    for (const written of [holder.taxId, ` ${country.toLowerCase()} ${rest.slice(0, 3)}.${rest.slice(3)} `]) {
      assert.ok((await port.taxIdHolders(written, call())).includes(holder.id), written);
    }
    for (const other of ['XX000000000', holder.taxId.slice(0, -1), ...HOSTILE]) {
      assert.deepEqual(await port.taxIdHolders(other, call()), [], other);
    }
  });

  test('walking the directory finds each customer once, by id', async () => {
    const all = await walk((after) => port.directory({ first: 13, after }, call()));
    assert.equal(all.length, ground.customerCount);
    assert.equal(new Set(all.map(({ externalId }) => externalId)).size, all.length);
    const known = ground.customers[0];
    const entry = all.find(({ externalId }) => externalId === known?.id);
    assert.deepEqual([entry?.hubId, entry?.name], [known?.hubId, known?.legalName]);
  });
}
