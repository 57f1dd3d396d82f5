import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { systemClock } from '../../../platform/clock.ts';
import { ConfigError } from '../../../platform/config.ts';
import { silentLog } from '../../../platform/log.ts';
import { connectErp } from '../../../subgraphs/erp/connect.ts';
import { readNetSuiteConfig } from '../../../subgraphs/erp/connectors/netsuite/config.ts';

const services = { clock: systemClock, log: silentLog, cache: null };
const pem = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const whole = () => ({
  NETSUITE_ACCOUNT: '1234567_SB1',
  NETSUITE_CLIENT_ID: 'client',
  NETSUITE_CERTIFICATE_ID: 'certificate',
  NETSUITE_PRIVATE_KEY: pem(2048).replaceAll('\n', '\\n'),
});

describe('connecting an ERP', () => {
  test('an unknown ERP is told with those there are', () => {
    for (const ERP of ['sap', 'constructor', '__proto__']) {
      assert.throws(
        () => connectErp({ ...whole(), ERP }, services),
        (error: Error) => error instanceof ConfigError && error.message.includes('netsuite'),
      );
    }
  });

  test('every problem of the configuration is told at once, without the secret', () => {
    const env = { NETSUITE_BASE_URL: 'ftp://x', NETSUITE_PRIVATE_KEY: 'not-a-key-at-all', NETSUITE_TIMEOUT_MS: '5' };
    assert.throws(
      () => connectErp(env, services),
      (error: Error) => {
        assert.ok(error instanceof ConfigError);
        const names = error.problems.map((problem) => problem.split(':')[0]).sort();
        const wanted = ['ACCOUNT', 'BASE_URL', 'CERTIFICATE_ID', 'CLIENT_ID', 'PRIVATE_KEY', 'TIMEOUT_MS'];
        assert.deepEqual(
          names,
          wanted.map((name) => `NETSUITE_${name}`),
        );
        assert.doesNotMatch(error.message, /not-a-key/);
        return true;
      },
    );
  });

  test('without a base URL it is the account’s own host', () => {
    assert.equal(readNetSuiteConfig(whole()).baseUrl, 'https://1234567-sb1.suitetalk.api.netsuite.com');
  });

  test('the private key may have its line breaks written out, and must be an RSA key that is long enough', () => {
    assert.match(readNetSuiteConfig(whole()).privateKey, /-----BEGIN PRIVATE KEY-----\n/);
    const short = pem(1024);
    assert.throws(() => readNetSuiteConfig({ ...whole(), NETSUITE_PRIVATE_KEY: short }), ConfigError);
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    assert.throws(() => readNetSuiteConfig({ ...whole(), NETSUITE_PRIVATE_KEY: curve.toString() }), ConfigError);
  });
});
