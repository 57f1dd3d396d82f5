import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { fixedClock } from '../../../../../platform/clock.ts';
import { errorCode } from '../../../../../platform/errors.ts';
import { readStripeWebhookSecrets } from '../../../../../subgraphs/billing/connectors/stripe/config.ts';
import { verifyStripeWebhook } from '../../../../../subgraphs/billing/connectors/stripe/webhook.ts';

const clock = fixedClock('2026-11-21T10:00:00Z');
const NOW = clock.now() / 1000;
const SECRETS = ['whsec_old_secret_1', 'whsec_new_secret_2'];
const EVENT = {
  id: 'evt_1',
  object: 'event',
  type: 'customer.subscription.updated',
  created: NOW - 5,
  data: { object: { id: 'sub_1', object: 'subscription', customer: 'cus_1', metadata: {} } },
  request: { id: 'req_1', idempotency_key: 'p1:amend-billing' },
};
const BODY = JSON.stringify(EVENT);

/** Made here and not by the SDK, so that the SDK does not judge itself. */
function header(body: string | Buffer, secret = 'whsec_new_secret_2', at = NOW): string {
  const signature = createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex');
  return `t=${at},v1=${signature}`;
}
const verify = (body: string | Buffer, signature: string | undefined) =>
  verifyStripeWebhook(Buffer.from(body), signature, SECRETS, clock);

test('a signed event is read', () => {
  assert.deepEqual(verify(BODY, header(BODY)), {
    id: 'evt_1',
    type: 'customer.subscription.updated',
    createdAt: '2026-11-21T09:59:55.000Z',
    object: { kind: 'subscription', externalId: 'sub_1' },
    customerId: 'cus_1',
    causedByKey: 'p1:amend-billing',
  });
});

test('while a secret is rolled, both are good', () => {
  assert.equal(verify(BODY, header(BODY, 'whsec_old_secret_1')).id, 'evt_1');
  const both = `${header(BODY, 'whsec_elsewhere')},${header(BODY).split(',')[1]}`;
  assert.equal(verify(BODY, both).id, 'evt_1');
});

test('an event about a customer names that customer', () => {
  const body = JSON.stringify({ ...EVENT, data: { object: { id: 'cus_9', object: 'customer' } } });
  assert.equal(verify(body, header(body)).customerId, 'cus_9');
});

test('a signature is good for 300 s either way, not a second more', () => {
  for (const at of [NOW - 300, NOW + 300]) assert.equal(verify(BODY, header(BODY, undefined, at)).id, 'evt_1');
  for (const at of [NOW - 301, NOW + 301]) {
    assert.throws(
      () => verify(BODY, header(BODY, undefined, at)),
      (error) => errorCode(error) === 'CREDENTIAL',
    );
  }
});

const flipped = Buffer.from(BODY);
flipped[10] = (flipped[10] ?? 0) ^ 1;
const FORGED: readonly [string, string | Buffer, string | undefined][] = [
  ['no header', BODY, undefined],
  ['an empty header', BODY, ''],
  ['another secret', BODY, header(BODY, 'whsec_elsewhere')],
  ['one bit of the body changed', flipped, header(BODY)],
  ['white space added', `${BODY} `, header(BODY)],
  ['a signature of another time', BODY, header(BODY).replace(`t=${NOW}`, `t=${NOW - 1}`)],
  ['no time', BODY, header(BODY).split(',')[1]],
  ['only the test scheme v0', BODY, header(BODY).replace('v1=', 'v0=')],
  ['a header that is not a signature', BODY, 't=now,v1=💥'],
];
for (const [what, body, signature] of FORGED) {
  test(`refused with ${what}, without a word on why`, () => {
    assert.throws(
      () => verify(body, signature),
      (error) =>
        errorCode(error) === 'CREDENTIAL' && error instanceof Error && !/secret|timestamp|body/.test(error.message),
    );
  });
}

for (const body of [JSON.stringify({ ...EVENT, data: {} }), '{"id":', '']) {
  test(`a signed body that is no event (${body.slice(0, 6)}) breaks the contract`, () => {
    assert.throws(
      () => verify(body, header(body)),
      (error) => errorCode(error) === 'CONTRACT_BROKEN',
    );
  });
}

test('secrets are read from the environment, several by comma', () => {
  assert.deepEqual(readStripeWebhookSecrets({ STRIPE_WEBHOOK_SECRETS: 'whsec_12345678, whsec_87654321' }), [
    'whsec_12345678',
    'whsec_87654321',
  ]);
  assert.throws(
    () => readStripeWebhookSecrets({ STRIPE_WEBHOOK_SECRETS: 'whsec_12345678,nonsense' }),
    /STRIPE_WEBHOOK_SECRETS/,
  );
  assert.throws(() => readStripeWebhookSecrets({}), /is required/);
});
