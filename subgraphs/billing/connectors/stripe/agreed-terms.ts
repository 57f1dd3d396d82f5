import { z } from 'zod';
import { id } from '../../../../platform/ids.ts';
import type { BillingPort } from '../../port.ts';
import type { StripeClient } from './client.ts';
import { termOf } from './translate.ts';
import { listOf, read, WireSchedule } from './wire.ts';

/** Most that a list gives at once: https://docs.stripe.com/api/pagination */
const MOST = 100;

/** `subscription` is null once the schedule has let it go. */
const Listed = WireSchedule.extend({ customer: z.string(), subscription: z.string().nullable() });

/** Agreed terms are schedules, and only what has one is listed: https://docs.stripe.com/api/subscription_schedules/list */
export const createAgreedTerms = (client: StripeClient): Pick<BillingPort, 'agreedTerms'> => ({
  async agreedTerms({ first, after }, call) {
    const paging = { limit: Math.min(first, MOST), ...(after === null ? {} : { starting_after: after }) };
    const answer = await client.read(call, (sdk) => sdk.subscriptionSchedules.list(paging));
    const { data, has_more: hasMore } = read(listOf(Listed), answer);
    const entries = data.flatMap((schedule) => {
      const term = termOf({ schedule });
      if (term === null || schedule.subscription === null) return [];
      return [
        {
          subscriptionId: id<'Subscription'>(schedule.subscription),
          customerId: id<'BillingCustomer'>(schedule.customer),
          term,
        },
      ];
    });
    return { entries, hasMore, endCursor: data.at(-1)?.id ?? after };
  },
});
