import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../platform/clock.ts';
import { ConfigError, type Environment, readAll } from '../../platform/config.ts';
import { readConfigFile, withConfigFile } from '../../platform/config-file.ts';
import { silentLog } from '../../platform/log.ts';
import { connectErp } from '../../subgraphs/erp/connect.ts';
import { connectSupport } from '../../subgraphs/support/connect.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'concord-config-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(content: string, ending = 'yaml'): string {
  files += 1;
  const path = join(folder, `hub-${files}.${ending}`);
  writeFileSync(path, content);
  return path;
}
const environmentOf = (content: string, ending?: string): Environment | undefined =>
  readConfigFile({ HUB_CONFIG: file(content, ending) })?.environment;
async function problemsOf(
  env: Environment,
  run: (env: Environment) => unknown = () => null,
): Promise<readonly string[]> {
  try {
    await withConfigFile(env, async (read) => run(read));
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems.map((problem) => problem.replaceAll(`${folder}/`, ''));
  }
}

describe('the configuration file', () => {
  test('without HUB_CONFIG there is none, and the environment is as it was', async () => {
    assert.equal(readConfigFile({}), null);
    const env = { PORT: '1' };
    assert.equal(await withConfigFile(env, async (read) => read), env);
  });

  const SETTINGS: readonly [what: string, yaml: string, environment: Environment][] = [
    ['one system for a domain', 'erp: tryton\nsupport: request-tracker', { ERP: 'tryton', SUPPORT: 'request-tracker' }],
    ['the same with a section', 'erp: { connector: tryton }', { ERP: 'tryton' }],
    [
      'a vendor’s settings',
      'netsuite: { baseUrl: "http://x", timeout-ms: 500 }',
      { NETSUITE_BASE_URL: 'http://x', NETSUITE_TIMEOUT_MS: '500' },
    ],
    [
      'groups and single settings',
      'logLevel: info\nhub: { dataDir: d, sandbox: off }',
      { LOG_LEVEL: 'info', HUB_DATA_DIR: 'd', HUB_SANDBOX: 'off' },
    ],
    [
      'text as it is written',
      'netsuite: { account: 0012, flag: true, empty: }',
      { NETSUITE_ACCOUNT: '0012', NETSUITE_FLAG: 'true', NETSUITE_EMPTY: '' },
    ],
    [
      'lists',
      'hub: { corsOrigins: [https://a.example, https://b.example] }',
      { HUB_CORS_ORIGINS: 'https://a.example,https://b.example' },
    ],
    [
      'several instances and their routes',
      'erp:\n  instances:\n    us: { connector: netsuite, netsuite: { account: "1" } }\n    emea-north: { connector: tryton, tryton: { user: hub } }\n  routes: { 2: emea-north/1, "*": us }\n  bareIds: us',
      {
        ERP_INSTANCES: 'us:netsuite,emea-north:tryton',
        ERP_US_NETSUITE_ACCOUNT: '1',
        ERP_EMEA_NORTH_TRYTON_USER: 'hub',
        ERP_ROUTES: '2:emea-north/1,*:us',
        ERP_BARE_IDS: 'us',
      },
    ],
    [
      'a company that two ERPs keep',
      'erp: { routes: ["2:emea/1", "2:us", "*:us"] }',
      { ERP_ROUTES: '2:emea/1,2:us,*:us' },
    ],
  ];
  for (const [what, yaml, environment] of SETTINGS) {
    test(`says ${what}`, () => assert.deepEqual({ ...environmentOf(yaml) }, environment));
  }

  test('may be JSON, and may be empty', () => {
    assert.deepEqual(environmentOf('{"erp": "tryton", "tryton": {"timeoutMs": 500}}', 'json'), {
      ERP: 'tryton',
      TRYTON_TIMEOUT_MS: '500',
    });
    assert.deepEqual(environmentOf(''), {});
  });

  test('the environment wins, and an empty variable counts as not set', async () => {
    const path = file('erp: tryton\nlogLevel: info\nport: 1');
    const read = await withConfigFile({ HUB_CONFIG: path, LOG_LEVEL: 'debug', PORT: '' }, async (env) => env);
    assert.deepEqual([read.ERP, read.LOG_LEVEL, read.PORT], ['tryton', 'debug', '1']);
  });

  const WRONG: readonly [what: string, content: string, says: readonly RegExp[]][] = [
    ['broken YAML, by its line and without its text', 'a: 1\nnetsuite: {privateKey: top-secret', [/line 2: /]],
    ['a list instead of sections', '[1, 2]', [/must hold sections by name/]],
    ['a setting too deep', 'a: { b: { c: { d: 1 } } }', [/: a\.b: must be/]],
    [
      'an instance without a connector, and one of no name',
      'erp: { instances: { us: { netsuite: {} }, U~S: { connector: x } } }',
      [/erp\.instances\.us\.connector: is required/, /erp\.instances\.U~S: must be 1 to 20/],
    ],
    ['a name that is none', '"a b": 1', [/: a b: must be a name/]],
    [
      'the same said twice',
      'netsuite: { baseUrl: a, base-url: b }',
      [/netsuite\.base-url: says the same as netsuite\.baseUrl/],
    ],
    ['one key twice', 'erp: a\nerp: b', [/line 2: .*unique/]],
  ];
  for (const [what, content, says] of WRONG) {
    test(`tells ${what}`, async () => {
      const problems = await problemsOf({ HUB_CONFIG: file(content) });
      assert.equal(problems.length, says.length, problems.join('\n'));
      for (const expected of says) assert.match(problems.join('\n'), expected);
      assert.doesNotMatch(problems.join('\n'), /top-secret/);
    });
  }

  test('tells that it cannot be read', async () => {
    assert.match(
      (await problemsOf({ HUB_CONFIG: join(folder, 'none.yaml') })).join(),
      /HUB_CONFIG: none.yaml cannot be read \(ENOENT\)/,
    );
  });

  test('every problem of the settings is told at once, by its path; what the environment says by its variable', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const path = file(
      JSON.stringify({
        erp: {
          instances: {
            us: {
              connector: 'netsuite',
              netsuite: { account: '1234567', certificateId: 'c', privateKey, timeoutMs: '5' },
            },
            emea: {
              connector: 'tryton',
              tryton: { baseUrl: 'ftp://x', database: 'd', user: 'u', password: 'long enough' },
            },
          },
          routes: { 2: 'apac', '*': 'us' },
        },
        support: 'helpdesk',
      }),
      'json',
    );
    const services = { clock: systemClock, log: silentLog, cache: null };
    const problems = await problemsOf({ HUB_CONFIG: path, ERP_EMEA_TRYTON_CONCURRENCY: '0' }, (env) =>
      readAll({ erp: () => connectErp(env, services), support: () => connectSupport(env, services) }),
    );
    const named = problems.map((problem) => problem.replace(/^hub-\d+\.json: /, '').split(': ')[0]).sort();
    assert.deepEqual(named, [
      'ERP_EMEA_TRYTON_CONCURRENCY',
      'erp.instances.emea.tryton.baseUrl (ERP_EMEA_TRYTON_BASE_URL)',
      'erp.instances.us.netsuite.clientId (ERP_US_NETSUITE_CLIENT_ID)',
      'erp.instances.us.netsuite.timeoutMs (ERP_US_NETSUITE_TIMEOUT_MS)',
      'erp.routes (ERP_ROUTES)',
      'support (SUPPORT)',
    ]);
  });
});
