import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import type { KnownCustomer } from '../model.ts';
import type { Ports } from '../systems.ts';
import { isId } from './input.ts';
import { lacks } from './known-customer.ts';
import type { Reasons } from './verdict.ts';

/** Whether the order may close this opportunity as won. */
export async function judgeOpportunity(
  { crm }: Ports,
  opportunityId: string | null,
  customer: KnownCustomer,
  call: Call,
  reasons: Reasons,
): Promise<void> {
  if (opportunityId === null || lacks('CRM', customer.crmAccountId, reasons, 'opportunityId')) return;
  const [opportunity] = isId(opportunityId) ? await crm.opportunities([id<'Opportunity'>(opportunityId)], call) : [];
  if (!opportunity || opportunity.accountId !== customer.crmAccountId) {
    // The same answer for another customer's opportunity: what is not theirs is not told.
    reasons.add(
      'UNKNOWN_OPPORTUNITY',
      'CRM',
      'this customer has no such opportunity; see `Customer.opportunities`',
      'opportunityId',
    );
  } else if (opportunity.stage === 'CLOSED_LOST') {
    reasons.add('BAD_VALUE', 'CRM', 'the opportunity was lost; sales has to reopen it first', 'opportunityId');
  } else if (opportunity.stage === 'CLOSED_WON' && opportunity.salesOrderNumber !== null) {
    // Won by sales and without an order: this is the one it waits for.
    reasons.add('BAD_VALUE', 'CRM', 'the opportunity was won already, by another order; leave it out', 'opportunityId');
  }
}
