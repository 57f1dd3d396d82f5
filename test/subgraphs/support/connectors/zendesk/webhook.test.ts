import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { HubError } from '../../../../../platform/errors.ts';
import { isGenuine, readEvent } from '../../../../../subgraphs/support/connectors/zendesk/webhook.ts';

/** As the sandbox sent it, signed with a secret that was made for the recording. */
const recorded: { body: string; headers: Record<string, string> } = JSON.parse(
  readFileSync(new URL('../../../../fixtures/zendesk/organization-event.json', import.meta.url), 'utf8'),
);
const SECRET = 'k3yOfThirtyTwoUrlSafeCharacters_';
const SENT_AT = Date.parse('2026-10-05T08:00:00Z');
const webhook = { rawBody: recorded.body, headers: recorded.headers };

function signed(rawBody: string, timestamp: string) {
  const signature = createHmac('sha256', SECRET)
    .update(timestamp + rawBody)
    .digest('base64');
  const headers = {
    'x-zendesk-webhook-signature': signature,
    'x-zendesk-webhook-signature-timestamp': timestamp,
  };
  return { rawBody, headers };
}

describe("Zendesk's webhooks", () => {
  test('a signed one is genuine for five minutes', () => {
    assert.equal(isGenuine(webhook, [SECRET], SENT_AT), true);
    assert.equal(isGenuine(webhook, [SECRET], SENT_AT + 300_000), true);
    assert.equal(isGenuine(webhook, [SECRET], SENT_AT + 300_001), false);
    assert.equal(isGenuine(webhook, [SECRET], SENT_AT - 300_001), false);
  });

  test('any of several secrets will do, so that one can be replaced', () => {
    assert.equal(isGenuine(webhook, ['the new one', SECRET], SENT_AT), true);
    assert.equal(isGenuine(webhook, ['the new one'], SENT_AT), false);
    assert.equal(isGenuine(webhook, [], SENT_AT), false);
  });

  test('an empty body can be signed', () => {
    assert.equal(isGenuine(signed('', '2026-10-05T08:00:00Z'), [SECRET], SENT_AT), true);
  });

  test('a byte more, another time, no signature, or half of one is not genuine', () => {
    const without = (name: string) =>
      Object.fromEntries(Object.entries(recorded.headers).filter(([key]) => key !== name));
    const odd = [
      { ...webhook, rawBody: `${recorded.body} ` },
      { ...webhook, headers: { ...recorded.headers, 'x-zendesk-webhook-signature-timestamp': '2026-10-05T08:00:01Z' } },
      { ...webhook, headers: { ...recorded.headers, 'x-zendesk-webhook-signature-timestamp': 'now' } },
      { ...webhook, headers: { ...recorded.headers, 'x-zendesk-webhook-signature': 'te483S9jQ1zH' } },
      { ...webhook, headers: without('x-zendesk-webhook-signature') },
      { ...webhook, headers: without('x-zendesk-webhook-signature-timestamp') },
    ];
    for (const one of odd) assert.equal(isGenuine(one, [SECRET], SENT_AT), false);
  });

  test('an event names what is out of date', () => {
    assert.deepEqual(readEvent(recorded.body), {
      id: 'a540ab78-88f2-49e1-93a7-000000000001',
      type: 'zen:event-type:organization.custom_field_changed',
      at: '2026-10-05T08:00:00.000Z',
      subjects: ['org:360000001001'],
      escalates: false,
    });
    const record = {
      ...JSON.parse(recorded.body),
      subject: 'zen:custom_object_record:01HZ',
      detail: { organization_id: '36' },
    };
    assert.deepEqual(readEvent(JSON.stringify(record)).subjects, ['entitlement:01HZ', 'org:36']);
    assert.deepEqual(readEvent(JSON.stringify({ ...record, subject: 'zen:article:5', detail: {} })).subjects, []);
  });

  test('what is no event breaks the contract', () => {
    for (const body of ['', '{}', 'null', '[]', JSON.stringify({ ...JSON.parse(recorded.body), time: 'soon' })]) {
      assert.throws(
        () => readEvent(body),
        (error: unknown) => error instanceof HubError && error.code === 'CONTRACT_BROKEN',
      );
    }
  });
});
