import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { compose, type Part, PEOPLE, POSTS, serveForeign, supergraphFile } from './foreign-graph.ts';
import { type Answer, ask, startGateway, statusOf, until } from './gateway-process.ts';

/** The same people, who also have an age. */
const AGED: Part = {
  sdl: PEOPLE.sdl.replace('name: String', 'name: String, age: Int'),
  resolvers: { ...PEOPLE.resolvers, Person: { name: ({ id }: { id: string }) => `name ${id}`, age: () => 40 } },
};

/** Asks all the time, until it is told to stop. */
function load(url: string, query: string) {
  const answers: Answer[] = [];
  const failures: unknown[] = [];
  let on = true;
  const askers = Array.from({ length: 4 }, async () => {
    while (on)
      await ask(url, query).then(
        (answer) => answers.push(answer),
        (error) => failures.push(error),
      );
  });
  return {
    answers,
    failures,
    async stop() {
      on = false;
      await Promise.all(askers);
    },
  };
}

async function graphs(t: TestContext) {
  const people = await serveForeign(t, AGED);
  const posts = await serveForeign(t, POSTS);
  return {
    without: compose({ people: { ...people, sdl: PEOPLE.sdl }, posts }),
    withAge: compose({ people, posts }),
  };
}

const FIELDS = '{ __type(name: "Person") { fields { name } } people { id posts } }';
const hasAge = ({ text }: Answer): boolean => text.includes('"age"');

test('a supergraph that changes twice under load drops no request; then only the new one answers', async (t) => {
  const { without, withAge } = await graphs(t);
  const file = await supergraphFile(t, without);
  const gateway = startGateway(t, ['--supergraph', file.path, '--port', '0', '--no-auth', '--poll', '1']);
  const url = await gateway.url;
  await gateway.said('The supergraph is served');
  const steady = load(url, FIELDS);
  await until(() => steady.answers.length > 20, 'load');
  await file.write(withAge);
  await gateway.said('The supergraph is served', 2);
  await until(() => steady.answers.some(hasAge), 'the new shape');
  await file.write(without);
  gateway.child.kill('SIGHUP'); // need not wait for the next look
  await gateway.said('The supergraph is served', 3);
  const swappedAt = steady.answers.length;
  await until(() => steady.answers.length > swappedAt + 40, 'load after it');
  await steady.stop();

  assert.deepEqual(steady.failures, []);
  const bad = steady.answers.filter(({ status, errors }) => status !== 200 || errors !== undefined);
  assert.deepEqual(bad, []);
  assert.ok(steady.answers.some((answer) => !hasAge(answer)) && steady.answers.some(hasAge), 'both shapes were seen');
  // Four requests may have begun before the last change.
  assert.ok(!steady.answers.slice(swappedAt + 4).some(hasAge), 'only the new one is left');
});

test('a request that is under way ends on the supergraph on which it began', async (t) => {
  const gate = Promise.withResolvers<void>();
  const slow: Part = {
    ...AGED,
    resolvers: {
      ...AGED.resolvers,
      Person: {
        name: () => 'slow',
        age: async () => {
          await gate.promise;
          return 41;
        },
      },
    },
  };
  const people = await serveForeign(t, slow);
  const file = await supergraphFile(t, compose({ people }));
  const gateway = startGateway(t, ['--supergraph', file.path, '--port', '0', '--no-auth']);
  const url = await gateway.url;
  await gateway.said('The supergraph is served');
  const before = ask(url, '{ people { age } }');
  await until(() => people.headers.length > 0, 'under way');
  await file.write(compose({ people: { ...people, sdl: PEOPLE.sdl } }));
  gateway.child.kill('SIGHUP');
  await gateway.said('The supergraph is served', 2);
  assert.equal((await ask(url, '{ people { age } }')).errors?.[0]?.extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  gate.resolve();
  assert.deepEqual((await before).data, { people: [{ age: 41 }, { age: 41 }] });
});

test('a broken supergraph is refused by name of what is wrong, and the old one stays', async (t) => {
  const { without, withAge } = await graphs(t);
  const file = await supergraphFile(t, without);
  const gateway = startGateway(t, ['--supergraph', file.path, '--port', '0', '--no-auth', '--poll', '1']);
  const url = await gateway.url;
  await gateway.said('The supergraph is served');
  const broken: readonly [sdl: string, why: RegExp][] = [
    ['type Query {', /Syntax Error/],
    ['type Query { a: Int }', /supergraph/i],
    [withAge.replace(/url: "http:[^"]*"/, 'url: ""'), /SUBGRAPH_\w+_URL: is required/],
    [withAge.replace(/url: "http:[^"]*"/, 'url: "unix:/tmp/socket"'), /must|set it to an http or https URL/],
    [withAge.replaceAll('PEOPLE', 'NOBODY').replace('NOBODY @join__graph', 'PEOPLE @join__graph'), /./],
    ['', /Syntax Error/],
  ];
  for (const [index, [sdl, why]] of broken.entries()) {
    await file.write(sdl);
    gateway.child.kill('SIGHUP');
    const line = await gateway.said('The new supergraph is refused; the present one stays', index + 1);
    assert.match(String(line.why), why);
    assert.equal(await statusOf(`${url}/readyz`), 200);
    assert.deepEqual((await ask(url, '{ people { name } }')).data, {
      people: [{ name: 'name 1' }, { name: 'name 2' }],
    });
  }
  await file.write(withAge);
  await gateway.said('The supergraph is served', 2);
  assert.ok(hasAge(await ask(url, FIELDS)));
});

test('a supergraph that is broken at the start ends the gateway with the reason', async (t) => {
  const file = await supergraphFile(t, 'type Query { a: Int }');
  const gateway = startGateway(t, ['--supergraph', file.path, '--port', '0', '--no-auth']);
  assert.equal(await gateway.ended, 1);
  assert.match(gateway.text(), /supergraph\.graphql: is refused: /);
  assert.ok(!/\n\s+at /.test(gateway.text()), 'no stack');
});

test('SIGTERM lets a request under way end, and says meanwhile that the gateway is not ready', async (t) => {
  const gate = Promise.withResolvers<void>();
  const slow: Part = {
    ...PEOPLE,
    resolvers: {
      ...PEOPLE.resolvers,
      Person: {
        name: async () => {
          await gate.promise;
          return 'slow';
        },
      },
    },
  };
  const people = await serveForeign(t, slow);
  const file = await supergraphFile(t, compose({ people }));
  const gateway = startGateway(t, ['--supergraph', file.path, '--port', '0', '--no-auth']);
  const url = new URL(await gateway.url);
  await gateway.said('The supergraph is served');
  const answer = ask(url.origin, '{ people { name } }');
  await until(() => people.headers.length > 0, 'under way');
  // Begun before the signal, for afterwards no connection is taken any more.
  const probe = connect(Number(url.port), url.hostname);
  t.after(() => probe.destroy());
  await once(probe, 'connect');
  probe.write('GET /readyz HTTP/1.1\r\nhost: gateway\r\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  gateway.child.kill('SIGTERM');
  await until(
    () =>
      statusOf(`${url.origin}/readyz`).then(
        () => false,
        () => true,
      ),
    'closed',
  );
  probe.write('\r\n');
  const [told] = (await once(probe, 'data')) as [Buffer]; // a socket without an encoding
  assert.match(told.toString(), /^HTTP\/1\.1 503 /);
  gate.resolve();
  assert.deepEqual((await answer).data, { people: [{ name: 'slow' }, { name: 'slow' }] });
  assert.equal(await gateway.ended, 0);
});
