import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { netsuite as keys } from '../../../sandbox/data/keys.ts';
import { type Account, account, ORDER } from './account.ts';

const RECORD = '/services/rest/record/v1';

describe('NetSuite turns one transaction into the next, and plans tasks', () => {
  let netsuite: Account;
  let billed: { id: number; customer: number; quantity: number };
  before(async () => {
    netsuite = await account();
    for (const { index, known, orders } of netsuite.world.customers()) {
      const nth = orders.findIndex(({ status }) => status === 'BILLED');
      const quantity = orders[nth]?.lines[0]?.quantity;
      if (!known.erp || quantity === undefined) continue;
      billed = { id: keys.salesOrder(index, nth), customer: keys.customer(index), quantity };
      break;
    }
  });
  after(() => netsuite.app.close());
  beforeEach(() => {
    netsuite.vendor.reset();
    netsuite.ledger.length = 0;
  });

  const post = (path: string, payload: object) => netsuite.send({ method: 'POST', url: RECORD + path, payload });
  const giveBack = (externalId: string, quantity: number, orderLine = 1) =>
    post(`/salesOrder/${billed.id}/!transform/returnAuthorization?replace=item`, {
      externalId,
      orderStatus: { id: 'B' },
      item: { items: [{ orderLine, quantity }] },
    });
  const idOf = ({ headers }: { headers: Record<string, unknown> }) => String(headers.location).split('/').at(-1) ?? '';
  const effects = () => netsuite.ledger.map(({ effect }) => effect);

  test('a second record under the same external id is refused, and leaves nothing behind', async () => {
    assert.equal((await giveBack('k-1', 1)).statusCode, 204);
    const again = await giveBack('k-1', 1);
    assert.equal(again.statusCode, 400);
    assert.match(again.body, /already exists/);
    assert.deepEqual(effects(), ['return.authorized']);
  });

  test('no more comes back than was delivered, over all returns that stand', async () => {
    assert.equal((await giveBack('k-1', billed.quantity)).statusCode, 204);
    const more = await giveBack('k-2', 1);
    assert.equal(more.statusCode, 400);
    assert.match(more.body, /greater than what was fulfilled/);
    assert.equal((await giveBack('k-3', 1, 99)).statusCode, 400);
  });

  test('a return is credited once, remembers the order, and cannot be credited once it is closed', async () => {
    const first = idOf(await giveBack('k-1', 1));
    assert.equal(
      (await post(`/returnAuthorization/${first}/!transform/creditMemo`, { externalId: 'c-1' })).statusCode,
      204,
    );
    assert.equal(
      (await post(`/returnAuthorization/${first}/!transform/creditMemo`, { externalId: 'c-2' })).statusCode,
      400,
    );
    const rows = await netsuite.query(
      `SELECT t.type, ml.createdfrom FROM transaction t JOIN transactionline ml ON ml.transaction = t.id AND ml.mainline = 'T'
        WHERE t.externalid IN ('k-1', 'c-1') ORDER BY t.id`,
    );
    assert.deepEqual(
      rows.json().items.map(({ type, createdfrom }: Record<string, string>) => [type, createdfrom]),
      [
        ['RtnAuth', String(billed.id)],
        ['CustCred', first],
      ],
    );
    if (billed.quantity < 2) return;
    const second = idOf(await giveBack('k-2', 1));
    const closing = { item: { items: [{ line: 1, isClosed: true }] } };
    const url = `${RECORD}/returnAuthorization/${second}`;
    assert.equal((await netsuite.send({ method: 'PATCH', url, payload: closing })).statusCode, 204);
    assert.equal(
      (await post(`/returnAuthorization/${second}/!transform/creditMemo`, { externalId: 'c-3' })).statusCode,
      400,
    );
  });

  test('what cannot become something else is not found, or refused', async () => {
    assert.equal((await post(`/salesOrder/1/!transform/invoice`, { externalId: 'i-1' })).statusCode, 404);
    assert.equal((await post(`/salesOrder/${billed.id}/!transform/cashSale`, { externalId: 'i-1' })).statusCode, 404);
    const again = await post(`/salesOrder/${billed.id}/!transform/invoice`, { externalId: 'i-1' });
    assert.equal(again.statusCode, 400);
    assert.match(again.body, /nothing left to be billed/);
    assert.deepEqual(effects(), []);
  });

  test('a task is about a transaction that there is, and putting it twice is putting it once', async () => {
    const task = {
      title: 'Visit',
      startDate: '2026-12-01',
      company: { id: billed.customer },
      transaction: { id: billed.id },
      status: { id: 'NOTSTART' },
    };
    const put = (payload: object) => netsuite.send({ method: 'PUT', url: `${RECORD}/task/eid:v-1`, payload });
    assert.equal((await put({ ...task, transaction: { id: 1 } })).statusCode, 400);
    assert.equal((await put({ ...task, startDate: 'tomorrow' })).statusCode, 400);
    const made = await put(task);
    assert.equal(idOf(await put(task)), idOf(made));
    await put({ ...task, startDate: '2026-12-02' });
    const url = `${RECORD}/task/${idOf(made)}`;
    assert.equal((await netsuite.send({ method: 'DELETE', url })).statusCode, 204);
    assert.equal((await netsuite.send({ method: 'DELETE', url })).statusCode, 404);
    assert.deepEqual(effects(), ['visit.planned', 'visit.changed', 'visit.cancelled']);
    assert.equal((await netsuite.send({ method: 'GET', url: `${ORDER}/${billed.id}` })).statusCode, 200);
  });
});
