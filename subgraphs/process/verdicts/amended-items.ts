import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import type { Subscription } from '../../billing/model.ts';
import type { AmendedItemInput } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { isId, judgeQuantity } from './input.ts';
import type { Reasons } from './verdict.ts';

const MOST_ITEMS = 20;

export interface ItemsAfter {
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly changed: boolean;
}

/** What the subscription holds after the amendment: items that are not named stay, quantity 0 removes one. */
export async function judgeItems(
  { erp }: Ports,
  asked: readonly AmendedItemInput[] | null,
  { items, currency }: Pick<Subscription, 'items' | 'currency'>,
  call: Call,
  reasons: Reasons,
): Promise<ItemsAfter> {
  const now = new Map(items.map(({ sku, quantity }) => [sku, quantity]));
  const after = new Map(now);
  const named = asked ?? [];
  if (named.length > MOST_ITEMS) {
    reasons.add('BAD_VALUE', 'HUB', `at most ${MOST_ITEMS} items are amended at once`, 'items');
    return { items: [...items], changed: false };
  }
  const added = [...new Set(named.map(({ sku }) => sku))].filter((sku) => !now.has(sku) && isId(sku));
  const products =
    added.length === 0
      ? []
      : await erp.products(
          added.map((sku) => id<'Sku'>(sku)),
          call,
        );
  const productOf = new Map(added.map((sku, at) => [sku, products[at] ?? null]));

  for (const [at, { sku, quantity }] of named.entries()) {
    judgeQuantity(quantity, 0, `items.${at}.quantity`, reasons);
    if (named.findIndex((other) => other.sku === sku) !== at) {
      reasons.add('BAD_VALUE', 'HUB', `${sku} is named twice; name each SKU once`, `items.${at}.sku`);
    }
    if (!now.has(sku)) {
      const product = productOf.get(sku);
      const field = `items.${at}.sku`;
      if (!product) reasons.add('UNKNOWN_SKU', 'ERP', 'there is no such product; see `products`', field);
      else if (product.kind !== 'SUBSCRIPTION') {
        reasons.add('BAD_VALUE', 'ERP', `${sku} is ${product.kind}; a subscription holds SUBSCRIPTION products`, field);
      } else if (!product.active) {
        reasons.add('INACTIVE_SKU', 'ERP', `${sku} can no longer be ordered; see \`products\``, field);
      } else if (product.listPrices[currency] === undefined) {
        reasons.add('WRONG_CURRENCY', 'ERP', `${sku} is not sold in ${currency}, the subscription's currency`, field);
      } else if (quantity === 0) {
        reasons.add(
          'BAD_QUANTITY',
          'BILLING',
          `${sku} is not in the subscription; there is nothing to remove`,
          `items.${at}.quantity`,
        );
      }
    }
    if (quantity === 0) after.delete(sku);
    else after.set(sku, quantity);
  }
  if (after.size === 0) {
    reasons.add('CONTRACT_STATE', 'BILLING', 'this would remove every item; cancel the subscription instead', 'items');
  }
  const changed = after.size !== now.size || [...after].some(([sku, quantity]) => now.get(sku) !== quantity);
  return { items: [...after].map(([sku, quantity]) => ({ sku, quantity })), changed };
}
