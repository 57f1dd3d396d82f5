import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { judge } from '../../bench/gateway/bars.ts';
import { figure } from '../../bench/gateway/figures.ts';
import type { Window } from '../../bench/gateway/measure.ts';
import { slope } from '../../bench/gateway/memory.ts';
import { checkAnswers } from '../../bench/gateway/run/check-answers.ts';
import { bodyOf, QUERIES } from '../../bench/gateway/shops/queries.ts';
import { shopId } from '../../bench/gateway/shops/shop.ts';

const windowOf = (gateway: string, cpuMs: number, wrong = 0): Window => ({
  ...{ gateway, cpuMs, wrong, firstWrong: undefined, round: 0, query: 'big', requests: 'differing', connections: 8 },
  ...{ answers: 100, requestsPerSecond: 100, busy: 1, p50Ms: 1, p99Ms: 2, peakMb: 100, calls: 9 },
});

/** A gateway that knows the right answers and tells them changed. */
async function answering(change: (text: string) => string): Promise<{ url: string } & AsyncDisposable> {
  const right = new Map<string, string>();
  for (const query of Object.values(QUERIES)) {
    for (const shop of [0, 1, 42, 500, 999].map(shopId)) {
      right.set(bodyOf(query, shop), JSON.stringify(query.answer(shop)));
    }
  }
  const server = createServer((request, response) => {
    let asked = '';
    request.on('data', (part) => {
      asked += part;
    });
    request.on('end', () => response.end(change(right.get(asked) ?? '{}')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function judged(change: (text: string) => string): Promise<string | undefined> {
  await using gateway = await answering(change);
  return await checkAnswers({ pid: 0, url: gateway.url, headers: {}, stop: async () => {} });
}

test('Answers of all shops have the same length, and none is the same as another', () => {
  for (const query of Object.values(QUERIES)) {
    const texts = Array.from({ length: 1_000 }, (_, shop) => JSON.stringify(query.answer(shopId(shop))));
    assert.equal(new Set(texts).size, 1_000);
    assert.equal(new Set(texts.map((text) => text.length)).size, 1);
  }
});

test('A gateway with right answers is let in, in whatever order its fields come', async () => {
  assert.equal(await judged((text) => text), undefined);
  const turned = (text: string) => text.replaceAll(/("inStock":\w+),("name":"[^"]*")/g, '$2,$1');
  assert.notEqual(turned(JSON.stringify(QUERIES.big.answer('0000'))), JSON.stringify(QUERIES.big.answer('0000')));
  assert.equal(await judged(turned), undefined);
});

test('A gateway with one wrong value, an error or no JSON is told with the place', async () => {
  assert.match(
    (await judged((text) => text.replace('"price":', '"price":1'))) ?? '',
    /big of shop 0000: data\.users\.0\.reviews\.0\.product\.price is \d{4}, \d{3} would be right/,
  );
  assert.match(
    (await judged((text) => text.replace('{"data"', '{"errors":[{"message":"down"}],"data"'))) ?? '',
    /down/,
  );
  assert.match((await judged(() => 'no')) ?? '', /no JSON/);
});

test('A bar is judged by medians, and not at all where an answer was wrong', () => {
  const [apollo, , , floor] = judge([windowOf('apollo', 24), windowOf('ours', 2), windowOf('floor', 1)]);
  assert.deepEqual([apollo?.ratio, apollo?.reached], [12, true]);
  assert.deepEqual([floor?.ratio, floor?.reached], [2, false]);
  const [wrong] = judge([windowOf('apollo', 24), windowOf('ours', 2, 1)]);
  assert.deepEqual([wrong?.ratio, wrong?.reached], [undefined, undefined]);
});

test('Spread is the highest over the lowest, the slope that of the line through the samples', () => {
  assert.deepEqual(figure([3, 1, 2, 4]), { median: 2.5, min: 1, max: 4, spread: 4 });
  assert.equal(
    slope([
      { second: 0, mb: 100 },
      { second: 1, mb: 102 },
      { second: 2, mb: 104 },
    ]),
    2,
  );
});
