import type { Subscription } from '../../billing/model.ts';
import type { RenewSubscriptionInput } from '../schema.generated.ts';
import { termEndOf } from './running-subscription.ts';
import type { Reasons } from './verdict.ts';

const DAY_MS = 86_400_000;

/** When the systems are told of a renewal, RFC 3339; null: at once. @param now milliseconds */
export function judgeBegin(
  { beginsAt, inWindow }: Pick<RenewSubscriptionInput, 'beginsAt' | 'inWindow'>,
  subscription: Subscription,
  { startsOn, now, windowDays }: { readonly startsOn: string; readonly now: number; readonly windowDays: number },
  reasons: Reasons,
): string | null {
  if (beginsAt == null) {
    const opens = Date.parse(termEndOf(subscription)) - windowDays * DAY_MS;
    return inWindow && opens > now ? new Date(opens).toISOString() : null;
  }
  const at = Date.parse(beginsAt);
  if (inWindow) {
    reasons.add('BAD_VALUE', 'HUB', 'give either beginsAt or inWindow', 'beginsAt');
  } else if (at <= now || at >= Date.parse(startsOn)) {
    const message = `a renewal begins after now and before its term does, on ${startsOn}; without beginsAt it begins at once`;
    reasons.add('BAD_VALUE', 'HUB', message, 'beginsAt');
  }
  return new Date(at).toISOString();
}
