import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { compose, PEOPLE, POSTS, serveForeign, supergraphFile } from './foreign-graph.ts';
import { ask, type GatewayProcess, startGateway, statusOf, until } from './gateway-process.ts';

const pidsOf = (gateway: GatewayProcess): number[] =>
  gateway.log.filter(({ msg }) => msg === 'The gateway listens').map(({ pid }) => Number(pid));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH: there is no such process
  }
};

test('two workers answer; one that is killed is replaced; both take a new supergraph; SIGTERM ends all', async (t) => {
  const people = await serveForeign(t, PEOPLE);
  const posts = await serveForeign(t, POSTS);
  const file = await supergraphFile(t, compose({ people }));
  const flags = ['--supergraph', file.path, '--port', '0', '--no-auth', '--workers', '2', '--poll', '1'];
  const gateway = startGateway(t, flags);
  await gateway.said('The workers listen');
  await gateway.said('The gateway listens', 2);
  const url = await gateway.url;
  const [first = 0, second = 0] = pidsOf(gateway);
  assert.ok(first > 0 && second > 0 && first !== second && first !== gateway.child.pid);
  for (let count = 0; count < 10; count += 1) assert.equal((await ask(url, '{ people { id } }')).status, 200);

  process.kill(first, 'SIGKILL');
  await gateway.said('A worker ended; another takes its place');
  await new Promise((resolve) => setImmediate(resolve)); // for the client to see that its connection is gone
  for (let count = 0; count < 20; count += 1) {
    const { status, errors } = await ask(url, '{ people { id } }');
    assert.deepEqual([status, errors], [200, undefined], 'the other goes on');
  }
  await gateway.said('The gateway listens', 3);
  const third = pidsOf(gateway)[2] ?? 0;
  assert.equal(await statusOf(`${url}/readyz`), 200);

  await file.write('type Query {');
  const refused = await gateway.said('The new supergraph is refused; the present one stays');
  assert.match(String(refused.why), /Syntax Error/);
  process.kill(second, 'SIGKILL');
  await gateway.said('The gateway listens', 4);
  assert.equal((await ask(url, '{ people { id } }')).status, 200, 'the newest serves what held');

  await file.write(compose({ people, posts }));
  await gateway.said('The supergraph is served', 2);
  for (let count = 0; count < 20; count += 1) {
    const { data } = await ask(url, '{ people { posts } }');
    assert.deepEqual(data, { people: [{ posts: ['post of 1'] }, { posts: ['post of 2'] }] }, 'each worker has it');
  }

  const fourth = pidsOf(gateway)[3] ?? 0;
  const from = performance.now();
  gateway.child.kill('SIGTERM');
  assert.equal(await gateway.ended, 0);
  assert.ok(performance.now() - from < 10_000);
  await until(() => ![first, second, third, fourth].some(isAlive), 'no worker left');
});

test('workers end with a primary that was killed', async (t) => {
  const people = await serveForeign(t, PEOPLE);
  const file = await supergraphFile(t, compose({ people }));
  const gateway = startGateway(t, ['--supergraph', file.path, '--port', '0', '--no-auth', '--workers', '2']);
  await gateway.said('The gateway listens', 2);
  gateway.child.kill('SIGKILL');
  await until(() => !pidsOf(gateway).some(isAlive), 'no worker left');
});

test('a port that is taken, or a broken supergraph, ends the whole crew with the reason', async (t) => {
  const people = await serveForeign(t, PEOPLE);
  const file = await supergraphFile(t, compose({ people }));
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo; // listening on TCP
  const flags = ['--no-auth', '--workers', '2', '--supergraph', file.path];
  const taken = startGateway(t, [...flags, '--port', String(port)]);
  assert.equal(await taken.ended, 1);
  assert.match(taken.text(), /EADDRINUSE/);
  await file.write('type Query {');
  const broken = startGateway(t, [...flags, '--port', '0']);
  assert.equal(await broken.ended, 1);
  assert.match(broken.text(), /is refused: .*Syntax Error/);
});
