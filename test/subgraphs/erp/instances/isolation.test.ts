import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { graphql } from 'graphql';
import { createMemoryCache } from '../../../../platform/cache/memory-cache.ts';
import type { Call } from '../../../../platform/call.ts';
import { id } from '../../../../platform/ids.ts';
import { principalOf } from '../../../../platform/principal.ts';
import type { WorldCustomer } from '../../../../sandbox/data/world.ts';
import type { OrderDraft } from '../../../../subgraphs/erp/model.ts';
import { createErpSubgraph } from '../../../../subgraphs/erp/subgraph.ts';
import { call, rejects, walk, write } from '../../../contract/erp/asking.ts';
import { erpId, type TwoErps, twoErps, type Where } from './two-erps.ts';

/** What happens to the one when the other is down, and that each gets what is its own. */
describe('two ERPs at once', () => {
  let erps: TwoErps;
  before(async () => {
    erps = await twoErps();
  });
  after(() => erps.close());
  afterEach(() => {
    for (const sandbox of Object.values(erps.sandbox)) sandbox.removeFaults();
  });

  const down = (where: Where) => erps.sandbox[where].addFault({ vendor: 'netsuite', kind: 'status', status: 503 });
  const buyerOf = (where: Where): WorldCustomer => {
    const found = erps.customers[where].find(({ traits }) => traits.length === 0);
    assert.ok(found);
    return found;
  };
  const pairs = () => [buyerOf('us'), buyerOf('emea')] as const;
  const draftOf = (where: Where, also: Partial<OrderDraft> = {}): OrderDraft => {
    const { legalEntityId, currency } = buyerOf(where);
    return {
      customerId: erpId(where, buyerOf(where)),
      legalEntityId: id(legalEntityId),
      currency,
      purchaseOrderNumber: null,
      memo: null,
      lines: [{ sku: id('SVC-AUDIT'), quantity: 1 }],
      ...also,
    };
  };
  const opened = (where: Where) =>
    erps.sandbox[where]
      .ledger('netsuite')
      .flatMap((entry) => (entry.effect === 'sales-order.opened' ? [entry.businessKey] : []));

  test('customers of both come in one batch, split and joined in the order asked', async () => {
    const [us, emea] = pairs();
    for (const sandbox of Object.values(erps.sandbox)) sandbox.clearCalls();
    const ids = [
      erpId('emea', emea),
      erpId('us', us),
      id<'ErpCustomer'>('apac~1001'),
      erpId('emea', emea),
      erpId('us', us),
    ];
    const found = await erps.port.customers(ids, call());
    assert.deepEqual(
      found.map((customer) => customer && [customer.id, customer.legalName]),
      [[ids[0], emea.legalName], [ids[1], us.legalName], null, [ids[0], emea.legalName], [ids[1], us.legalName]],
    );
    const queries = (where: Where) => erps.sandbox[where].calls().filter(({ path }) => path.includes('/query/')).length;
    assert.deepEqual([queries('us'), queries('emea')], [1, 1]);
  });

  test('an order goes to the ERP that keeps the books of its legal entity, and only there', async () => {
    for (const where of ['us', 'emea'] as const) {
      const order = await erps.port.openSalesOrder(draftOf(where), write(`routed-${where}`));
      assert.match(order.id, new RegExp(`^${where}~\\d+$`));
      assert.equal(order.customerId, erpId(where, buyerOf(where)));
      assert.deepEqual(await erps.port.salesOrders([order.id], call()), [order]);
    }
    assert.deepEqual([opened('us').includes('routed-us'), opened('us').includes('routed-emea')], [true, false]);
    assert.deepEqual([opened('emea').includes('routed-us'), opened('emea').includes('routed-emea')], [false, true]);
  });

  test('an order for a legal entity whose books another ERP keeps is refused, and no ERP is asked to take it', async () => {
    const draft = draftOf('us', { legalEntityId: id('2') });
    await assert.rejects(
      erps.port.openSalesOrder(draft, write('wrong-books')),
      (error: { code?: unknown; field?: unknown }) => {
        assert.deepEqual([error.code, error.field], ['REFUSED', 'legalEntityId']);
        return true;
      },
    );
    assert.ok(!opened('us').includes('wrong-books') && !opened('emea').includes('wrong-books'));
  });

  test('a customer is told and kept with the companies of its own ERP; a company of another one is refused', async () => {
    const kept = await erps.port.legalEntitiesOf([erpId('us', buyerOf('us')), erpId('emea', buyerOf('emea'))], call());
    assert.deepEqual(kept, [[buyerOf('us').legalEntityId], [buyerOf('emea').legalEntityId]]);
    const customerId = erpId('us', buyerOf('us'));
    await assert.rejects(erps.port.keepInLegalEntity({ customerId, legalEntityId: id('2') }, write('keep-wrong')), {
      code: 'REFUSED',
      field: 'legalEntityId',
    });
    for (const { ledger } of Object.values(erps.sandbox)) {
      assert.ok(!ledger('netsuite').some(({ businessKey }) => businessKey === 'keep-wrong'));
    }
  });

  test('a cancellation finds the order by its customer’s ERP', async () => {
    const order = await erps.port.openSalesOrder(draftOf('us'), write('to-cancel'));
    await erps.port.cancelSalesOrder({ customerId: order.customerId }, write('to-cancel'));
    assert.equal((await erps.port.salesOrders([order.id], call()))[0]?.status, 'CANCELLED');
  });

  test('a write on behalf of another system is refused before anything else', async () => {
    await rejects(erps.port.openSalesOrder(draftOf('us'), { ...write('foreign'), actingFor: 'CRM' }), 'NOT_OWNER');
  });

  test('with one down the other’s answers stay, and the missing ones are errors that name it', async () => {
    const [us, emea] = pairs();
    down('us');
    const [missing, there] = await erps.port.customers([erpId('us', us), erpId('emea', emea)], call());
    assert.ok(missing instanceof Error);
    assert.match(missing.message, /\(us\)/);
    assert.equal(there?.legalName, emea.legalName);
    await rejects(erps.port.customers([erpId('us', us)], call()), 'UNAVAILABLE');
    await rejects(
      erps.port.customers([erpId('us', us), erpId('emea', emea)], { ...call(), fresh: true }),
      'UNAVAILABLE',
    );
    assert.equal((await erps.port.openSalesOrder(draftOf('emea'), write('us-is-down'))).reference, 'us-is-down');
  });

  test('with one down, what both tell is told by the other; what nobody can know is an error', async () => {
    down('us');
    const [sensor, unknown] = await erps.port.products([id('GDS-SENSOR-25'), id('NO-SUCH-SKU')], call());
    assert.equal(sensor?.sku, 'GDS-SENSOR-25');
    assert.ok(sensor?.listPrices.EUR);
    assert.ok(unknown instanceof Error, 'whoever is down may hold it');
    const [entities] = await erps.port.legalEntities(['all'], call());
    assert.deepEqual(
      entities?.map((entity) => entity.id),
      ['2', '3', '4'],
    );
    const [page] = await erps.port.catalogue([{ of: '*', first: 5, after: null }], call());
    assert.equal(page?.entries.length, 5);
    const fresh = { ...call(), fresh: true };
    assert.equal((await erps.port.products([id('GDS-SENSOR-25')], fresh))[0]?.sku, 'GDS-SENSOR-25');
    await rejects(erps.port.products([id('GDS-SENSOR-25'), id('NO-SUCH-SKU')], fresh), 'UNAVAILABLE');
  });

  test('with both down the batch rejects', async () => {
    down('us');
    down('emea');
    const [us, emea] = pairs();
    await rejects(erps.port.customers([erpId('us', us), erpId('emea', emea)], call()), 'UNAVAILABLE');
    await rejects(erps.port.products([id('GDS-SENSOR-25')], call()), 'UNAVAILABLE');
  });

  test('one that fails again and again opens its own breaker and not the other’s', async () => {
    const [us, emea] = pairs();
    const port = erps.connect({ resilience: { breakAfter: 2, breakMs: 60_000 } });
    down('us');
    for (let times = 0; times < 3; times += 1) await rejects(port.customers([erpId('us', us)], call()), 'UNAVAILABLE');
    erps.sandbox.us.removeFaults();
    erps.sandbox.us.clearCalls();
    await rejects(port.customers([erpId('us', us)], call()), 'UNAVAILABLE');
    assert.equal(erps.sandbox.us.calls().length, 0, 'it is left alone');
    assert.equal((await port.customers([erpId('emea', emea)], call()))[0]?.legalName, emea.legalName);
  });

  test('what is cached of one never stands in for the other', async () => {
    const port = erps.connect({ cache: createMemoryCache({ clock: erps.clock }) });
    const twins = erps.customers.us.flatMap((us) => {
      const emea = erps.customers.emea.find(({ index }) => index === us.index);
      return emea ? [[us, emea] as const] : [];
    });
    assert.ok(twins.length > 0, 'some customers have the same number in both');
    for (let times = 0; times < 2; times += 1) {
      for (const [us, emea] of twins) {
        const [one, other] = await port.customers([erpId('us', us), erpId('emea', emea)], call());
        assert.deepEqual([one?.legalName, other?.legalName], [us.legalName, emea.legalName]);
      }
    }
    const [all] = await port.legalEntities(['all'], call());
    assert.deepEqual(all, (await port.legalEntities(['all'], call()))[0]);
    assert.deepEqual(
      all?.map((entity) => entity.id),
      ['1', '5', '2', '3', '4'],
    );
  });

  test('the directory goes on with the other while one is down, and ends with the one that was', async () => {
    const fault = down('us');
    const first = await erps.port.directory({ first: 20, after: null }, call());
    assert.ok(first.entries.every(({ externalId }) => externalId.startsWith('emea~')));
    let last = first;
    const told = [...first.entries];
    while (last.hasMore && last.endCursor?.includes('emea')) {
      last = await erps.port.directory({ first: 20, after: last.endCursor }, call());
      told.push(...last.entries);
    }
    assert.ok(last.hasMore, 'it is not complete yet');
    await rejects(erps.port.directory({ first: 20, after: last.endCursor }, call()), 'UNAVAILABLE');
    erps.sandbox.us.removeFault(fault);
    told.push(...(await walk((from) => erps.port.directory({ first: 20, after: from ?? last.endCursor }, call()))));
    assert.equal(new Set(told.map(({ externalId }) => externalId)).size, erps.customerCount);
    assert.equal(told.length, erps.customerCount);
  });

  test('an order number that both gave out is asked for with its ERP', async () => {
    const both = erps.customers.us.find(
      ({ index, orders }) =>
        orders.length > 0 && erps.customers.emea.some((one) => one.index === index && one.orders.length > 0),
    );
    assert.ok(both);
    const [page] = await erps.port.salesOrdersOf([{ of: erpId('us', both), first: 1, after: null }], call());
    const number = page?.entries[0]?.number ?? '';
    const [order] = await erps.port.salesOrdersByNumber([`us~${number}`], call());
    assert.deepEqual(order, page?.entries[0]);
    await rejects(erps.port.salesOrdersByNumber([number], call()), 'CONFLICT');
  });

  test('ids go round through the graph: what it gives out leads back', async () => {
    const { schema, contextFor } = createErpSubgraph(erps.port);
    const ask = async (source: string, variableValues: Record<string, unknown>) => {
      const asking: Call = call();
      const principal = principalOf({ id: 'test', name: 'test', scopes: [] });
      const contextValue = contextFor({ call: asking, principal });
      return JSON.parse(JSON.stringify(await graphql({ schema, source, variableValues, contextValue })));
    };
    const customerOf = `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Customer {
      erpCustomerId legalName legalEntity { id }
      salesOrders(first: 1) { nodes { id customer { erpCustomerId } } edges { cursor } pageInfo { endCursor hasNextPage } }
      invoices(first: 1) { nodes { id } } } } }`;
    const busy = (where: Where) => erps.customers[where].find(({ orders }) => orders.length >= 2) ?? buyerOf(where);
    const refs = (['us', 'emea'] as const).map((where) => ({
      __typename: 'Customer',
      erpCustomerId: erpId(where, busy(where)),
    }));
    const { data, errors } = await ask(customerOf, { refs });
    assert.equal(errors, undefined);
    for (const [at, found] of data._entities.entries()) {
      assert.equal(found.salesOrders.nodes[0].customer.erpCustomerId, refs[at]?.erpCustomerId);
      const { edges, pageInfo } = found.salesOrders;
      assert.equal(edges[0].cursor, pageInfo.endCursor);
      const again = await ask(
        `query ($refs: [_Any!]!, $after: String!, $customer: [_Any!]!) {
          _entities(representations: $refs) { ... on SalesOrder { id } ... on Invoice { id } }
          next: _entities(representations: $customer) { ... on Customer { salesOrders(first: 1, after: $after) { nodes { id } } } } }`,
        {
          refs: [
            { __typename: 'SalesOrder', id: found.salesOrders.nodes[0].id },
            { __typename: 'Invoice', id: found.invoices.nodes[0].id },
          ],
          customer: [refs[at]],
          after: pageInfo.endCursor,
        },
      );
      assert.equal(again.errors, undefined);
      assert.deepEqual(again.data._entities, [
        { id: found.salesOrders.nodes[0].id },
        { id: found.invoices.nodes[0].id },
      ]);
      const [next] = again.data.next[0].salesOrders.nodes;
      assert.notEqual(next.id, found.salesOrders.nodes[0].id);
    }
  });

  test('the ERP that was there before may keep its ids as they are', async () => {
    const port = erps.connect({ env: { ERP_BARE_IDS: 'us' } });
    const [us, emea] = pairs();
    const bare = id<'ErpCustomer'>(erpId('us', us).replace('us~', ''));
    const found = await port.customers([bare, erpId('us', us), erpId('emea', emea)], call());
    assert.deepEqual(
      found.map((customer) => customer?.id),
      [bare, bare, erpId('emea', emea)],
    );
    const order = await port.openSalesOrder(draftOf('us', { customerId: bare }), write('bare'));
    assert.match(order.id, /^\d+$/);
    assert.deepEqual(await port.salesOrders([order.id], call()), [order]);
  });
});
