import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DEFAULT_LIMITS } from '../../../gateway/plugins/limits.ts';
import { JSON_AND_KEY, target, unusual } from './attack.ts';

const GOOD = JSON.stringify({ query: '{ customer(id: 1) { name } }' });
const WRITES = JSON.stringify({ query: 'mutation { write(n: 1) }' });
const LIMIT = DEFAULT_LIMITS.bodyBytes;
const ACCEPTED_TYPES = { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' };
const key = (headers: Record<string, string> = {}) => ({ authorization: 'Bearer k', ...headers });

test('transport and encoding', async (t) => {
  const { hub, weather, refuses, post, raw } = await target(t, { config: { corsOrigins: ['https://portal.example'] } });

  await t.test('A01: cut-off JSON is 400, and says neither where it ended nor who read it', async () => {
    for (const body of ['{"query":', '{', '{"query":"{ who }"', '[{"query":', 'NONSENSE', '{"query":"{ who }"}}']) {
      const answer = await refuses(body, () => post(body), { status: 400, code: 'BAD_REQUEST' });
      assert.ok(!/position|line \d|column|unexpected/i.test(answer.text), answer.text);
    }
  });

  await t.test('A02: an empty body is 400', async () => {
    for (const body of ['', ' ', '\n']) await refuses('empty', () => post(body), { status: 400, code: 'BAD_REQUEST' });
  });

  await t.test('A03: JSON that calls itself text is not executed', async () => {
    for (const type of ['text/plain', 'text/plain; charset=utf-8', 'text/json', 'application/graphql', ';;;', '']) {
      await refuses(type, () => post(WRITES, key({ 'content-type': type })), ACCEPTED_TYPES);
    }
  });

  await t.test('A04: a form is not executed', async () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const body of ['query=%7B__typename%7D', 'query=mutation%7Bwrite(n:1)%7D', WRITES]) {
      await refuses(body, () => post(body, key(type)), ACCEPTED_TYPES);
    }
  });

  await t.test('A05: an upload is not executed, and nothing of it is written to disk', async () => {
    const part = (name: string, text: string) =>
      `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
    const body = `${part('operations', WRITES)}${part('map', '{"0":["variables.f"]}')}--x\r\ncontent-disposition: form-data; name="0"; filename="concord-upload.txt"\r\n\r\nx\r\n--x--\r\n`;
    const type = { 'content-type': 'multipart/form-data; boundary=x' };
    const before = new Set(readdirSync(tmpdir()));
    await refuses('multipart', () => post(body, key(type)), ACCEPTED_TYPES);
    await refuses('mixed', () => post(body, key({ 'content-type': 'multipart/mixed; boundary=x' })), ACCEPTED_TYPES);
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => !before.has(name) && /upload/i.test(name)),
      [],
    );
  });

  await t.test('A06: a body without a content type is not executed', async () => {
    await refuses('no type', () => post(WRITES, key()), ACCEPTED_TYPES);
    await refuses('empty, no type', () => post('', key()), ACCEPTED_TYPES);
  });

  await t.test('A07: only UTF-8 is read, and the refusal costs the same however the charset is called', async () => {
    const ms: number[] = [];
    for (const charset of ['utf-7', 'shift_jis', 'utf-16', 'x'.repeat(10_000), '"utf-7"', 'utf-8-utf-7']) {
      const type = { 'content-type': `application/json; charset=${charset}` };
      const before = performance.now();
      await post(WRITES, key(type));
      ms.push(performance.now() - before);
      await refuses(charset.slice(0, 20), () => post(WRITES, key(type)), ACCEPTED_TYPES);
    }
    assert.ok(Math.max(...ms) < 250, `${ms}`);
    for (const charset of ['utf-8', 'UTF-8', '"utf-8"', 'utf8']) {
      const answer = await post(GOOD, key({ 'content-type': `application/json; charset=${charset}` }));
      assert.equal(answer.status, 200, charset);
    }
    hub.fetches.length = 0;
  });

  await t.test('A08: who takes no JSON is told so before the mutation runs', async () => {
    for (const accept of [
      'text/xml',
      'text/html',
      'application/json;q=0',
      'multipart/mixed',
      '*/*;q=0',
      'text/*',
      'x',
    ]) {
      await refuses(accept, () => hub.ask('mutation { write(n: 1) }', { headers: { accept } }), {
        status: 406,
        code: 'NOT_ACCEPTABLE',
      });
    }
  });

  await t.test('A09: a body of one byte over the limit is refused, unread where its length is told', async () => {
    const exactly = (bytes: number) => {
      const start = '{"query":"{ who }","extensions":{},"x":"';
      return `${start}${'x'.repeat(bytes - start.length - 2)}"}`;
    };
    assert.equal((await post(exactly(LIMIT))).status, 200);
    hub.fetches.length = 0;
    const over = { status: 413, code: 'PAYLOAD_TOO_LARGE' };
    const answer = await refuses('over', () => post(exactly(LIMIT + 1)), over);
    assert.equal(answer.headers.get('connection'), 'close');
    const head = `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\ncontent-type: application/json\r\ncontent-length: ${LIMIT + 1}\r\n\r\n`;
    assert.match(await raw(head, '{"query":'), /^HTTP\/1\.1 413 [\s\S]*PAYLOAD_TOO_LARGE/); // the rest was never sent
  });

  await t.test('A10: a small body that opens to a large one is refused before it has opened', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
    const zipped = { ...JSON_AND_KEY, 'content-encoding': 'gzip' };
    await post(new Uint8Array(gzipSync(GOOD)), zipped); // loads what it needs
    hub.fetches.length = 0;
    const body = new Uint8Array(bomb);
    const before = process.memoryUsage().rss;
    const answer = await post(body, zipped);
    const rise = process.memoryUsage().rss - before;
    assert.equal(answer.status, 413, answer.text);
    assert.ok(rise < 20e6, `${rise} bytes`);
    await refuses('bomb', () => post(body, zipped), { status: 413, code: 'PAYLOAD_TOO_LARGE' });
    await refuses('no gzip', () => post(GOOD, zipped), { status: 400, code: 'BAD_REQUEST' });
    await refuses('gzip twice', () => post(GOOD, { ...zipped, 'content-encoding': 'gzip, gzip' }), ACCEPTED_TYPES);
    const opened = new Uint8Array(gzipSync(JSON.stringify({ query: '{ who }', x: 'x'.repeat(LIMIT) })));
    await refuses('one over', () => post(opened, zipped), { status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });

  const get = (query: string, headers: Record<string, string> = {}) =>
    hub.send({ path: `/graphql?${new URLSearchParams({ query })}`, headers: key(headers) });
  const preflight = { 'apollo-require-preflight': '1' };

  await t.test('A11: a mutation by GET is 405, and not run', async () => {
    for (const query of ['mutation { write(n: 1) }', 'mutation A { write(n: 2) } fragment F on Query { who }']) {
      const verdict = { status: [405, 400], code: ['BAD_REQUEST', 'GRAPHQL_VALIDATION_FAILED'] };
      await refuses(query, () => get(query, preflight), verdict);
    }
    const answer = await refuses('by GET', () => get('mutation { write(n: 1) }', preflight), {
      status: 405,
      code: 'BAD_REQUEST',
    });
    assert.equal(answer.headers.get('allow'), 'POST');
    const two = new URLSearchParams({ query: 'query A { who } mutation B { write(n: 1) }', operationName: 'B' });
    await refuses('named', () => hub.send({ path: `/graphql?${two}`, headers: key(preflight) }), {
      status: 405,
      code: 'BAD_REQUEST',
    });
    assert.equal(weather.writes, 0);
  });

  await t.test('A12: a GET as any page could send it is refused, and not looked into', async () => {
    const refused = { status: 400, code: 'BAD_REQUEST' };
    const simple: Record<string, string>[] = [{}, { 'apollo-require-preflight': '' }, { 'accept-language': 'de' }];
    for (const headers of simple) {
      const answer = await refuses(JSON.stringify(headers), () => get('{ who }', headers), refused);
      assert.match(answer.text, /apollo-require-preflight/, 'what to do is said');
    }
    await refuses('even where it could not run', () => get('{', {}), refused);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      await refuses(type, () => get('{ who }', { 'content-type': type }), ACCEPTED_TYPES);
    }
    assert.equal((await get('{ who }', preflight)).status, 200);
    hub.fetches.length = 0;
  });

  await t.test('A13: other methods are 405, and CORS is answered to configured origins only', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE', 'OPTIONS', 'PROPFIND', 'QUERY']) {
      const answer = await refuses(method, () => unusual(hub, method, { ...JSON_AND_KEY, 'content-length': '0' }), {
        status: 405,
        code: 'METHOD_NOT_ALLOWED',
      });
      assert.equal(answer.headers.get('allow'), 'GET, POST');
    }
    const head = await unusual(hub, 'HEAD', key(preflight), '?query=%7Bwho%7D');
    assert.equal(head.status, 405);
    assert.deepEqual(hub.fetches, []);
    const known = await hub.send({ method: 'OPTIONS', headers: { origin: 'https://portal.example' } });
    assert.equal(known.status, 204);
    assert.equal(known.headers.get('access-control-allow-origin'), 'https://portal.example');
    await refuses('OPTIONS', () => hub.send({ method: 'OPTIONS', headers: { origin: 'https://evil.example' } }), {
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
    });
  });

  await t.test('A14: no page of an unknown origin may read an answer, and none with credentials', async () => {
    const evil = [
      'https://evil.example',
      'null',
      'https://portal.example.evil.example',
      'http://portal.example',
      'https://PORTAL.example',
    ];
    for (const origin of evil) {
      const { headers } = await hub.ask('{ who }', { headers: { origin, cookie: 'session=1' } });
      assert.equal(headers.get('access-control-allow-origin'), null, origin);
    }
    const { headers } = await hub.ask('{ who }', { headers: { origin: 'https://portal.example' } });
    assert.equal(headers.get('access-control-allow-origin'), 'https://portal.example');
    assert.equal(headers.get('access-control-allow-credentials'), null);
    assert.match(headers.get('vary') ?? '', /origin/);
    hub.fetches.length = 0;
  });

  await t.test('A15: a body of unknown length is refused at the limit, not after its end', async () => {
    const head =
      'POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    const answer = await raw(head, ...Array.from({ length: LIMIT / (64 * 1024) + 1 }, () => chunk)); // never ended
    assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*\r\n\r\n\{"errors":\[[\s\S]*PAYLOAD_TOO_LARGE/);
    const both = head.replace('transfer-encoding', 'content-length: 5\r\ntransfer-encoding');
    assert.match(await raw(both, `${chunk}0\r\n\r\n`), /^HTTP\/1\.1 400 [\s\S]*BAD_REQUEST/, 'two lengths');
    assert.equal((await post(GOOD)).status, 200);
    hub.fetches.length = 0;
  });

  await t.test('A16: a byte-order mark before the JSON changes nothing', async () => {
    assert.deepEqual((await post(`\uFEFF${GOOD}`)).body.data, { customer: { name: 'name 1' } });
    hub.fetches.length = 0;
    for (const body of [`\uFEFF\uFEFF${GOOD}`, Buffer.from(`\uFEFF${GOOD}`, 'utf16le').toString('latin1'), '\uFEFF']) {
      await refuses('other marks', () => post(body), { status: 400, code: 'BAD_REQUEST' });
    }
  });
});
