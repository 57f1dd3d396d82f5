import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError } from '../../../../platform/config.ts';
import { readTrytonConfig } from '../../../../subgraphs/erp/connectors/tryton/config.ts';
import {
  priorTermsMark,
  priorTermsOf,
  refusalMark,
  refusalOf,
} from '../../../../subgraphs/erp/connectors/tryton/marks.ts';
import { isRecordId } from '../../../../subgraphs/erp/connectors/tryton/records.ts';
import { asDate, day, decimal, plainDecimal } from '../../../../subgraphs/erp/connectors/tryton/values.ts';

describe('Tryton’s values', () => {
  test('a Decimal is plain digits, however Python wrote it', () => {
    const texts: readonly [string, string | undefined][] = [
      ['0', '0'],
      ['0.0', '0.0'],
      ['480.0000', '480.0000'],
      ['-311.76', '-311.76'],
      ['0E-11', '0.00000000000'],
      ['1.5E-3', '0.0015'],
      ['1.25E+3', '1250'],
      ['-2E+2', '-200'],
      ['12345E-2', '123.45'],
      ['NaN', undefined],
      ['Infinity', undefined],
      ['1e400', undefined],
      ['', undefined],
    ];
    for (const [text, plain] of texts) assert.equal(plainDecimal(text), plain, text);
    assert.equal(decimal.safeParse({ __class__: 'Decimal', decimal: 'NaN' }).success, false);
    assert.equal(decimal.safeParse(12.5).success, false, 'money is never a float');
  });

  test('a day goes there and back', () => {
    assert.equal(day.parse(asDate('2026-02-03')), '2026-02-03');
  });

  test('an id is a positive 32-bit number', () => {
    for (const text of ['1', '2147483647']) assert.ok(isRecordId(text));
    for (const text of ['0', '-1', '01', '2147483648', '1e3', ' 1', '1 OR 1=1', '']) assert.ok(!isRecordId(text), text);
  });

  test('marks in a sale’s comment are found again among what people wrote', () => {
    assert.equal(priorTermsOf(`Ring twice.\n${priorTermsMark(7)}\nThanks`), 7);
    assert.equal(priorTermsOf(priorTermsMark(null)), null);
    assert.equal(priorTermsOf('Payment term before: x'), undefined);
    assert.equal(refusalOf(`Ring twice.\n${refusalMark('too\nmuch')}`), 'too much');
    assert.equal(refusalOf(null), null);
  });
});

describe('the settings of Tryton', () => {
  const whole = {
    TRYTON_BASE_URL: 'https://erp.example/tryton/',
    TRYTON_DATABASE: 'erp',
    TRYTON_USER: 'hub',
    TRYTON_PASSWORD: 'long-enough',
  };

  test('may name a server below a path', () => {
    const { origin, path } = readTrytonConfig(whole);
    assert.deepEqual([origin, path], ['https://erp.example', '/tryton/erp/']);
  });

  test('tell every problem at once, without the password', () => {
    const env = {
      TRYTON_BASE_URL: 'ftp://x',
      TRYTON_DATABASE: 'a/b',
      TRYTON_PASSWORD: 'short',
      TRYTON_CONCURRENCY: '0',
    };
    assert.throws(
      () => readTrytonConfig(env),
      (error: Error) => {
        assert.ok(error instanceof ConfigError);
        const names = error.problems.map((problem) => problem.split(':')[0]).sort();
        assert.deepEqual(
          names,
          ['BASE_URL', 'CONCURRENCY', 'DATABASE', 'PASSWORD', 'USER'].map((name) => `TRYTON_${name}`),
        );
        assert.doesNotMatch(error.message, /: short/);
        return true;
      },
    );
  });
});
