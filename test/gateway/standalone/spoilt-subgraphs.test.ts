import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, type TestContext, test } from 'node:test';
import { eventually } from '../../support/hub.ts';
import { compose, PEOPLE, POSTS, serveForeign, supergraphFile } from './foreign-graph.ts';
import { ask, type GatewayProcess, startGateway, statusOf } from './gateway-process.ts';
import { json, type OddServer, oddServer, SPOILT } from './odd-server.ts';

/** Of each answer of a subgraph; the default of 2 s would make this a slow test. */
const TIMEOUT_MS = 500;

/** C01, C02, C05, C06, C09 of the hardening matrix, seen by who asks a real gateway. */
describe('a spoilt subgraph', () => {
  let odd: OddServer;
  let gateway: GatewayProcess;
  let url: string;
  const endings: (() => unknown)[] = [];
  // One gateway for all tests: what one of them leaves open would be seen by the next.
  const whole = { after: (ending: () => unknown) => void endings.unshift(ending) } as unknown as TestContext; // all that is used of it

  before(async () => {
    const people = await serveForeign(whole, PEOPLE);
    odd = await oddServer(whole, () => {});
    const sdl = compose({ people, posts: { sdl: POSTS.sdl, url: odd.url.href } });
    const { path } = await supergraphFile(whole, sdl);
    gateway = startGateway(whole, ['--supergraph', path, '--port', '0', '--no-auth'], {
      HUB_SUBGRAPH_TIMEOUT_MS: String(TIMEOUT_MS),
    });
    url = await gateway.url;
    await gateway.said('The supergraph is served');
  });
  after(async () => {
    for (const ending of endings) await ending();
  });

  let asked = 0;
  /** No two ask the same: equal reads under way would share one request. */
  const ofPosts = async () => {
    const from = performance.now();
    asked += 1;
    const query = 'query ($about: Int) { people { id name posts(about: $about) } }';
    const answer = await ask(url, query, {}, { about: asked });
    return { ...answer, ms: performance.now() - from };
  };
  const rssOf = (pid: number | undefined): number =>
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

  for (const { name, behave, code } of SPOILT) {
    test(`that ${name} is ${code} at its path, and the rest is there in time`, async () => {
      odd.behave = behave;
      const { status, data, errors, text, ms } = await ofPosts();
      assert.equal(status, 200);
      assert.deepEqual(data, {
        people: [
          { id: '1', name: 'name 1', posts: null },
          { id: '2', name: 'name 2', posts: null },
        ],
      });
      assert.deepEqual(
        errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code, extensions.system]),
        [
          ['people.0.posts', code, 'POSTS'],
          ['people.1.posts', code, 'POSTS'],
        ],
      );
      assert.ok(ms < TIMEOUT_MS + 1_500, `${ms} ms`);
      assert.ok(!/canary|127\.0\.0\.1|ECONN|UND_ERR/.test(text), text);
    });
  }

  test('leaves no socket behind after 200 requests, whatever it does', async (t) => {
    for (const { name, behave } of SPOILT) {
      if (name === 'sends a body without an end') continue; // cut as the announced one is, below; here it only takes long
      odd.behave = behave;
      odd.requests = 0;
      // On a busy machine some are given up before they get a connection: those do not count.
      for (let round = 0; odd.requests < 200 && round < 12; round += 1)
        await Promise.all(Array.from({ length: 50 }, ofPosts));
      assert.ok(odd.requests >= 200, `${name}: only ${odd.requests} of 200 were asked for`);
      // As many as are kept for further requests.
      const open = await eventually(`${name}: at most 64 sockets`, async () =>
        odd.sockets.size <= 64 ? [odd.sockets.size] : false,
      );
      t.diagnostic(`${name}: ${open} sockets after 200 requests`);
    }
    odd.behave = json({ data: { _entities: [{ posts: ['a'] }, { posts: ['b'] }] } });
    const { data } = await ofPosts();
    assert.deepEqual(data, {
      people: [
        { id: '1', name: 'name 1', posts: ['a'] },
        { id: '2', name: 'name 2', posts: ['b'] },
      ],
    });
    assert.equal(await statusOf(`${url}/livez`), 200);
  });

  test('that sends without an end does not fill the memory', async (t) => {
    odd.behave = SPOILT.find(({ name }) => name === 'sends a body without an end')?.behave ?? assert.fail();
    const rounds: number[] = [rssOf(gateway.child.pid)];
    for (let round = 0; round < 40; round += 1) {
      await ofPosts();
      rounds.push(rssOf(gateway.child.pid));
    }
    const [start = 0, first = 0] = rounds;
    t.diagnostic(`MB: ${rounds.map((mb) => mb.toFixed(0)).join(' ')}`);
    assert.ok(first - start < 50, 'one answer');
    // What was given up is garbage for a while; it may not add up.
    assert.ok(Math.max(...rounds.slice(20)) - Math.max(...rounds.slice(0, 20)) < 50, 'many answers');
  });

  test('is told of in the log when it begins to fail, not at every request', () => {
    const told = gateway.log.filter(({ msg }) => /^A subgraph fails/.test(String(msg)));
    assert.ok(told.length >= 1 && told.length < 100, `${told.length} lines for some thousand failures`);
    assert.equal(told[0]?.subgraph, 'posts');
  });
});
