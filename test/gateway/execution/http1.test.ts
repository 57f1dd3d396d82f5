import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseReader } from '../../../gateway/execution/transports/http1/response-reader.ts';

const LIMIT = 1_000;

/** Reads a text that comes in pieces of so many bytes, from a buffer that is written over each time. */
function read(text: string, size = text.length, ends = false) {
  const bytes = Buffer.from(text);
  const reader = new ResponseReader(LIMIT);
  const room = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(room, 0, at, at + size);
    const response = reader.take(room.subarray(0, length));
    if (response !== undefined) return response;
  }
  return ends ? reader.close() : undefined;
}

const head = (...lines: string[]) => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');
const whole = (text: string, idleMs = 4_000) => ({ status: 200, text, retryAfter: undefined, idleMs });

const ANSWERS = [
  { what: 'a length', text: `${head('Content-Length: 6')}{"ä":1`.slice(0, -1), answer: whole('{"ä":') },
  { what: 'the same length twice', text: `${head('Content-Length: 2', 'content-length: 2')}{}`, answer: whole('{}') },
  { what: 'no body', text: head('content-length: 0'), answer: whole('') },
  {
    what: 'chunks',
    text: `${head('Transfer-Encoding: chunked')}2\r\n{"\r\n4;x=y\r\nä":\r\n0\r\n\r\n`,
    answer: whole('{"ä":'),
  },
  {
    what: 'trailers',
    text: `${head('Transfer-Encoding: chunked')}1\r\n1\r\n0\r\nx: y\r\nz: 1\r\n\r\n`,
    answer: whole('1'),
  },
  {
    what: 'how long it may lie idle',
    text: `${head('keep-alive: timeout=72, max=9', 'content-length: 1')}1`,
    answer: whole('1', 71_000),
  },
  { what: 'its last answer', text: `${head('Connection: close', 'content-length: 1')}1`, answer: whole('1', 0) },
  { what: 'HTTP/1.0', text: 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n1', answer: whole('1', 0) },
  {
    what: 'a provisional answer first',
    text: `HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n${head('content-length: 1')}1`,
    answer: whole('1'),
  },
  {
    what: 'no reason',
    text: 'HTTP/1.1 429 \r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n',
    answer: { status: 429, text: '', retryAfter: '3', idleMs: 4_000 },
  },
  { what: '204', text: 'HTTP/1.1 204 No Content\r\n\r\n', answer: { ...whole(''), status: 204 } },
];

for (const { what, text, answer } of ANSWERS) {
  test(`an answer with ${what} is read, wherever it is cut`, () => {
    for (let size = 1; size <= Buffer.byteLength(text); size += 1)
      assert.deepEqual(read(text, size), answer, `${size}`);
  });
}

test('an answer without a length ends with its connection', () => {
  for (const size of [1, 5, 100]) assert.deepEqual(read(`${head('x: y')}{"ä":1}`, size, true), whole('{"ä":1}', 0));
});

test('an answer that is cut is none', () => {
  assert.equal(read(`${head('content-length: 9')}{`, 7, true), undefined);
  assert.equal(read(`${head('transfer-encoding: chunked')}5\r\n{`, 7, true), undefined);
  assert.equal(read('HTTP/1.1 200 O', 3, true), undefined);
});

test('what comes after an answer ends its connection', () => {
  assert.equal(read(`${head('content-length: 1')}1HTTP/1.1 200 OK`)?.idleMs, 0);
  assert.equal(read(`${head('transfer-encoding: chunked')}0\r\n\r\nx`)?.idleMs, 0);
});

const REFUSED = [
  'SSH-2.0-OpenSSH\r\n\r\n',
  'HTTP/2 200\r\n\r\n',
  'HTTP/1.1 200 OK\ncontent-length: 1\n\n1',
  'HTTP/1.1 2000 OK\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n',
  head('content-length: 1', 'content-length: 2'),
  head('content-length: 1', 'transfer-encoding: chunked'),
  head('transfer-encoding: gzip, chunked'),
  head('transfer-encoding: identity'),
  head('content-length: -1'),
  head('content-length: 0x10'),
  head('content-length: 1, 1'),
  head('content-length : 1'),
  head('x: y', ' content-length: 1'),
  head('no colon'),
  head('x: y\nz: 1'),
  head(`x: ${'y'.repeat(17_000)}`),
  head(...Array.from({ length: 300 }, (_, i) => `x-${i}: y`)),
  `${head('transfer-encoding: chunked')}zz\r\n`,
  `${head('transfer-encoding: chunked')}-1\r\n`,
  `${head('transfer-encoding: chunked')}1\r\n12\r\n`,
];

test('what is no HTTP/1.1, or could be read in two ways, is refused, wherever it is cut', () => {
  for (const text of REFUSED) {
    for (const size of [1, 2, 3, 7, 64, text.length]) {
      assert.throws(() => read(text, size), { code: 'NOT_HTTP' }, JSON.stringify(text.slice(0, 80)));
    }
  }
});

test('no more than the limit is read, whatever is announced', () => {
  const chunk = `64\r\n${'x'.repeat(100)}\r\n`;
  for (const text of [
    head(`content-length: ${LIMIT + 1}`),
    `${head('x: y')}${'x'.repeat(LIMIT + 1)}`,
    `${head('transfer-encoding: chunked')}${chunk.repeat(11)}`,
    `${head('transfer-encoding: chunked')}ffffffff\r\n`,
  ]) {
    assert.throws(() => read(text, 50), { code: 'TOO_LARGE' });
  }
  assert.equal(read(`${head('transfer-encoding: chunked')}${chunk.repeat(10)}0\r\n\r\n`, 50)?.text.length, LIMIT);
});
