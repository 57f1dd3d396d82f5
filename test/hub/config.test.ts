import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHubConfig, sandboxedVendors, withSandbox } from '../../hub/config.ts';
import type { ConfigError } from '../../platform/config.ts';

test('the sandbox plays what the environment says nothing about', () => {
  const cases: [Record<string, string>, string[]][] = [
    [{}, ['salesforce', 'netsuite', 'stripe', 'zendesk']],
    [{ STRIPE_API_KEY: 'sk_live' }, ['salesforce', 'netsuite', 'zendesk']],
    [{ STRIPE_API_KEY: '' }, ['salesforce', 'netsuite', 'stripe', 'zendesk']],
    [{ ERP: 'tryton' }, ['salesforce', 'stripe', 'zendesk']],
    [{ ERP: 'netsuite', SUPPORT: 'request-tracker' }, ['salesforce', 'netsuite', 'stripe']],
    [{ ERP_INSTANCES: 'us:netsuite,emea:tryton' }, ['salesforce', 'stripe', 'zendesk']],
  ];
  for (const [env, played] of cases) assert.deepEqual(sandboxedVendors(env), played, JSON.stringify(env));
});

test('a real vendor never gets a variable of the sandbox', () => {
  const env = { STRIPE_API_KEY: 'sk_live' };
  const sandbox = { STRIPE_API_KEY: 'sk_sandbox', STRIPE_BASE_URL: 'http://127.0.0.1:1', ZENDESK_EMAIL: 'a@b.example' };
  assert.deepEqual(withSandbox(env, sandbox, sandboxedVendors(env)), {
    STRIPE_API_KEY: 'sk_live',
    ZENDESK_EMAIL: 'a@b.example',
  });
});

test('without the sandbox every vendor that is missing is named', () => {
  assert.throws(
    () => readHubConfig({ HUB_SANDBOX: 'off' }, ['netsuite', 'stripe']),
    ({ problems }: ConfigError) => /^NETSUITE_\*: /.test(problems[0] ?? '') && /^STRIPE_\*: /.test(problems[1] ?? ''),
  );
});
