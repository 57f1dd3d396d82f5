import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { StripeClient } from './client.ts';
import { SYSTEM } from './failures.ts';
import { skuOf } from './translate.ts';
import { listOf, read, WirePrice } from './wire.ts';

/** Most lookup keys that Stripe takes at once: https://docs.stripe.com/api/prices/list */
const KEYS_AT_ONCE = 10;

/**
 * The price of each SKU in a currency, by the lookup key `<sku>_<currency>`.
 * @throws REFUSED for a SKU that is not sold in that currency
 */
export async function pricesOf(
  skus: readonly string[],
  currency: string,
  client: StripeClient,
  call: Call,
): Promise<ReadonlyMap<string, WirePrice>> {
  const code = currency.toLowerCase();
  const chunks = Array.from({ length: Math.ceil(skus.length / KEYS_AT_ONCE) }, (_, at) =>
    skus.slice(at * KEYS_AT_ONCE, (at + 1) * KEYS_AT_ONCE),
  );
  const answers = await Promise.all(
    chunks.map((chunk) =>
      client.read(call, (sdk) =>
        sdk.prices.list({
          lookup_keys: chunk.map((sku) => `${sku}_${code}`),
          active: true,
          limit: KEYS_AT_ONCE,
        }),
      ),
    ),
  );
  const found = answers.flatMap((answer) => read(listOf(WirePrice), answer).data);
  const bySku = new Map(found.map((price) => [skuOf(price), price]));
  const absent = skus.filter((sku) => !bySku.has(sku));
  if (absent.length === 0) return bySku;
  throw new HubError(
    'REFUSED',
    `${SYSTEM} does not sell ${absent.map(shown).join(', ')} in ${currency.toUpperCase()}`,
    {
      system: SYSTEM,
      field: 'items',
      reason: 'sku_not_sold',
    },
  );
}

const shown = (sku: string): string => JSON.stringify(sku.slice(0, 60));

/** @throws INVALID when a SKU is named twice: which quantity counts? */
export function eachOnce(items: readonly { readonly sku: string }[]): void {
  const twice = items.find((item, at) => items.findIndex((other) => other.sku === item.sku) !== at);
  if (!twice) return;
  throw new HubError('INVALID', `${shown(twice.sku)} is named twice; name each SKU once`, {
    system: SYSTEM,
    field: 'items',
  });
}
