import { amountText, type Money, moneyOf, sum } from '../../../platform/money.ts';
import type { Principal } from '../../../platform/principal.ts';
import type { ChargeSummary } from '../model.ts';
import { refusal } from '../refusal.ts';
import type { ApprovalRules } from './approval-rules.ts';

/** A limit that an act goes above, so that it waits for a second person. */
export interface Above {
  /** null: the act costs nothing, and always waits. */
  readonly amount: Money | null;
  /** null: the limit names other currencies only. */
  readonly limit: Money | null;
  readonly limitOf: 'KEY' | 'HUB';
}

/** What an act costs, before tax, each part by its size: a credit weighs as much as a charge. */
export const amountOf = ({ currency, oneTime, monthlyDifference, proration }: ChargeSummary): Money =>
  sum(currency, [oneTime, monthlyDifference, ...(proration === null ? [] : [proration])].map(magnitude));

/**
 * Judges what an act costs by the caller's own limit and the hub's. @returns the limit above which it waits for a second
 * person; null: it may run. @throws LIMIT_EXCEEDED, or FORBIDDEN where the caller's acts do not name it
 */
export function judgeAmount(
  act: string,
  amount: Money | null,
  { acts }: Pick<Principal, 'acts'>,
  rules: Pick<ApprovalRules, 'upTo'>,
): Above | null {
  const own = acts === null ? {} : Object.hasOwn(acts, act) ? acts[act] : undefined;
  if (own === undefined) throw refusal('FORBIDDEN', `your key does not allow ${act}; nothing was run`);
  if (amount === null) return null;
  const keys = above(amount, own.upTo, 'KEY');
  if (keys !== null && own.above !== 'approval') {
    const most = keys.limit === null ? `has no limit in ${amount.currency}` : `allows up to ${told(keys.limit)}`;
    throw refusal('LIMIT_EXCEEDED', `${act} would cost ${told(amount)}; your key ${most}. Nothing was run`);
  }
  return keys ?? above(amount, Object.hasOwn(rules.upTo, act) ? rules.upTo[act] : undefined, 'HUB');
}

function above(
  amount: Money,
  upTo: Readonly<Record<string, string>> | undefined,
  limitOf: Above['limitOf'],
): Above | null {
  if (upTo === undefined) return null;
  const text = Object.hasOwn(upTo, amount.currency) ? upTo[amount.currency] : undefined;
  const limit = text === undefined ? null : moneyOf(text, amount.currency);
  return limit !== null && amount.minor <= limit.minor ? null : { amount, limit, limitOf };
}

/** Whether an act that costs nothing waits for a second person. */
export const alwaysAsked = (act: string, { always }: Pick<ApprovalRules, 'always'>): Above | null =>
  always.includes(act) ? { amount: null, limit: null, limitOf: 'HUB' } : null;

const magnitude = (value: Money): Money => ({ ...value, minor: value.minor < 0n ? -value.minor : value.minor });
const told = (value: Money): string => `${amountText(value)} ${value.currency}`;
