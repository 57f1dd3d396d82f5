import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Trait } from '../../../sandbox/data/world.ts';
import { type Account, account, ORDER } from './account.ts';

describe('NetSuite keeps sales orders', () => {
  let netsuite: Account;
  before(async () => {
    netsuite = await account();
  });
  after(() => netsuite.app.close());
  beforeEach(() => {
    netsuite.vendor.reset();
    netsuite.ledger.length = 0;
  });

  const found = (trait?: Trait) => {
    const customer = [...netsuite.world.customers()].find(({ known, traits, creditLimit }) =>
      known.erp && trait === undefined ? traits.length === 0 && creditLimit === null : trait && traits.includes(trait),
    );
    assert.ok(customer);
    return customer;
  };
  const body = (over: Record<string, unknown> = {}) => ({
    entity: { id: String(1_001 + found().index) },
    item: { items: [{ item: { id: '1' }, quantity: 2 }] },
    ...over,
  });
  const put = (payload: object, key = 'hub-1', search = '?replace=item') =>
    netsuite.send({ method: 'PUT', url: `${ORDER}/eid:${encodeURIComponent(key)}${search}`, payload });
  const get = (path: string) => netsuite.send({ method: 'GET', url: `${ORDER}/${path}` });
  const patch = (path: string, payload: object) => netsuite.send({ method: 'PATCH', url: `${ORDER}/${path}`, payload });
  const stock = async () =>
    (await netsuite.query('SELECT quantityavailable AS n FROM aggregateitemlocation WHERE item = 1')).json().items[0].n;
  const effects = () => netsuite.ledger.map(({ effect }) => effect);

  test('an upsert under a new external id makes an order: 204, Location, stock committed, tax by the company’s rate', async () => {
    const before = Number(await stock());
    const answer = await put(body());
    assert.equal(answer.statusCode, 204);
    assert.equal(answer.body, '');
    const id = String(answer.headers.location).split('/').at(-1);
    const order = (await get(`${id}?expandSubResources=true`)).json();
    assert.equal(order.externalId, 'hub-1');
    assert.equal(order.orderStatus.id, 'B');
    assert.deepEqual((await get('eid:hub-1?expandSubResources=true')).json(), order);
    const entity = netsuite.world.legalEntities.find((own) => own.id === found().legalEntityId);
    assert.ok(Math.abs(order.taxTotal - (order.subtotal * (entity?.taxPercent ?? 0)) / 100) <= 0.51);
    assert.equal(Number(await stock()), before - 2);
    assert.deepEqual(
      netsuite.ledger.map(({ effect, businessKey }) => [effect, businessKey]),
      [['sales-order.opened', 'hub-1']],
    );
  });

  test('the same upsert again is 204 and has no effect; another content changes the order, with its lines replaced', async () => {
    await put(body());
    const [first, again] = [await get('eid:hub-1'), await put(body())];
    assert.equal(again.statusCode, 204);
    assert.equal((await get('eid:hub-1')).body, first.body);
    assert.deepEqual(effects(), ['sales-order.opened']);
    const before = Number(await stock());
    await put(body({ item: { items: [{ item: { id: '1' }, quantity: 5 }] } }));
    const changed = (await get('eid:hub-1?expandSubResources=true')).json();
    assert.deepEqual(
      changed.item.items.map(({ quantity }: { quantity: number }) => quantity),
      [5],
    );
    assert.equal(Number(await stock()), before - 3);
    assert.deepEqual(effects(), ['sales-order.opened', 'sales-order.changed']);
    const appended = await put(body(), 'hub-1', '');
    assert.equal(appended.statusCode, 400);
  });

  test('an amendment is told from an order by its subscription', async () => {
    await put(body({ custbody_concord_subscription: 'sub_1' }));
    assert.deepEqual(effects(), ['amendment-order.opened']);
  });

  test('closing all lines closes the order and releases its stock, once', async () => {
    const before = await stock();
    await put(body());
    const lines = { item: { items: [{ line: 1, isClosed: true }] } };
    for (let times = 0; times < 2; times += 1) {
      assert.equal((await patch('eid:hub-1', lines)).statusCode, 204);
      assert.equal((await get('eid:hub-1')).json().orderStatus.id, 'H');
      assert.equal(await stock(), before);
    }
    assert.deepEqual(effects(), ['sales-order.opened', 'sales-order.cancelled']);
    assert.equal((await put(body({ memo: 'again' }))).statusCode, 400);
  });

  test('closing one line of two leaves the order open', async () => {
    await put(body({ item: { items: [1, 2].map((id) => ({ item: { id }, quantity: 1 })) } }));
    await patch('eid:hub-1', { item: { items: [{ line: 2, isClosed: true }] } });
    assert.equal((await get('eid:hub-1')).json().orderStatus.id, 'B');
    assert.deepEqual(effects(), ['sales-order.opened']);
  });

  test('what breaks a rule is refused with code and path, uses up no number and leaves no trace', async () => {
    const other = netsuite.world.legalEntities.find(({ id }) => id !== found().legalEntityId);
    const inactive = netsuite.world.products.findIndex(({ active }) => !active) + 1;
    const line = (over: object) => ({ item: { items: [{ item: { id: '1' }, quantity: 1, ...over }] } });
    const of = (trait: Trait) => ({ entity: { id: 1_001 + found(trait).index } });
    const refused: [string, Record<string, unknown>, RegExp, string | undefined][] = [
      ['unknown item', line({ item: { id: 9_999 } }), /Invalid Field Value 9999/, 'item.items[0].item'],
      ['inactive item', line({ item: { id: inactive } }), /inactive/, 'item.items[0].item'],
      ['no quantity', line({ quantity: 0 }), /greater than zero/, 'item.items[0].quantity'],
      ['text for a quantity', line({ quantity: 'two' }), /type/, 'item.items[0].quantity'],
      ['no lines', { item: { items: [] } }, /at least one line/, 'item'],
      ['unknown customer', { entity: { id: 5 } }, /Invalid Field Value 5/, 'entity'],
      ['other subsidiary', { subsidiary: { id: other?.id } }, /subsidiary/, 'subsidiary'],
      ['other currency', { currency: { id: 99 } }, /currency/, 'currency'],
      ['credit hold', of('credit-hold'), /credit hold/, 'entity'],
      ['tax not set up', of('tax-refused'), /Tax cannot be determined/, undefined],
    ];
    for (const [what, over, detail, path] of refused) {
      const answer = await put(body(over), `refused ${what}`);
      assert.equal(answer.statusCode, 400, what);
      const [first] = answer.json()['o:errorDetails'];
      assert.match(first.detail, detail);
      assert.equal(first['o:errorPath'], path, what);
      assert.match(first['o:errorCode'], /^(USER_ERROR|INVALID_CONTENT)$/);
      assert.equal((await get(`eid:${encodeURIComponent(`refused ${what}`)}`)).statusCode, 404);
    }
    assert.deepEqual(effects(), []);
    const answer = await put(body());
    assert.match(String(answer.headers.location), /\/90000001$/);
  });

  test('nothing before the order says that tax is not set up', async () => {
    const { index } = found('tax-refused');
    const [row] = (await netsuite.query(`SELECT * FROM customer WHERE id = ${1_001 + index}`)).json().items;
    const [like] = (await netsuite.query(`SELECT * FROM customer WHERE id = ${1_001 + found().index}`)).json().items;
    assert.deepEqual(
      Object.keys(row)
        .filter((column) => /tax/.test(column))
        .sort(),
      Object.keys(like)
        .filter((column) => /tax/.test(column))
        .sort(),
    );
    assert.notEqual(row.creditholdoverride, 'ON');
  });

  test('what is back-ordered is not committed', async () => {
    const soldOut = netsuite.world.products.findIndex(({ onHand }) => onHand === 0) + 1;
    await put(body({ item: { items: [{ item: { id: soldOut }, quantity: 7 }] } }));
    const q = `SELECT quantityavailable AS n FROM aggregateitemlocation WHERE item = ${soldOut}`;
    assert.equal((await netsuite.query(q)).json().items[0].n, '0');
  });

  test('a customer is changed, and a change that changes nothing leaves no trace', async () => {
    const id = 1_001 + found().index;
    const url = `/services/rest/record/v1/customer/${id}`;
    const change = (payload: object) => netsuite.send({ method: 'PATCH', url, payload });
    assert.equal((await change({ companyName: "D'Arc & Söhne", terms: { id: '6' } })).statusCode, 204);
    assert.equal((await change({ companyName: "D'Arc & Söhne", terms: { id: 6 } })).statusCode, 204);
    assert.deepEqual(effects(), ['customer.updated']);
    for (const wrong of [{ terms: { id: 99 } }, { companyName: '' }, { addressBook: { items: [{}] } }]) {
      assert.equal((await change(wrong)).statusCode, 400);
    }
    const nobody = { method: 'PATCH', url: '/services/rest/record/v1/customer/5', payload: {} } as const;
    assert.equal((await netsuite.send(nobody)).statusCode, 404);
    assert.deepEqual(effects(), ['customer.updated']);
  });

  test('a reset forgets everything, and numbers begin again', async () => {
    const first = await put(body());
    netsuite.vendor.reset();
    assert.equal((await get('eid:hub-1')).statusCode, 404);
    const again = await put(body());
    assert.equal(again.headers.location, first.headers.location);
  });
});
