import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id } from '../../../../platform/ids.ts';
import { type HeldProduct, mergedProduct } from '../../../../subgraphs/erp/instances/products.ts';
import type { Product } from '../../../../subgraphs/erp/model.ts';

const money = (minor: number, currency: string) => ({ minor: BigInt(minor), currency });
const held = (instance: string, prices: Record<string, number>, also: Partial<Product> = {}): HeldProduct => ({
  instance,
  product: {
    sku: id('S'),
    name: `S of ${instance}`,
    kind: 'GOODS',
    active: true,
    taxClass: null,
    listPrices: Object.fromEntries(
      Object.entries(prices).map(([currency, minor]) => [currency, money(minor, currency)]),
    ),
    inventory: null,
    ...also,
  },
});
const homes: Record<string, string[]> = { USD: ['us'], EUR: ['emea'], GBP: ['us', 'emea'] };
const homesOf = (currency: string) => homes[currency] ?? [];
const nobody = new Set<string>();
const prices = ({ listPrices }: Product) =>
  Object.fromEntries(Object.entries(listPrices).map(([currency, { minor }]) => [currency, Number(minor)]));

test('a price is told by the ERP whose companies trade in the currency', () => {
  const merged = mergedProduct(
    [held('us', { USD: 100, EUR: 91 }), held('emea', { USD: 120, EUR: 99 })],
    homesOf,
    nobody,
  );
  assert.deepEqual(prices(merged), { USD: 100, EUR: 99 });
  assert.equal(merged.name, 'S of us');
});

test('a home that does not hold the product, or no home at all, leaves the price to the first that has one', () => {
  assert.deepEqual(prices(mergedProduct([held('emea', { USD: 120, EUR: 99, CHF: 95 })], homesOf, nobody)), {
    USD: 120,
    EUR: 99,
    CHF: 95,
  });
});

test('a home that holds the product without a price does not sell it in that currency', () => {
  assert.deepEqual(prices(mergedProduct([held('us', {}), held('emea', { USD: 120, EUR: 99 })], homesOf, nobody)), {
    EUR: 99,
  });
});

test('a home that cannot be asked leaves its price out: another’s would not be what it charges', () => {
  assert.deepEqual(prices(mergedProduct([held('emea', { USD: 120, EUR: 99 })], homesOf, new Set(['us']))), { EUR: 99 });
});

test('stock is the sum, as old as the older; one that sells it is enough', () => {
  const stock = (onHand: number, asOf: string) => ({ inventory: { onHand, available: onHand - 1, asOf } });
  const merged = mergedProduct(
    [
      held('us', {}, { active: false, ...stock(5, '2026-11-20T10:00:00Z') }),
      held('emea', {}, stock(7, '2026-11-20T09:00:00Z')),
    ],
    homesOf,
    nobody,
  );
  assert.deepEqual(merged.inventory, { onHand: 12, available: 10, asOf: '2026-11-20T09:00:00Z' });
  assert.equal(merged.active, true);
});

test('of two homes the first tells, and the second while the first cannot be asked', () => {
  const [us, emea] = [held('us', { GBP: 80 }), held('emea', { GBP: 85 })];
  assert.deepEqual(prices(mergedProduct([us, emea], homesOf, nobody)), { GBP: 80 });
  assert.deepEqual(prices(mergedProduct([emea], homesOf, new Set(['us']))), { GBP: 85 });
});
