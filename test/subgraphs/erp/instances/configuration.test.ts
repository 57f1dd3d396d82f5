import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { systemClock } from '../../../../platform/clock.ts';
import { ConfigError, type Environment } from '../../../../platform/config.ts';
import { id } from '../../../../platform/ids.ts';
import { silentLog } from '../../../../platform/log.ts';
import { subgraphSdl } from '../../../../platform/subgraph/schema.ts';
import { compose, SUPERGRAPH } from '../../../../scripts/compose.ts';
import { connectErp } from '../../../../subgraphs/erp/connect.ts';
import { readRoutes } from '../../../../subgraphs/erp/instances/routes.ts';

const services = { clock: systemClock, log: silentLog, cache: null };
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const netsuiteIn = (prefix: string): Record<string, string> => ({
  [`${prefix}NETSUITE_ACCOUNT`]: '1234567_SB1',
  [`${prefix}NETSUITE_CLIENT_ID`]: 'client',
  [`${prefix}NETSUITE_CERTIFICATE_ID`]: 'certificate',
  [`${prefix}NETSUITE_PRIVATE_KEY`]: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
});
const whole: Environment = {
  ERP_INSTANCES: 'us:netsuite,emea-north:netsuite',
  ERP_ROUTES: '2:emea-north,*:us',
  ...netsuiteIn('ERP_US_'),
  ...netsuiteIn('ERP_EMEA_NORTH_'),
};
const problemsOf = (env: Environment): readonly string[] => {
  try {
    connectErp(env, services);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
};

describe('the configuration of several ERPs', () => {
  test('is read under each instance’s own prefix', () => {
    assert.deepEqual(problemsOf(whole), []);
  });

  test('every problem of every instance and of the routes is told at once, under the variable’s whole name', () => {
    const { ERP_US_NETSUITE_CLIENT_ID: _id, ...without } = whole;
    const problems = problemsOf({
      ...without,
      ERP_EMEA_NORTH_NETSUITE_TIMEOUT_MS: '5',
      ERP_ROUTES: '2:apac,nonsense,*:us',
      ERP_BARE_IDS: 'apac',
    });
    assert.deepEqual(problems.map((problem) => problem.split(':')[0]).sort(), [
      'ERP_BARE_IDS',
      'ERP_EMEA_NORTH_NETSUITE_TIMEOUT_MS',
      'ERP_ROUTES',
      'ERP_ROUTES',
      'ERP_US_NETSUITE_CLIENT_ID',
    ]);
  });

  const wrong: readonly [what: string, env: Environment, says: RegExp][] = [
    ['an instance without a connector', { ERP_INSTANCES: 'us' }, /us must be name:connector/],
    ['an unknown connector', { ERP_INSTANCES: 'us:sap' }, /must be one of netsuite/],
    ['a connector from the prototype', { ERP_INSTANCES: 'us:constructor' }, /must be one of netsuite/],
    ['a name that could not stand before an id', { ERP_INSTANCES: 'u~s:netsuite' }, /small letters/],
    ['a name that is there twice', { ERP_INSTANCES: 'us:netsuite,us:netsuite' }, /twice/],
    ['one ERP beside several', { ERP: 'netsuite' }, /ERP: is not read beside ERP_INSTANCES/],
    ['no routes', { ERP_ROUTES: '' }, /ERP_ROUTES: is required/],
    ['an instance that nothing leads to', { ERP_ROUTES: '*:us' }, /leads to emea-north/],
    ['a route that is there twice', { ERP_ROUTES: '2:emea-north,2:emea-north,*:us' }, /twice/],
    ['two for all others', { ERP_ROUTES: '*:us,*:emea-north' }, /twice/],
    ['one name in the ERP for two companies', { ERP_ROUTES: '2:emea-north/1,3:emea-north/1,*:us' }, /twice/],
    ['all others under one name', { ERP_ROUTES: '2:emea-north,*:us/1' }, /must be a legal entity/],
  ];
  for (const [what, env, says] of wrong) {
    test(`${what} is told`, () => {
      assert.match(problemsOf({ ...whole, ...env }).join('\n'), says);
    });
  }

  test('routes lead both ways: from the company’s id to the ERP’s own and back', () => {
    const routes = readRoutes('1:us,2:emea/1,2:us,*:us', ['us', 'emea']);
    assert.deepEqual([routes.homeOf(id('1')), routes.homeOf(id('2')), routes.homeOf(id('9'))], ['us', 'emea', 'us']);
    assert.deepEqual([routes.ownId('emea', id('2')), routes.ownId('us', id('2'))], ['1', '2']);
    assert.deepEqual([routes.entityOf('emea', id('1')), routes.entityOf('us', id('2'))], ['2', '2']);
    assert.equal(routes.ownId('emea', id('1')), null, 'its books are kept in us');
    assert.equal(routes.entityOf('emea', id('3')), null, 'nobody said what emea calls 3');
    assert.deepEqual([routes.ownId('us', id('9')), routes.entityOf('us', id('9'))], ['9', '9']);
  });
});

test('the supergraph is the same whatever ERPs are configured', () => {
  const committed = readFileSync(SUPERGRAPH, 'utf8');
  for (const env of [{ ERP: 'netsuite' }, { ERP: 'tryton' }, whole]) {
    const before = { ...process.env };
    Object.assign(process.env, env);
    try {
      const composed = compose();
      assert.ok('supergraphSdl' in composed);
      assert.equal(composed.supergraphSdl, committed);
    } finally {
      for (const name of Object.keys(env)) delete process.env[name];
      Object.assign(process.env, before);
    }
  }
  const sdl = subgraphSdl(new URL('../../../../subgraphs/erp/schema.graphql', import.meta.url));
  assert.doesNotMatch(sdl + committed, /netsuite|tryton|zendesk|request.tracker/i);
});
