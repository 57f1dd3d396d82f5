import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type Listening, listenTo } from '../support/event-stream.ts';
import { freePort } from '../support/free-port.ts';
import { eventually, type KeyName, type StartedHub } from '../support/hub.ts';
import { startHubOnTestDatabase } from '../support/hub-on-test-database.ts';
import { type ActResult, SUBMIT_ORDER } from './behaviours/queries.ts';
import { freshCustomer, orderLines } from './behaviours/world.ts';

const CHANGED = `subscription ($id: ID!) { processChanged(id: $id) { state endedAt steps { name state } } }`;
const OF_CUSTOMER = `subscription ($customerId: ID!) {
  customerProcesses(customerId: $customerId, first: 5) { nodes { id state customer { displayName } } } }`;
const CREATE_KEY = 'mutation ($input: CreateKeyInput!) { createKey(input: $input) { secret key { id } } }';

interface Changed {
  readonly processChanged: {
    readonly state: string;
    readonly endedAt: string | null;
    readonly steps: readonly { readonly name: string; readonly state: string }[];
  } | null;
}
interface OfCustomer {
  readonly customerProcesses: {
    readonly nodes: readonly {
      readonly id: string;
      readonly state: string;
      readonly customer: { displayName: string };
    }[];
  };
}

describe('live processes of a whole hub', () => {
  let hub: StartedHub;
  let keys: Record<KeyName, string>;
  before(async () => {
    const env = { HUB_LIVE_GAP_MS: '10' };
    hub = await startHubOnTestDatabase({ port: await freePort(), sandbox: { latency: { minMs: 5, maxMs: 15 } }, env });
    keys = JSON.parse(readFileSync(join(hub.dataDir, 'demo-keys.json'), 'utf8'));
  });
  after(() => hub?.close());

  const open: Listening<never>[] = [];
  after(() => {
    for (const one of open) one.close();
  });
  const listen = <Data>(query: string, variables: Record<string, unknown>, key = keys.operator): Listening<Data> => {
    const listening = listenTo<Data>(hub.url, key, query, variables);
    open.push(listening as Listening<never>); // only closed
    return listening;
  };
  let orders = 0;
  const submit = async (customer = freshCustomer()): Promise<string> => {
    const input = {
      idempotencyKey: `followed-${++orders}`,
      customerId: customer.hubId,
      currency: customer.currency,
      lines: orderLines(customer),
    };
    const { data } = await hub.ask<{ submitOrder: ActResult }>(SUBMIT_ORDER, { input });
    assert.equal(data.submitOrder.__typename, 'OrderAccepted', JSON.stringify(data.submitOrder));
    return data.submitOrder.process.id;
  };
  /** The support desk takes no writes until the fault is removed: an order waits at that step. */
  const holdSupport = () =>
    hub.sandbox.addFault({ vendor: 'zendesk', kind: 'status', status: 503, match: '^(POST|PUT|PATCH)' });
  const keyWith = async (rows: object | undefined) => {
    const input = { idempotencyKey: `key-${++orders}`, name: 'live', scopes: ['process:read', 'customer:read'], rows };
    const { data, errors } = await hub.ask<{ createKey: { secret: string; key: { id: string } } }>(CREATE_KEY, {
      input,
    });
    assert.deepEqual(errors, []);
    return { key: data.createKey.secret, id: data.createKey.key.id };
  };

  test('the steps of a process are seen as they begin and end, in their order, and the last answer is the end', async () => {
    const held = holdSupport();
    const id = await submit();
    const stream = listen<Changed>(CHANGED, { id });
    const seen: NonNullable<Changed['processChanged']>[] = [];
    const next = async () => {
      const answer = await stream.next();
      assert.deepEqual(answer?.errors ?? [], []);
      if (answer?.data?.processChanged) seen.push(answer.data.processChanged);
      return answer;
    };
    while (seen.at(-1)?.steps.at(-1)?.name !== 'grant-entitlement') assert.ok(await next());
    assert.equal(seen.at(-1)?.endedAt, null);
    hub.sandbox.removeFault(held);
    while ((await next()) !== null);
    assert.deepEqual([seen.at(-1)?.state, seen.at(-1)?.endedAt === null], ['COMPLETED', false]);
    assert.ok(seen.at(-1)?.steps.every(({ state }) => state === 'DONE'));
    assert.ok(seen.length >= 3, 'more than the first answer and the last');
    const done = seen.map(({ steps }) => steps.filter(({ state }) => state === 'DONE').length);
    assert.deepEqual(
      done,
      done.toSorted((a, b) => a - b),
      'no answer is older than the one before',
    );
  });

  test('the command of docs/live.md, pasted into a shell, answers in events', async () => {
    const page = readFileSync(new URL('../../docs/live.md', import.meta.url), 'utf8');
    const command = /```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const env = { PATH: process.env.PATH ?? '', HUB: hub.url, KEYS: join(hub.dataDir, 'demo-keys.json') };
    const { stdout } = await promisify(execFile)('bash', ['-c', command], { env });
    assert.match(stdout, /^event: next\ndata: \{"data":\{"processChanged":\{"state":"[A-Z]+","steps":\[/);
    assert.match(stdout, /"state":"COMPLETED"[^\n]*\n\nevent: complete\ndata: \n\n$/);
  });

  test('acts on a customer are told from the first on, with fields of other systems beside them', async () => {
    const customer = freshCustomer();
    const acts = listen<OfCustomer>(OF_CUSTOMER, { customerId: customer.hubId });
    assert.deepEqual((await acts.next())?.data?.customerProcesses.nodes, []);
    const id = await submit(customer);
    let told = (await acts.next())?.data?.customerProcesses.nodes;
    while (told?.[0]?.state !== 'COMPLETED') told = (await acts.next())?.data?.customerProcesses.nodes;
    assert.equal(told[0].id, id);
    assert.ok(told[0].customer.displayName);
    acts.close();
  });

  test('another partner’s process is told as one that does not exist', async () => {
    const { key } = await keyWith({ partnerOfRecord: ['001Q80000004C9PIAU'] });
    const id = await submit();
    const everything = async (processId: string) => {
      const stream = listen<Changed>(CHANGED, { id: processId }, key);
      const answers = [];
      for (let answer = await stream.next(); answer !== null; answer = await stream.next()) answers.push(answer.data);
      return answers;
    };
    assert.deepEqual(await everything(id), await everything('prc_none'));
    assert.deepEqual(await everything(id), [{ processChanged: null }]);
  });

  test('B28 the stream of a key that is revoked is cut', async () => {
    const held = holdSupport();
    const { key, id: keyId } = await keyWith(undefined);
    const stream = listen<Changed>(CHANGED, { id: await submit() }, key);
    await stream.next();
    await hub.ask('mutation ($id: ID!) { revokeKey(id: $id) { key { id } } }', { id: keyId });
    let last = await stream.next();
    while (last?.data) last = await stream.next();
    assert.equal(last?.errors?.[0]?.extensions?.code, 'UNAUTHENTICATED');
    assert.equal(await stream.next(), null);
    hub.sandbox.removeFault(held);
  });

  test('a client whose hub was killed comes again, and sees the process to its end', async () => {
    const held = holdSupport();
    const id = await submit();
    const before = listen<Changed>(CHANGED, { id });
    await before.next();
    await hub.kill();
    await assert.rejects(async () => {
      while ((await before.next()) !== null);
    });
    await hub.start();
    const again = await eventually('the hub lets it in', async () => {
      const stream = listen<Changed>(CHANGED, { id });
      const first = await stream.next().catch(() => null);
      return first !== null && stream;
    });
    hub.sandbox.removeFault(held);
    let last: Changed['processChanged'] | undefined;
    for (let answer = await again.next(); answer !== null; answer = await again.next())
      last = answer.data?.processChanged;
    assert.equal(last?.state, 'COMPLETED');
  });

  test('a hub that is told to stop does not wait for its streams', async () => {
    const stream = listen<OfCustomer>(OF_CUSTOMER, { customerId: freshCustomer().hubId });
    await stream.next();
    const cut = assert.rejects(stream.next());
    assert.equal(await hub.stop(), 0);
    await cut;
  });
});
