import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import { amountText, DECIMAL } from '../../../platform/money.ts';
import type { Quote } from '../../crm/model.ts';
import type { KnownCustomer } from '../model.ts';
import type { QuoteLineInput, ValidateQuoteInput } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { isId } from './input.ts';
import { asKnown, findCustomer } from './known-customer.ts';
import type { Reasons } from './verdict.ts';

/** What a quote offers, and to whom. */
export interface Quoted {
  readonly customer: KnownCustomer;
  readonly currency: string;
  readonly lines: readonly QuoteLineInput[];
}

/** The quote as the input names it or as the CRM holds it; null: it is not one, and the reasons say why. */
export async function quotedIn(
  ports: Ports,
  input: ValidateQuoteInput,
  today: string,
  call: Call,
  reasons: Reasons,
): Promise<Quoted | null> {
  const { quoteId, customerId, currency, lines } = input;
  if (quoteId != null) {
    const given = (['customerId', 'currency', 'lines'] as const).filter((name) => input[name] != null);
    for (const name of given) {
      reasons.add('BAD_VALUE', 'HUB', `a quote has its own ${name}; leave it out, or leave out quoteId`, name);
    }
    return given.length > 0 ? null : quoteOfCrm(ports, quoteId, today, call, reasons);
  }
  const missing = (['customerId', 'currency', 'lines'] as const).filter((name) => input[name] == null);
  for (const name of missing) reasons.add('BAD_VALUE', 'HUB', `${name} is needed where no quoteId is given`, name);
  if (customerId == null || currency == null || lines == null) return null;
  lines.forEach(({ unitPrice }, at) => {
    if (unitPrice == null || (DECIMAL.test(unitPrice) && !unitPrice.startsWith('-'))) return;
    reasons.add('BAD_VALUE', 'HUB', 'a price is decimal text from 0, like 1049.50', `lines.${at}.unitPrice`);
  });
  const customer = await findCustomer(ports, customerId, call, reasons);
  return customer && { customer, currency, lines };
}

async function quoteOfCrm(
  { crm, identity }: Ports,
  quoteId: string,
  today: string,
  call: Call,
  reasons: Reasons,
): Promise<Quoted | null> {
  const ids = crm.capabilities.quotes && isId(quoteId) ? [id<'Quote'>(quoteId)] : [];
  const [[quote], [quoted]] = await Promise.all([crm.quotes(ids, call), crm.quoteLines(ids, call)]);
  const account = quote?.accountId ?? null;
  const [found] = account === null ? [] : await identity.byExternalId([{ system: 'CRM', externalId: account }], call);
  if (!quote || !quoted || !found) {
    // The same answer for another customer's quote: what is not theirs is not told.
    reasons.add('UNKNOWN_QUOTE', 'CRM', 'there is no such quote; see `Customer.quotes`', 'quoteId');
    return null;
  }
  judgeStanding(quote, today, reasons);
  const currency = quote.total?.currency ?? quoted.lines[0]?.unitPrice.currency;
  if (currency === undefined) {
    reasons.add('BAD_VALUE', 'CRM', 'the quote has no lines', 'quoteId');
    return null;
  }
  const lines = quoted.lines.map(({ unitPrice, ...line }) => ({ ...line, unitPrice: amountText(unitPrice) }));
  return { customer: asKnown(found), currency, lines };
}

function judgeStanding({ status, expiresOn }: Quote, today: string, reasons: Reasons): void {
  if (status === 'REJECTED') {
    reasons.add('CONTRACT_STATE', 'CRM', 'the quote was rejected; sales has to make another one', 'quoteId');
  }
  if (expiresOn !== null && expiresOn < today) {
    reasons.add(
      'QUOTE_EXPIRED',
      'CRM',
      `the quote expired on ${expiresOn}; sales has to extend it to today or later`,
      'quoteId',
      today,
    );
  }
}
