import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presentedKey } from '../../../gateway/auth/presented-key.ts';
import { newKey } from '../../../platform/keys/key-format.ts';

const { key } = newKey('live');
const present = (rawHeaders: string[], url = '/graphql') => presentedKey({ url, rawHeaders });

test('a key is taken from one Authorization header', () => {
  assert.deepEqual(present(['Host', 'hub', 'Authorization', `Bearer ${key}`]), { kind: 'key', key });
  assert.deepEqual(present(['authorization', `bearer ${key}`]), { kind: 'key', key });
  assert.deepEqual(present(['Host', 'hub']), { kind: 'none' });
});

const REFUSED: readonly [string, string[], string?][] = [
  ['in the URL', [], `/graphql?api_key=${key}`],
  ['in the URL beside a good header', ['Authorization', `Bearer ${key}`], `/graphql?key=${key}`],
  ['that is a token in the URL', [], '/graphql?access_token=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'],
  ['in a cookie', ['Cookie', `session=1; key=${key}`]],
  ['in a header of another name', ['X-Api-Key', key]],
  ['in two Authorization headers', ['Authorization', `Bearer ${key}`, 'authorization', `Bearer ${key}`]],
  ['in Authorization and another header', ['Authorization', `Bearer ${key}`, 'X-Api-Key', key]],
  ['as Basic', ['Authorization', `Basic ${Buffer.from(key).toString('base64')}`]],
  ['without a scheme', ['Authorization', key]],
  ['twice in one header', ['Authorization', `Bearer ${key} ${key}`]],
  ['as an empty credential', ['Authorization', 'Bearer ']],
];
for (const [where, headers, url] of REFUSED) {
  test(`B32: a key ${where} is refused, and the answer does not repeat it`, () => {
    const presented = present(headers, url);
    assert.equal(presented.kind, 'refused');
    assert.ok(presented.kind === 'refused' && !presented.reason.includes(key));
  });
}
