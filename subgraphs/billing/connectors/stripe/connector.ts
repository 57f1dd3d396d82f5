import type { Clock } from '../../../../platform/clock.ts';
import type { BillingPort } from '../../port.ts';
import { createAgreedTerms } from './agreed-terms.ts';
import { createCancellations } from './cancellation.ts';
import { createClient } from './client.ts';
import type { StripeConfig } from './config.ts';
import { createCustomerOpening } from './open-customer.ts';
import { createPreviews } from './previews.ts';
import { createReads } from './reads.ts';
import { createRenewals } from './renewal.ts';
import { createScans } from './scan.ts';
import { createUsage } from './usage.ts';
import { createWrites } from './writes.ts';

/** The billing port over Stripe, API version 2026-10-28.endive. */
export function stripe(config: StripeConfig, clock: Clock): BillingPort {
  const client = createClient(config);
  return {
    capabilities: { batchReads: false, meteredUsage: true, fractionalUsage: false },
    ...createReads(client, clock),
    ...createPreviews(client),
    ...createWrites(client),
    ...createCustomerOpening(client),
    ...createRenewals(client),
    ...createCancellations(client),
    ...createUsage(client, clock),
    ...createScans(client),
    ...createAgreedTerms(client),
  };
}
