import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkReach } from '../../../gateway/standalone/config.ts';
import { readFlags } from '../../../gateway/standalone/flags.ts';
import { ConfigError } from '../../../platform/config.ts';
import { startGateway } from './gateway-process.ts';

const FILE = fileURLToPath(new URL('../../../schema/supergraph.graphql', import.meta.url));

function problemsOf(argv: readonly string[]): readonly string[] {
  try {
    readFlags(argv);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return assert.fail(`${argv.join(' ')} was taken`);
}

test('flags say what is served, where, and by how many', () => {
  const argv = ['--supergraph', FILE, '--port', '0', '--host', '::1', '--no-auth', '--poll', '5', '--workers', '2'];
  assert.deepEqual(readFlags([...argv, '--forward-header', 'X-Tenant', '--forward-header', 'Authorization']), {
    supergraph: FILE,
    port: 0,
    host: '::1',
    auth: false,
    openToNetwork: false,
    pollSeconds: 5,
    workers: 2,
    forwardHeaders: ['x-tenant', 'authorization'],
  });
  assert.deepEqual(readFlags([]), {
    supergraph: null,
    port: null,
    host: null,
    auth: true,
    openToNetwork: false,
    pollSeconds: null,
    workers: 1,
    forwardHeaders: [],
  });
});

const WRONG: readonly [argv: string[], says: RegExp][] = [
  [['--port', 'http'], /^--port: must be a whole number from 0 to 65535/],
  [['--port', '65536'], /^--port: must be/],
  [['--port'], /^--port: must be/],
  [['--host'], /^--host: its value is missing/],
  [['--poll', '0'], /^--poll: must be a whole number from 1 to 86400/],
  [['--poll', '1.5'], /^--poll: must be/],
  [['--workers', '-1'], /^--workers: must be a whole number from 1 to 256/],
  [['--workers', '1e3'], /^--workers: must be/],
  [['--supergraph'], /^--supergraph: its value is missing/],
  [['--supergraph', '/no/such/file'], /^--supergraph: \/no\/such\/file cannot be read \(ENOENT\)/],
  [['--supergraph', '/'], /^--supergraph: \/ is not a file/],
  [['--supergraph', 'ftp://registry/graph'], /^--supergraph: ftp:\/\/registry\/graph must be a file or an http/],
  [
    ['--supergraph', 'http://me:secret@registry/graph'],
    /^--supergraph: the URL must not hold a user name or a password$/,
  ],
  [['--no-auth'], /^--no-auth: only with --supergraph/],
  [['--forward-header', 'x-tenant'], /^--forward-header: only with --supergraph/],
  [['--supergraph', FILE, '--forward-header', 'authorization'], /^--forward-header authorization: would show/],
  [['--supergraph', FILE, '--forward-header', 'content-length'], /^--forward-header content-length: belongs/],
  [['--supergraph', FILE, '--forward-header', 'x tenant'], /^--forward-header: must be the name/],
  [['--supergraph', FILE, '--open-to-network'], /^--open-to-network: means something only beside --no-auth/],
  [['--porrt', '4000'], /^--porrt: is no flag of the gateway/],
  [['--porrt=4000'], /^--porrt: is no flag of the gateway/],
  [['serve'], /^serve: belongs to no flag/],
];

for (const [argv, says] of WRONG) {
  test(`wrong: ${argv.map((arg) => (arg === FILE ? 'FILE' : arg)).join(' ')}`, () => {
    const problems = problemsOf(argv);
    assert.ok(
      problems.some((problem) => says.test(problem)),
      problems.join('\n'),
    );
    assert.ok(!problems.join('\n').includes('secret'));
  });
}

test('every wrong flag is named at once, and nothing starts', async (t) => {
  const argv = ['--supergraph', '/no/such/file', '--port', 'x', '--poll', 'often', '--workers', '0', '--colour', 'red'];
  const gateway = startGateway(t, argv);
  assert.equal(await gateway.ended, 1);
  for (const flag of ['--supergraph', '--port', '--poll', '--workers', '--colour']) {
    assert.match(gateway.text(), new RegExp(`^  - ${flag}: `, 'm'));
  }
  assert.equal(gateway.log.length, 0, 'not a line of a running gateway');
  assert.ok(!/\n\s+at /.test(gateway.text()), 'no stack');
});

test('who asks nobody is not reached from the network unless that was said', async (t) => {
  const flags = readFlags(['--supergraph', FILE, '--no-auth']);
  for (const host of ['127.0.0.1', 'localhost', '::1', '127.8.8.8']) checkReach(flags, { HOST: host });
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'gateway.example']) {
    assert.throws(() => checkReach(flags, { HOST: host }), /--open-to-network/);
  }
  checkReach(readFlags(['--supergraph', FILE, '--no-auth', '--open-to-network']), { HOST: '0.0.0.0' });
  checkReach(flags, {});

  const gateway = startGateway(t, ['--supergraph', FILE, '--no-auth', '--host', '0.0.0.0', '--port', '0']);
  assert.equal(await gateway.ended, 1);
  assert.match(gateway.text(), /--no-auth: whoever reaches 0\.0\.0\.0 could do everything without a key/);
  const byVariable = startGateway(t, ['--supergraph', FILE, '--no-auth', '--port', '0'], { HOST: '0.0.0.0' });
  assert.equal(await byVariable.ended, 1);
});

test('with keys asked for, their database is asked for too; the hub itself still names all that it needs', async (t) => {
  const foreign = startGateway(t, ['--supergraph', FILE, '--port', '0']);
  assert.equal(await foreign.ended, 1);
  assert.match(foreign.text(), /DATABASE_URL: is required/);
  const own = startGateway(t, []);
  assert.equal(await own.ended, 1);
  for (const name of ['DATABASE_URL', 'HUB_SUBGRAPH_SECRET', 'SUBGRAPH_ERP_URL', 'SUBGRAPH_PROCESS_URL']) {
    assert.match(own.text(), new RegExp(`^  - ${name}: is required`, 'm'));
  }
});
