import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { type ConfigError, flag, httpUrl, intBetween, readAll, readConfig, secret } from '../../platform/config.ts';

const Config = z.object({
  PORT: intBetween(0, 65_535).default(4000),
  URL: httpUrl,
  SECRET: secret,
  LOUD: flag.default(false),
});

test('a good environment is read, typed and frozen', () => {
  const config = readConfig(Config, {
    PORT: '0',
    URL: 'http://127.0.0.1:1',
    SECRET: 'long enough',
    LOUD: 'true',
    OTHER: 'x',
  });
  assert.deepEqual(config, { PORT: 0, URL: 'http://127.0.0.1:1', SECRET: 'long enough', LOUD: true });
  assert.ok(Object.isFrozen(config));
});

test('every problem is named at once, with what would be right', () => {
  assert.throws(
    () => readConfig(Config, { PORT: '99999', URL: 'ftp://x', SECRET: '', LOUD: 'yes' }),
    (error: ConfigError) => {
      assert.deepEqual(
        error.problems.map((problem) => problem.split(':')[0]),
        ['PORT', 'URL', 'SECRET', 'LOUD'],
      );
      assert.match(error.message, /PORT: must be a whole number from 0 to 65535/);
      assert.match(error.message, /SECRET: is required/);
      return true;
    },
  );
});

test('several readers report together', () => {
  const reader = (name: string) => () => readConfig(z.object({ [name]: secret }), {});
  assert.throws(
    () => readAll({ a: reader('A'), b: reader('B') }),
    (error: ConfigError) => error.problems.length === 2,
  );
});
