import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, amountText, money, moneyOf, times } from '../../platform/money.ts';

test('decimal text becomes whole minor units and back, exactly', () => {
  const cases: [string | number, string, bigint, string][] = [
    ['1049.50', 'EUR', 104950n, '1049.50'],
    ['0.1', 'EUR', 10n, '0.10'],
    ['-0.01', 'USD', -1n, '-0.01'],
    ['1200', 'JPY', 1200n, '1200'],
    ['1.234', 'KWD', 1234n, '1.234'],
    ['999999999999999999.99', 'EUR', 99999999999999999999n, '999999999999999999.99'],
    [1558.8, 'EUR', 155880n, '1558.80'],
    [0.1 + 0.2, 'EUR', 30n, '0.30'],
    ['-0', 'EUR', 0n, '0.00'],
    ['480.0000', 'EUR', 48000n, '480.00'],
    ['1.005', 'EUR', 101n, '1.01'],
  ];
  for (const [text, currency, minor, printed] of cases) {
    const value = moneyOf(text, currency);
    assert.equal(value.minor, minor, `${text} ${currency}`);
    assert.equal(amountText(value), printed);
  }
});

test('what is no amount is refused, in words', () => {
  for (const text of ['', 'abc', '1e400', '1,50', '--1', 'NaN', '0x10']) {
    assert.throws(() => moneyOf(text, 'EUR'), { code: 'INVALID' }, text);
  }
});

test('currencies do not mix', () => {
  assert.throws(() => add(money(1, 'EUR'), money(1, 'USD')), { code: 'INVALID' });
  assert.deepEqual(add(times(money(250, 'EUR'), 3), money(1, 'EUR')), money(751, 'EUR'));
});
