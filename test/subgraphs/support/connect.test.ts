import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../platform/clock.ts';
import { ConfigError } from '../../../platform/config.ts';
import { errorCode } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import { silentLog } from '../../../platform/log.ts';
import { connectSupport } from '../../../subgraphs/support/connect.ts';

const services = { clock: systemClock, log: silentLog, cache: null };
const environment = {
  ZENDESK_BASE_URL: 'http://127.0.0.1:9',
  ZENDESK_EMAIL: 'hub@example.com',
  ZENDESK_API_TOKEN: 'a-token-of-some-length',
};
const problems = (env: Record<string, string>): readonly string[] => {
  try {
    connectSupport(env, services);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
};

describe('connecting support', () => {
  test('takes Zendesk unless told otherwise, and names what there is', () => {
    assert.deepEqual(problems(environment), []);
    assert.deepEqual(problems({ ...environment, SUPPORT: 'zendesk' }), []);
    for (const SUPPORT of ['freshdesk', 'toString']) {
      assert.deepEqual(problems({ ...environment, SUPPORT }), ['SUPPORT: must be one of zendesk, request-tracker']);
    }
  });

  test('tells every problem of the environment at once, and no secret', () => {
    const wrong = { ZENDESK_BASE_URL: 'ftp://desk', ZENDESK_API_TOKEN: 'short', ZENDESK_TIMEOUT_MS: 'soon' };
    const told = problems(wrong);
    const names = ['ZENDESK_BASE_URL', 'ZENDESK_EMAIL', 'ZENDESK_API_TOKEN', 'ZENDESK_TIMEOUT_MS'];
    assert.deepEqual(
      told.map((problem) => problem.split(':')[0]),
      names,
    );
    assert.doesNotMatch(told.join(), /short/);
  });

  test('takes Request Tracker where it is named, and tells what that needs', () => {
    const desk = { SUPPORT: 'request-tracker' };
    const whole = { ...desk, RT_BASE_URL: 'http://127.0.0.1:9/REST/2.0', RT_TOKEN: '1-14-abcdefgh' };
    assert.deepEqual(problems(whole), []);
    const wrong = { ...desk, RT_BASE_URL: 'http://127.0.0.1:9', RT_TIMEOUT_MS: '1', RT_CONCURRENCY: '0' };
    assert.deepEqual(
      problems(wrong).map((problem) => problem.split(':')[0]),
      ['RT_BASE_URL', 'RT_TOKEN', 'RT_TIMEOUT_MS', 'RT_CONCURRENCY'],
    );
  });

  test('lets only what acts for support write, before anything is sent', async () => {
    const port = connectSupport(environment, services);
    const call = { correlationId: 'c', signal: AbortSignal.timeout(1_000), key: 'k', actingFor: 'CRM' };
    const grant = {
      orgId: id<'SupportOrg'>('1'),
      subscriptionId: 's',
      startsOn: '2026-01-01',
      endsOn: null,
      rights: [],
    };
    await assert.rejects(port.grant(grant, call), (error) => errorCode(error) === 'NOT_OWNER');
  });
});
