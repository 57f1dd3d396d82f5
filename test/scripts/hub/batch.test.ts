import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Command } from 'commander';
import { parse } from 'csv-parse/sync';
import { addBatch } from '../../../scripts/hub/batch/commands.ts';
import { type AskHub, connectHub } from '../../../scripts/hub/hub-client.ts';
import { freePort } from '../../support/free-port.ts';
import { eventually, type KeyName, type StartedHub, temporaryFolder } from '../../support/hub.ts';
import { startHubOnTestDatabase } from '../../support/hub-on-test-database.ts';

const ORDERS = `ref,customerId,currency,lines.sku,lines.quantity
A-1,C-10001,EUR,SVC-ONBOARD,1
A-1,C-10001,EUR,SVC-AUDIT,2
A-2,C-10001,EUR,NO-SUCH,1
A-3,C-10001,EUR,SVC-AUDIT,many
A-1,C-10001,EUR,SVC-AUDIT,1
`;

describe('records in and out by the command line', () => {
  let hub: StartedHub;
  let keys: Record<KeyName, string>;
  const folder = temporaryFolder();
  const inFolder = (name: string) => join(folder.path, name);
  before(async () => {
    hub = await startHubOnTestDatabase({ port: await freePort(), sandbox: { customers: 30 } });
    keys = JSON.parse(readFileSync(join(hub.dataDir, 'demo-keys.json'), 'utf8')); // the hub wrote it
  });
  after(async () => {
    await hub.close();
    folder.remove();
  });

  /** Runs a command as `npm run hub` does, and answers what it printed. */
  async function run(
    args: readonly string[],
    { key = 'operator' as KeyName, ask = (real: AskHub) => real } = {},
  ): Promise<string> {
    const printed: string[] = [];
    const program = new Command('hub').exitOverride();
    const open = () => ask(connectHub(hub.url, keys[key], { patienceMs: 5_000 }));
    addBatch(program, open, { print: (text) => void printed.push(text), progress: () => {} });
    await program.parseAsync(['node', 'hub', ...args]).finally(() => {
      process.exitCode = 0; // of the command; the test has its own
    });
    return printed.join('\n');
  }
  const results = (file: string) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { ref: string | null; outcome: string; problems: { field: string }[] });
  const ordered = () => hub.sandbox.ledger('netsuite').filter(({ effect }) => effect === 'sales-order.opened').length;

  test('a dry run judges each row and changes nothing', async () => {
    const file = inFolder('orders.csv');
    writeFileSync(file, ORDERS);
    const before = ordered();
    const said = await run(['import', 'orders', file, '--dry-run']);
    assert.match(said, /^line \d \(A-2\) REFUSED: lines\.0\.sku: /m);
    assert.match(said, /^line \d INVALID: lines\.0\.quantity: /m);
    assert.match(said, /^line \d \(A-1\) INVALID: ref: A-1 is on line \d already$/m);
    assert.match(said, /^1 would be done$/m);
    assert.equal(ordered(), before);
  });

  test('each row is done once, however often the command is started, and what became of it is kept', async () => {
    const file = inFolder('orders.csv');
    writeFileSync(file, ORDERS);
    const before = ordered();
    assert.match(await run(['import', 'orders', file]), /^1 done$/m);
    await eventually('the order is in the ERP', async () => ordered() === before + 1);
    assert.deepEqual(
      results(`${file}.results.ndjson`)
        .map(({ ref, outcome }) => [ref, outcome])
        .sort(),
      [
        [null, 'INVALID'],
        ['A-1', 'INVALID'],
        ['A-1', 'NEW'],
        ['A-2', 'REFUSED'],
      ],
    );
    assert.match(await run(['import', 'orders', file]), /^1 skipped/m);
    rmSync(`${file}.results.ndjson`);
    assert.match(await run(['import', 'orders', file]), /^1 were done before$/m);
    assert.equal(ordered(), before + 1);
  });

  test('a row that was changed under its old ref is refused by the hub', async () => {
    const file = inFolder('changed.ndjson');
    const row = { ref: 'A-1', customerId: 'C-10001', currency: 'EUR', lines: [{ sku: 'SVC-AUDIT', quantity: 9 }] };
    writeFileSync(file, `${JSON.stringify(row)}\nnot json\n`);
    const said = await run(['import', 'orders', file]);
    assert.match(said, /^line 1 \(A-1\) REFUSED: /m);
    assert.match(said, /^line 2 INVALID: is no JSON/m);
  });

  test('a table with columns that there are not is told as a whole, with those that there are', async () => {
    const file = inFolder('wrong.csv');
    writeFileSync(file, 'ref,customer,currency\n1,2,3\n');
    await assert.rejects(
      run(['import', 'orders', file]),
      /there is no column customer; column customerId is missing\. The columns are ref, customerId/,
    );
    await assert.rejects(run(['import', 'invoices', file]), /kind: must be one of customers, orders, links/);
    await assert.rejects(run(['import', 'orders', inFolder('orders.txt')]), /format: must be csv or ndjson/);
  });

  test('customers are opened in all systems, and one that is known already is refused', async () => {
    const file = inFolder('customers.ndjson');
    const customer = (ref: string, legalName: string) => ({
      ...{ ref, legalName, billingEmail: 'books@quellhof.example', currency: 'EUR', paymentTerms: 'NET_30' },
      ...{ legalEntityId: '2', billingAddress: { line1: 'Am Hof 1', city: 'Graz', country: 'AT' } },
      contact: { firstName: 'Ada', lastName: 'Hof', email: 'ada@quellhof.example' },
    });
    const rows = [customer('Q-1', 'Quellhof Mühlenbau GmbH'), customer('Q-2', 'x')];
    writeFileSync(
      file,
      rows.map((row) => JSON.stringify({ ...row, ...(row.ref === 'Q-2' ? { billingEmail: 'x' } : {}) })).join('\n'),
    );
    const said = await run(['import', 'customers', file]);
    assert.match(said, /^line 2 INVALID: billingEmail: must be an e-mail address$/m);
    assert.match(said, /^1 done$/m);
    assert.equal(results(`${file}.results.ndjson`).length, 2);
  });

  test('links go out and come in as the same table', async () => {
    const file = inFolder('links.csv');
    const said = await run(['export', 'links', file]);
    const links = parse(readFileSync(file), { columns: true }) as { customerId: string; system: string }[];
    assert.match(said, new RegExp(`^${links.length} rows of \\d+ customers`, 'm'));
    assert.ok(links.some(({ customerId, system }) => customerId === 'C-10001' && system === 'ERP'));
    assert.match(
      await run(['import', 'links', file, '--dry-run']),
      new RegExp(`^${links.length} are so already$`, 'm'),
    );
    await assert.rejects(run(['export', 'links', file]), /is there already/);
  });

  test('an export that is cut off goes on where it was, and holds everything once', async () => {
    const whole = inFolder('orders-whole.csv');
    await run(['export', 'orders', whole]);
    const cut = inFolder('orders-cut.csv');
    let pages = 0;
    const failing =
      (real: AskHub): AskHub =>
      (query, variables) => {
        if (query.includes('customers(first')) pages += 1;
        if (pages === 2) throw new Error('the machine went down');
        return real(query, variables);
      };
    await assert.rejects(run(['export', 'orders', cut], { ask: failing }), /went down/);
    writeFileSync(cut, `${readFileSync(cut, 'utf8')}half a li`);
    assert.match(await run(['export', 'orders', cut]), /^It went on where an earlier run was cut off\.$/m);
    assert.equal(readFileSync(cut, 'utf8'), readFileSync(whole, 'utf8'));
  });

  test('an export holds what the key may see and names the columns that it may not', async () => {
    const file = inFolder('as-partner.csv');
    const said = await run(['export', 'customers', file], { key: 'partner' });
    assert.match(said, /^Not in it, as the key may not read it: taxId/m);
    const rows = parse(readFileSync(file), { columns: true }) as Record<string, string>[];
    const everybody = inFolder('as-operator.csv');
    await run(['export', 'customers', everybody]);
    const all = parse(readFileSync(everybody), { columns: true }) as Record<string, string>[];
    assert.ok(rows.length > 0 && rows.length < all.length, 'a partner sees its own customers');
    assert.ok(
      rows.every(
        (row) =>
          !('taxId' in row) &&
          row.billingEmail !== all.find(({ customerId }) => customerId === row.customerId)?.billingEmail,
      ),
    );
  });
});
