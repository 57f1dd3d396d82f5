import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Account, account, ORDER } from './account.ts';

const RELATIONSHIP = '/services/rest/record/v1/customerSubsidiaryRelationship';

describe('NetSuite keeps which subsidiaries share a customer', () => {
  let netsuite: Account;
  before(async () => {
    netsuite = await account();
  });
  after(() => netsuite.app.close());
  beforeEach(() => {
    netsuite.vendor.reset();
    netsuite.ledger.length = 0;
  });

  const customer = () => {
    const found = [...netsuite.world.customers()].find(
      ({ known, traits, creditLimit, currency }) =>
        known.erp && traits.length === 0 && creditLimit === null && currency === 'EUR',
    );
    assert.ok(found);
    return found;
  };
  const entity = () => String(1_001 + customer().index);
  const own = () => customer().legalEntityId;
  const further = () => {
    const found = netsuite.world.legalEntities.find(({ id, currency }) => id !== own() && currency === 'EUR');
    assert.ok(found);
    return found;
  };
  const body = (over: object = {}) => ({
    externalId: 'hub-1',
    entity: { id: entity() },
    subsidiary: { id: further().id },
    ...over,
  });
  const add = (payload: object = body()) => netsuite.send({ method: 'POST', url: RELATIONSHIP, payload });
  const get = (path: string) => netsuite.send({ method: 'GET', url: `${RELATIONSHIP}/${path}` });
  const remove = (path: string) => netsuite.send({ method: 'DELETE', url: `${RELATIONSHIP}/${path}` });
  const order = (subsidiary: string, key = 'order-1') =>
    netsuite.send({
      method: 'PUT',
      url: `${ORDER}/eid:${key}?replace=item`,
      payload: {
        entity: { id: entity() },
        subsidiary: { id: subsidiary },
        item: { items: [{ item: { id: '1' }, quantity: 2 }] },
      },
    });
  const shared = async () =>
    (
      await netsuite.query(
        `SELECT r.subsidiary AS subsidiary, r.isprimarysub AS isprimarysub FROM customersubsidiaryrelationship r WHERE r.entity = ${entity()} ORDER BY r.id`,
      )
    )
      .json()
      .items.map(({ subsidiary, isprimarysub }: Record<string, string>) => `${subsidiary} ${isprimarysub}`);
  const effects = () => netsuite.ledger.map(({ effect, businessKey }) => `${effect} ${businessKey}`);

  test('a customer belongs to its primary subsidiary; another one is added, read by either id, and listed', async () => {
    assert.deepEqual(await shared(), [`${own()} T`]);
    const made = await add();
    assert.equal(made.statusCode, 204);
    assert.equal(made.body, '');
    const id = String(made.headers.location).split('/').at(-1) ?? '';
    const { links, ...record } = (await get(id)).json();
    assert.match(links[0].href, new RegExp(`${RELATIONSHIP}/${id}$`));
    assert.deepEqual(
      [record.id, record.externalId, record.entity.id, record.subsidiary.id, record.isPrimarySub],
      [id, 'hub-1', entity(), further().id, false],
    );
    assert.deepEqual((await get('eid:hub-1')).json().id, id);
    assert.deepEqual(await shared(), [`${own()} T`, `${further().id} F`]);
    assert.deepEqual(effects(), ['subsidiary-relationship.added hub-1']);
  });

  test('what is wrong, missing or there already is refused, and leaves no trace', async () => {
    await add();
    const refused: [string, object, RegExp, string | undefined][] = [
      ['there already', body({ externalId: 'hub-2' }), /Invalid Field Value \d .* subsidiary$/, 'subsidiary'],
      ['the primary one', body({ externalId: 'hub-2', subsidiary: { id: own() } }), /subsidiary$/, 'subsidiary'],
      ['unknown subsidiary', body({ externalId: 'hub-2', subsidiary: { id: '99' } }), /Value 99 /, 'subsidiary'],
      ['unknown customer', body({ externalId: 'hub-2', entity: { id: 5 } }), /Value 5 .* entity$/, 'entity'],
      ['no subsidiary', { entity: { id: entity() } }, /enter value\(s\) for: Subsidiary$/, undefined],
      ['nothing', {}, /enter value\(s\) for: Customer, Subsidiary$/, undefined],
      ['text for a reference', body({ entity: entity() }), /type/, 'entity'],
      ['an external id in use', body({ subsidiary: { id: '1' } }), /already exists/, 'externalId'],
    ];
    for (const [what, payload, detail, path] of refused) {
      const answer = await add(payload);
      assert.equal(answer.statusCode, 400, what);
      const [first] = answer.json()['o:errorDetails'];
      assert.match(first.detail, detail, what);
      assert.equal(first['o:errorPath'], path, what);
    }
    assert.deepEqual(effects(), ['subsidiary-relationship.added hub-1']);
  });

  test('an order is booked only in a subsidiary that shares the customer, with that one’s tax, and stays there', async () => {
    const before = await order(further().id);
    assert.equal(before.statusCode, 400);
    assert.match(before.json()['o:errorDetails'][0].detail, /Invalid subsidiary reference key/);
    await add();
    assert.equal((await order(further().id)).statusCode, 204);
    const booked = (await netsuite.send({ method: 'GET', url: `${ORDER}/eid:order-1` })).json();
    assert.equal(booked.subsidiary.id, further().id);
    assert.ok(Math.abs(booked.taxTotal - (booked.subtotal * further().taxPercent) / 100) <= 0.51);
    assert.equal((await order(further().id)).statusCode, 204);
    const moved = await order(own());
    assert.equal(moved.statusCode, 400);
    assert.match(moved.json()['o:errorDetails'][0].detail, /subsidiary cannot be changed/);
    assert.deepEqual(effects(), ['subsidiary-relationship.added hub-1', 'sales-order.opened order-1']);
  });

  test('one that no transaction uses is removed, once; then it may be added again under another id', async () => {
    const first = await add();
    assert.equal((await remove('eid:hub-1')).statusCode, 204);
    assert.equal((await remove('eid:hub-1')).statusCode, 404);
    assert.deepEqual(await shared(), [`${own()} T`]);
    const again = await add();
    assert.notEqual(again.headers.location, first.headers.location);
    assert.deepEqual(
      effects(),
      ['added', 'removed', 'added'].map((done) => `subsidiary-relationship.${done} hub-1`),
    );
  });

  test('neither the primary one is removed, nor one that a transaction uses, closed or not', async () => {
    await add();
    await order(further().id);
    const close = { item: { items: [{ line: 1, isClosed: true }] } };
    for (const ended of [false, true]) {
      if (ended) await netsuite.send({ method: 'PATCH', url: `${ORDER}/eid:order-1`, payload: close });
      const refused = await remove('eid:hub-1');
      assert.equal(refused.statusCode, 400);
      assert.match(refused.json()['o:errorDetails'][0].detail, /dependent records/);
    }
    assert.equal((await remove(entity())).statusCode, 400);
    assert.equal((await shared()).length, 2);
  });

  test('a reset forgets what was added', async () => {
    await add();
    netsuite.vendor.reset();
    assert.deepEqual(await shared(), [`${own()} T`]);
  });
});
