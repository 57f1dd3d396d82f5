import { decimalOf, decimalText } from '../../../../platform/decimal.ts';
import { HubError } from '../../../../platform/errors.ts';
import { SYSTEM } from './failures.ts';
import type { WireUsage } from './wire.ts';

type Price = WireUsage['items']['data'][number]['price'];

/** What is included and what one unit beyond it costs, from a price by use: https://docs.stripe.com/billing/subscriptions/usage-based/pricing-models */
function readTiers({ billing_scheme: scheme, tiers_mode: mode, tiers, ...price }: Price): {
  included: string;
  /** In the currency's smallest unit. */
  overage: string;
} {
  if (scheme === 'per_unit') return { included: '0', overage: price.unit_amount_decimal ?? '0' };
  const [first, second] = tiers ?? [];
  if (mode !== 'graduated' || !first) throw notRead();
  const free = isZero(first.unit_amount_decimal) && !first.flat_amount;
  if (!free) return { included: '0', overage: first.unit_amount_decimal ?? '0' };
  if (first.up_to === null) throw notRead();
  return { included: String(first.up_to), overage: second?.unit_amount_decimal ?? '0' };
}

export const includedIn = (price: Price): string => readTiers(price).included;

/** Decimal text in the currency's own unit. Stripe's smallest unit is a hundredth but for a few currencies (translate.ts). */
export function overageIn(price: Price): string {
  const shift = ZERO_DECIMAL.has(price.currency) ? 0 : THREE_DECIMAL.has(price.currency) ? 3 : 2;
  return decimalText(decimalOf(readTiers(price).overage) / 10n ** BigInt(shift));
}

/** https://docs.stripe.com/currencies#zero-decimal, #three-decimal */
const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '));

/** The item's own thresholds, in its metadata as `warn_at: "75,100"`; without them 80 and 100 percent. */
export function warningsOf(metadata: Readonly<Record<string, string>>): readonly number[] {
  const own = (metadata.warn_at ?? '').split(',').map(Number);
  const valid = own.every((percent) => Number.isInteger(percent) && percent >= 1 && percent <= 1_000);
  return metadata.warn_at !== undefined && valid ? own.toSorted((a, b) => a - b) : [80, 100];
}

const isZero = (text: string | null): boolean => text !== null && /^0(\.0+)?$/.test(text);

const notRead = (): HubError =>
  new HubError('CONTRACT_BROKEN', `${SYSTEM} prices this in tiers that the hub does not read; use graduated ones`, {
    system: SYSTEM,
    field: 'price.tiers',
  });
