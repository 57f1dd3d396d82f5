import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gatewayConfig } from '../../../gateway/config.ts';
import { target } from './attack.ts';

const QUICK = gatewayConfig({
  PORT: '0',
  HUB_MODE: 'production',
  HUB_HEADERS_TIMEOUT_MS: '400',
  HUB_BODY_TIMEOUT_MS: '800',
});

/** A connection, what came over it, and its end. */
async function open(t: TestContext, url: string) {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1');
  t.after(() => socket.destroy());
  const connection = { socket, text: '', ended: once(socket, 'close') };
  socket.on('data', (chunk) => {
    connection.text += chunk;
  });
  socket.on('error', () => {}); // the hub hangs up while bytes are on their way: that is the point
  await once(socket, 'connect');
  return connection;
}

/** Sends a byte each 40 ms, for as long as the other side listens. */
function drip(t: TestContext, socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.writable && socket.write(byte), 40);
  t.after(() => clearInterval(timer));
  socket.once('close', () => clearInterval(timer));
}

test('A59: a client that sends byte by byte is cut off at the deadline of headers and of the body', async (t) => {
  const { hub, weather } = await target(t, { config: QUICK });
  const start = 'POST /graphql HTTP/1.1\r\nhost: hub\r\n';
  const body = '{"query":"mutation { write(n: 1) }"}';
  const cases: [name: string, first: string, byte: string][] = [
    ['request line', 'POST /', 'x'],
    ['headers', `${start}x-a: `, 'x'],
    [
      'body',
      `${start}authorization: Bearer k\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n${body}`,
      ' ',
    ],
    [
      'chunks',
      `${start}authorization: Bearer k\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
      '1\r\n{\r\n',
    ],
  ];
  for (const [name, first, byte] of cases) {
    const connection = await open(t, hub.url);
    connection.socket.write(first);
    drip(t, connection.socket, byte);
    await connection.ended;
    if (connection.text !== '') assert.match(connection.text, /^HTTP\/1\.1 408 .*"code":"BAD_REQUEST"/s, name);
    assert.deepEqual([hub.fetches, weather.writes], [[], 0], name);
    assert.equal((await hub.ask('{ customer(id: 1) { name } }')).status, 200, name);
    hub.fetches.length = 0;
  }
});

test('A59: 500 connections that send nothing keep nobody from being answered, and are closed', async (t) => {
  // long enough for those who do ask, on a machine where everything is slow
  const config = gatewayConfig({ PORT: '0', HUB_MODE: 'production', HUB_HEADERS_TIMEOUT_MS: '4000' });
  const { hub } = await target(t, { config });
  const idle = await Promise.all(Array.from({ length: 500 }, () => open(t, hub.url)));
  const answers = await Promise.all(Array.from({ length: 50 }, () => hub.ask('{ customer(id: 1) { name } }')));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  await Promise.all(idle.map(({ ended }) => ended));
  assert.equal((await hub.ask('{ who }')).status, 200);
});
