import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import { amountText } from '../../../platform/money.ts';
import type { Opportunity } from '../../crm/model.ts';
import type { KnownCustomer } from '../model.ts';
import type { Ports } from '../systems.ts';
import { isId } from './input.ts';
import { lacks } from './known-customer.ts';
import type { AskedOrder } from './sold-items.ts';
import type { Reasons } from './verdict.ts';

/** Whether the order may close this opportunity as won; null: it may not, or none is named. */
export async function judgeOpportunity(
  { crm }: Pick<Ports, 'crm'>,
  opportunityId: string | null,
  customer: KnownCustomer,
  call: Call,
  reasons: Reasons,
): Promise<Opportunity | null> {
  if (opportunityId === null || lacks('CRM', customer.crmAccountId, reasons, 'opportunityId')) return null;
  const [opportunity] = isId(opportunityId) ? await crm.opportunities([id<'Opportunity'>(opportunityId)], call) : [];
  const no = (code: 'UNKNOWN_OPPORTUNITY' | 'BAD_VALUE', message: string) => {
    reasons.add(code, 'CRM', message, 'opportunityId');
    return null;
  };
  if (!opportunity || opportunity.accountId !== customer.crmAccountId) {
    // The same answer for another customer's opportunity: what is not theirs is not told.
    return no('UNKNOWN_OPPORTUNITY', 'this customer has no such opportunity; see `Customer.opportunities`');
  }
  if (opportunity.stage === 'CLOSED_LOST') {
    return no('BAD_VALUE', 'the opportunity was lost; sales has to reopen it first');
  }
  if (opportunity.stage === 'CLOSED_WON' && opportunity.salesOrderNumber !== null) {
    // Won by sales and without an order: this is the one it waits for.
    return no(
      'BAD_VALUE',
      `the opportunity was ordered already, by order ${opportunity.salesOrderNumber}; leave it out`,
    );
  }
  return opportunity;
}

/** What sales has won: the lines of the quote that is synced with it, else its products; null, with the reasons, when it is nothing to order. */
export async function wonLines(
  { crm }: Pick<Ports, 'crm'>,
  { id: opportunityId, stage, quoteId, amount }: Opportunity,
  call: Call,
  reasons: Reasons,
): Promise<Pick<AskedOrder, 'lines' | 'currency'> | null> {
  if (stage !== 'CLOSED_WON') {
    const message = `the opportunity is ${stage}; only one that sales has won is ordered as it stands: name the lines, or win it first`;
    reasons.add('BAD_VALUE', 'CRM', message, 'opportunityId');
    return null;
  }
  const [offered] =
    quoteId === null ? await crm.opportunityLines([opportunityId], call) : await crm.quoteLines([quoteId], call);
  const lines = offered?.lines ?? [];
  const currency = lines[0]?.unitPrice.currency ?? amount?.currency;
  if (lines.length === 0 || currency === undefined) {
    const where = quoteId === null ? 'the opportunity has no products' : 'the quote of the opportunity has no lines';
    reasons.add('BAD_VALUE', 'CRM', `${where}; sales has to add them, or name the lines`, 'opportunityId');
    return null;
  }
  return {
    currency,
    lines: lines.map(({ unitPrice, ...line }) => ({ ...line, expectedUnitPrice: amountText(unitPrice) })),
  };
}

/** Tells what is wrong with a line that the caller did not name as what it is: something about the opportunity. */
export const ofOpportunity = (reasons: Reasons): Reasons => ({
  all: reasons.all,
  add: (code, system, message, field, expected) => {
    const nr = /^lines\.(\d+)\./.exec(field ?? '')?.[1];
    const told = nr === undefined ? message : `line ${Number(nr) + 1} of the opportunity: ${message}`;
    const isItsOwn = field === undefined || nr !== undefined || field === 'lines' || field === 'currency';
    reasons.add(code, system, told, isItsOwn ? 'opportunityId' : field, expected);
  },
});
