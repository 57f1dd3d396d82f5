import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { id } from '../../../../platform/ids.ts';
import { createCutoverBook, migrateCutovers } from '../../../../subgraphs/erp/instances/cutover-book.ts';
import { type CutoverDesk, createCutoverDesk } from '../../../../subgraphs/erp/instances/cutover-desk.ts';
import type { ErpCustomerId, OrderDraft } from '../../../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../../../subgraphs/erp/port.ts';
import { connectIdentity } from '../../../../subgraphs/identity/connect.ts';
import type { CustomerId } from '../../../../subgraphs/identity/model.ts';
import type { IdentityPort } from '../../../../subgraphs/identity/port.ts';
import { call, rejects, write } from '../../../contract/erp/asking.ts';
import { testDatabase } from '../../../support/database.ts';
import { erpId, type TwoErps, twoErps, type Where } from './two-erps.ts';

/** One customer on its way from `us` to `emea`; the tests follow it, each begins where the one before ended. */
describe('a customer moves from one ERP to another', () => {
  let erps: TwoErps;
  let port: ErpPort;
  let desk: CutoverDesk;
  let identity: IdentityPort;
  let customer: CustomerId;
  let old: ErpCustomerId;
  let now: ErpCustomerId;
  let names: Readonly<Record<Where, string>>;

  before(async () => {
    erps = await twoErps();
    const { db } = await testDatabase();
    await migrateCutovers(db);
    identity = await connectIdentity(db, { clock: erps.clock });
    desk = createCutoverDesk(db, erps.clock);
    // While customers are moved, both ERPs keep the books of the companies that they buy from.
    const env = { ERP_ROUTES: '1:us,1:emea,2:emea,2:us,3:emea,3:us,4:emea,4:us,5:us' };
    port = erps.connect({ env, cutovers: createCutoverBook(db, erps.clock) });
    const twins = erps.customers.us.flatMap((us) => {
      const emea = erps.customers.emea.find(({ index }) => index === us.index);
      return emea && us.traits.length === 0 && emea.traits.length === 0 ? [{ us, emea }] : [];
    });
    const [twin] = twins;
    assert.ok(twin);
    customer = id(twin.us.hubId);
    old = erpId('us', twin.us);
    now = erpId('emea', twin.emea);
    names = { us: twin.us.legalName, emea: twin.emea.legalName };
    await takeIn();
  });
  after(() => erps.close());

  const read = async (asked: ErpCustomerId) => (await port.customers([asked], call()))[0];
  const draft = async (customerId: ErpCustomerId): Promise<OrderDraft> => {
    const record = await read(customerId);
    assert.ok(record?.legalEntityId);
    return {
      customerId,
      legalEntityId: record.legalEntityId,
      currency: record.currency,
      purchaseOrderNumber: null,
      memo: null,
      lines: [{ sku: id('SVC-AUDIT'), quantity: 1 }],
    };
  };
  const placed = (where: Where, key: string) =>
    erps.sandbox[where]
      .ledger('netsuite')
      .filter(({ businessKey, effect }) => businessKey === key && effect === 'sales-order.opened').length;
  const relationships = (where: Where, key: string) =>
    erps.sandbox[where].ledger('netsuite').flatMap(({ businessKey, effect }) => (businessKey === key ? [effect] : []));
  const takeIn = async () => {
    for (let from: string | null = null, more = true; more; ) {
      const page = await port.directory({ first: 100, after: from }, call());
      // The register holds to the link it knew first; what comes in one page, it knows at one time.
      for (const [, entries] of Map.groupBy(page.entries, ({ externalId }) => externalId.split('~')[0])) {
        await identity.takeIn({ system: 'ERP', entries }, call());
        erps.clock.advance(1_000);
      }
      from = page.endCursor;
      more = page.hasMore;
    }
  };
  const registered = async () => {
    const [found] = await identity.customers([customer], call());
    assert.ok(found);
    const links = found.links.filter(({ system }) => system === 'ERP');
    return {
      holds: found.externalIdBySystem.ERP,
      ended: links.filter(({ endedAt }) => endedAt !== null).map((link) => link.externalId),
    };
  };

  test('prepared: by either id it is the old ERP that answers, alone', async () => {
    await desk.prepare({ customer, from: old, to: now });
    for (const asked of [old, now]) {
      const record = await read(asked);
      assert.deepEqual([record?.id, record?.legalName, record?.observed], [old, names.us, undefined]);
    }
    await rejects(desk.advance(customer, 'MOVED'), 'CONFLICT');
    await rejects(desk.advance('C-99999', 'READING_BOTH'), 'NOT_FOUND');
  });

  test('reading both: the old one answers, and what the new one tells otherwise is told as observed', async () => {
    await desk.advance(customer, 'READING_BOTH');
    for (const asked of [old, now]) {
      const record = await read(asked);
      assert.deepEqual([record?.id, record?.legalName], [old, names.us]);
      const observed = Object.fromEntries((record?.observed ?? []).map(({ field, value }) => [field, value]));
      assert.equal(observed['Customer.legalName'], names.emea);
    }
    await rejects(desk.prepare({ customer, from: now, to: old }), 'CONFLICT');
  });

  test('reading both: with the new one down nothing is missing but what it was observed to say', async () => {
    erps.sandbox.emea.addFault({ vendor: 'netsuite', kind: 'status', status: 503 });
    const record = await read(old);
    erps.sandbox.emea.removeFaults();
    assert.deepEqual([record?.legalName, record?.observed], [names.us, undefined]);
  });

  test('reading both: acts go to the owner only', async () => {
    const order = await port.openSalesOrder(await draft(now), write('while-both'));
    assert.equal(order.customerId, old);
    assert.deepEqual([placed('us', 'while-both'), placed('emea', 'while-both')], [1, 0]);
    await port.updateCustomer({ customerId: now, paymentTerms: 'NET_15' }, write('terms'));
    assert.equal((await read(old))?.paymentTerms, 'NET_15');
    const [inNew] = await erps.port.customers([now], call());
    assert.notEqual(inNew?.paymentTerms, 'NET_15');
  });

  test('moved: by either id it is the new ERP that answers, and acts go there', async () => {
    const earlier = await draft(old);
    const first = await port.openSalesOrder(earlier, write('before-the-move'));
    const kept = new Set((await erps.port.legalEntitiesOf([old, now], call())).flat());
    const entity = ['2', '3', '4'].find((one) => !kept.has(id(one)));
    const further = { customerId: old, legalEntityId: id<'LegalEntity'>(entity ?? '') };
    await port.keepInLegalEntity(further, write('kept-before-the-move'));
    await desk.advance(customer, 'MOVED');
    for (const asked of [old, now]) {
      const record = await read(asked);
      assert.deepEqual([record?.id, record?.legalName, record?.observed], [now, names.emea, undefined]);
    }
    await port.openSalesOrder(await draft(old), write('after-the-move'));
    assert.deepEqual([placed('us', 'after-the-move'), placed('emea', 'after-the-move')], [0, 1]);
    const [orders] = await port.salesOrdersOf([{ of: old, first: 1, after: null }], call());
    assert.equal(orders?.entries[0]?.reference, 'after-the-move');

    // An act that began before the move goes on where it began: one key, one order.
    assert.deepEqual(await port.openSalesOrder(earlier, write('before-the-move')), first);
    assert.deepEqual([placed('us', 'before-the-move'), placed('emea', 'before-the-move')], [1, 0]);
    await port.cancelSalesOrder({ customerId: old }, write('before-the-move'));
    assert.equal((await port.salesOrders([first.id], call()))[0]?.status, 'CANCELLED', 'history stays by its ids');
    assert.equal(await port.leaveLegalEntity(further, write('kept-before-the-move')), 'LEFT');
    assert.deepEqual(
      (['us', 'emea'] as const).map((where) => relationships(where, 'kept-before-the-move')),
      [['subsidiary-relationship.added', 'subsidiary-relationship.removed'], []],
    );
    await port.keepInLegalEntity(further, write('kept-after-the-move'));
    assert.deepEqual(relationships('emea', 'kept-after-the-move'), ['subsidiary-relationship.added']);
  });

  test('the register follows: the old id is ended and kept, and the customer is never without one', async () => {
    assert.deepEqual(await registered(), { holds: old, ended: [] });
    await takeIn();
    assert.deepEqual(await registered(), { holds: now, ended: [old] });
    const [byOld] = await identity.byExternalId([{ system: 'ERP', externalId: old }], call());
    assert.equal(byOld?.id, customer, 'the old id goes on leading to the customer');
  });

  test('back: the old ERP owns again, and the operator is told what was opened in the new one', async () => {
    const [move] = await desk.list();
    assert.ok(move);
    assert.equal(await desk.placedSince(move, 'emea'), 1);
    assert.equal((await desk.back(customer))?.state, 'READING_BOTH');
    assert.equal((await read(now))?.legalName, names.us);
    await takeIn();
    assert.deepEqual((await registered()).ended, []);
    assert.equal((await desk.back(customer))?.state, 'PREPARED');
    assert.equal(await desk.back(customer), null);
    assert.equal((await read(now))?.legalName, names.emea, 'nobody moves: each id is its own ERP’s');
    assert.deepEqual(await desk.list(), []);
  });
});
