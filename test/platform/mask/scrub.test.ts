import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../platform/log.ts';
import { scrub } from '../../../platform/mask/scrub.ts';

const KEY = 'cnc_live_0123456789AB_abcdefghijklmnopqrstuvwxyzABCDEF012345';

/** What stands in the message of some driver or vendor, and what is left of it. */
const FORMS: Record<string, string> = {
  'no mailbox for ada.lovelace@example.co.uk, sorry': 'no mailbox for a***@example.co.uk, sorry',
  'to <bo@example.com>': 'to <***@example.com>',
  'card 4242 4242 4242 4242 was declined': 'card ***4242 was declined',
  'card 5555-5555-5555-4444.': 'card ***4444.',
  'account DE89 3704 0044 0532 0130 00 is closed': 'account ***3000 is closed',
  'account GB82WEST12345698765432': 'account ***5432',
  'connect postgres://hub:s3cr3t@10.0.0.7:5432/hub failed': 'connect postgres://***@10.0.0.7:5432/hub failed',
  'redis://:s3cr3t@cache/0': 'redis://***@cache/0',
  [`refused ${KEY} today`]: 'refused cnc_live_0123456789AB_*** today',
  'Authorization: Bearer abcdefghijklmnop.qrstuv': 'Authorization: Bearer ***',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl is expired': '*** is expired',
  'Invalid API Key provided: sk_live_51Habcdefgh': 'Invalid API Key provided: ***',
  'user=hub password=s3cr3t host=db': 'user=hub password=*** host=db',
  '{"client_secret":"s3cr3t","a":1}': '{"client_secret":"***","a":1}',
};

test('of addresses, accounts, cards and secrets in a text only the masked form is left', () => {
  for (const [said, left] of Object.entries(FORMS)) assert.equal(scrub(said), left);
});

test('what only looks alike stays', () => {
  const texts = [
    'order SO10042 of 2026-11-21T16:23:41.123Z took 1795278898123 ns',
    'invoice 4242424242424243 has a number that is no card',
    '0192d7c8-4242-7424-8424-424242424242',
    '{"secret":true,"password":null,"time":1795278898123}',
    'GB82WEST12345698765433',
    '@requiresScopes on Customer.taxId',
  ];
  for (const text of texts) assert.equal(scrub(text), text);
});

test('a log line stays JSON and tells no value: in its message, its fields, and the cause of an error', () => {
  const lines: string[] = [];
  const log = createLog('test', 'info', { write: (line) => void lines.push(line) });
  for (const said of Object.keys(FORMS)) {
    const cause = new Error(`first\n${said}`);
    log.error({ err: new Error(said, { cause }), note: { deep: [said] }, card: 4242424242424242 }, said);
  }
  log.info({ email: 'ada.lovelace@example.com', customer: { taxId: 'DE811569869' } }, 'read');
  for (const line of lines) assert.doesNotThrow(() => JSON.parse(line), line);
  const all = lines.join('');
  for (const secret of [
    /ada\.lovelace/,
    /s3cr3t/,
    /4242.?4242/,
    /3704/,
    /WEST/,
    /abcdefghijklmnop/,
    /51Habc/,
    /811569869/,
  ]) {
    assert.doesNotMatch(all, secret);
  }
});

test('a long hostile text is scrubbed in a time that grows with its length only', () => {
  for (const sign of ['a', '1 ', 'a@', '4-', 'A1 ', '://', 'password=', 'eyJ.']) {
    const text = sign.repeat(20_000);
    assert.equal(typeof scrub(text), 'string');
  }
});
