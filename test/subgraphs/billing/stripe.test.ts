import { billingContract } from '../../contract/billing.ts';
import { stripeUnderTest, underContract } from './stripe-world.ts';

billingContract('Stripe, against the sandbox', async () => underContract(await stripeUnderTest()));
