import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type TrytonGround, trytonGround, trytonMissing } from './ground.ts';

const OPENER = fileURLToPath(new URL('./order-opener.ts', import.meta.url));
const ORDERS = 20;
const AT_A_TIME = 8;

describe('twenty orders, eight at a time', { skip: trytonMissing }, () => {
  let ground: TrytonGround;
  before(async () => {
    ground = await trytonGround();
  });
  after(() => ground.close());

  const keys = Array.from({ length: ORDERS }, (_, at) => `run-${String(at).padStart(2, '0')}:open-sales-order`);

  /** Runs the opener until it has said so many orders, then kills it as the machine would; null: until its end. */
  async function run(killAfter: number | null): Promise<Map<string, string>> {
    const customer = ground.customer('C-1011');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', OPENER], {
      env: {
        ...process.env,
        ...ground.env,
        ORDER_KEYS: keys.join(' '),
        ORDER_CUSTOMER: customer,
        ORDERS_AT_A_TIME: String(AT_A_TIME),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const said = new Map<string, string>();
    for await (const line of createInterface({ input: child.stdout })) {
      const [key = '', order = ''] = line.split(' ');
      said.set(key, order);
      if (said.size === killAfter) child.kill('SIGKILL');
    }
    const [code, signal] = await exited;
    if (killAfter === null) assert.equal(code, 0);
    else assert.equal(signal, 'SIGKILL');
    return said;
  }

  const inErp = () =>
    ground.admin.search(
      'sale.sale',
      [['reference', 'like', 'run-%']],
      ['reference', 'state', 'number', 'lines', 'invoices', 'shipments'],
    );

  test('are opened once each, though the process was killed twice on the way', async () => {
    const first = await run(7);
    const unfinished = (await inErp()).filter(({ reference }) => !first.has(String(reference)));
    assert.ok(unfinished.length > 0, 'the kill came while orders were under way');
    const second = await run(13);
    const last = await run(null);
    assert.equal(last.size, ORDERS);

    const sales = await inErp();
    const standing = sales.filter(({ state }) => state !== 'cancelled');
    assert.deepEqual(standing.map(({ reference }) => reference).sort(), keys);
    for (const sale of standing) {
      const key = String(sale.reference);
      assert.equal(sale.state, 'processing');
      assert.equal(String(sale.id), last.get(key));
      for (const said of [first, second]) if (said.has(key)) assert.equal(said.get(key), String(sale.id), key);
      for (const list of [sale.lines, sale.invoices, sale.shipments]) assert.equal((list as unknown[]).length, 1, key); // lists of ids
    }
    assert.equal(new Set(standing.map(({ number }) => number)).size, ORDERS, 'each has a number of its own');
  });
});
