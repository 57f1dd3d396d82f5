import type { Call } from '../../../platform/call.ts';
import { errorCode } from '../../../platform/errors.ts';
import { amountText, type Money } from '../../../platform/money.ts';
import type { SubscriptionDraft } from '../../billing/model.ts';
import type { ErpCustomer } from '../../erp/model.ts';
import type { KnownCustomer, System } from '../model.ts';
import type { QuoteFinding, RejectionCode, ValidateQuoteInput } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { lacks } from './known-customer.ts';
import { quotedIn } from './quoted.ts';
import { judgePrices, type Offered, offeredTotal } from './quoted-prices.ts';
import {
  estimatedTax,
  judgeCredit,
  judgeEntity,
  judgeLines,
  judgeShape,
  MOST_LINES,
  merged,
  productsOf,
  totalOf,
} from './sold-items.ts';
import { collectReasons, type Reasons } from './verdict.ts';

/** What the same lines cost by the quote, by the ERP's list and in billing. */
interface QuoteCharges {
  readonly quoted: Charged;
  readonly erp: Charged;
  readonly billingMonthly: Money | null;
  readonly tax: Money | null;
}

interface Charged {
  readonly oneTime: Money;
  readonly monthly: Money;
}

/** What a quote comes to; `customer` null: it is not known whose it is, and nothing was priced. */
export interface JudgedQuote {
  readonly findings: readonly QuoteFinding[];
  readonly customer: KnownCustomer | null;
  readonly legalEntityId: string | null;
  readonly lines: readonly Offered[];
  readonly charges: QuoteCharges | null;
}

/**
 * Judges a quote by what the ERP and billing would do with it, with the checks of `submitOrder` and those that only a quote
 * has. Nothing is written. @throws UNAVAILABLE, TIMEOUT when a system cannot be asked: half a verdict is none
 */
export async function judgeQuote(
  ports: Ports,
  input: ValidateQuoteInput,
  rules: { readonly today: string; readonly mostDiscountPercent: number },
  reading: Call,
): Promise<JudgedQuote> {
  const errors = collectReasons();
  const warnings = collectReasons();
  const told = (quote: Omit<JudgedQuote, 'findings'>): JudgedQuote => ({
    ...quote,
    findings: [
      ...errors.all.map((one) => ({ severity: 'ERROR' as const, ...one })),
      ...warnings.all.map((one) => ({ severity: 'WARNING' as const, ...one })),
    ],
  });
  const nothing = { customer: null, legalEntityId: null, lines: [], charges: null };
  if (input.lines != null) judgeShape({ lines: input.lines }, errors);
  if ((input.lines?.length ?? 0) > MOST_LINES) return told(nothing); // nothing is asked for what is too much
  const quoted = await quotedIn(ports, input, rules.today, reading, errors);
  if (quoted === null) return told(nothing);

  const { customer, currency, lines } = quoted;
  const asked = { lines, currency, legalEntityId: input.legalEntityId };
  const known = customer.erpCustomerId === null ? [] : [customer.erpCustomerId];
  const [products, entities, [legal], [collections]] = await Promise.all([
    productsOf(ports, asked, reading),
    ports.erp.legalEntities(['all'], reading).then(([all]) => all ?? []),
    ports.erp.customers(known, reading),
    ports.billing.collections(customer.billingCustomerId === null ? [] : [customer.billingCustomerId], reading),
  ]);
  const priced = judgePrices(judgeLines(asked, products, errors), lines, rules.mostDiscountPercent, errors);
  const subscribed = priced.filter(({ product }) => product.kind === 'SUBSCRIPTION');
  const once = priced.filter(({ product }) => product.kind !== 'SUBSCRIPTION');
  judgeKnown(ports, customer, subscribed.length > 0, errors);
  if (collections) judgeAccount(collections.state, errors, warnings);
  const erp = { oneTime: totalOf(currency, once), monthly: totalOf(currency, subscribed) };
  const charges = {
    quoted: { oneTime: offeredTotal(currency, once), monthly: offeredTotal(currency, subscribed) },
    erp,
  };
  const billingMonthly = await billed(ports, customer, currency, subscribed, charges, errors, warnings, reading);
  if (!legal)
    return told({ customer, legalEntityId: null, lines: priced, charges: { ...charges, billingMonthly, tax: null } });

  const entity = judgeEntity(asked, legal, entities, errors);
  judgeTerms(legal, input.paymentTerms ?? null, errors);
  judgeJurisdiction(ports, legal, priced, errors);
  judgeCredit(legal, totalOf(currency, priced), errors);
  const draft = entity &&
    errors.all.length === 0 && {
      customerId: legal.id,
      legalEntityId: entity.id,
      currency,
      purchaseOrderNumber: null,
      memo: null,
      lines: priced.map(({ product, quantity }) => ({ sku: product.sku, quantity })),
    };
  const tax = draft ? await estimatedTax(ports, draft, reading, errors) : null;
  return told({
    customer,
    legalEntityId: entity?.id ?? null,
    lines: priced,
    charges: { ...charges, billingMonthly, tax },
  });
}

function judgeKnown({ support }: Ports, customer: KnownCustomer, subscribes: boolean, errors: Reasons): void {
  lacks('ERP', customer.erpCustomerId, errors, 'customerId');
  if (!subscribes) return;
  lacks('BILLING', customer.billingCustomerId, errors, 'customerId');
  if (support.capabilities.entitlements) lacks('SUPPORT', customer.supportOrgId, errors, 'customerId');
}

function judgeAccount(state: string, errors: Reasons, warnings: Reasons): void {
  if (state === 'CURRENT') return;
  const [to, message] =
    state === 'RETRYING'
      ? [warnings, 'a payment failed and is being tried again']
      : [errors, 'invoices are overdue in billing; receivables has to settle that first'];
  to.add('ACCOUNT_STATUS', 'BILLING', message, 'customerId', 'CURRENT');
}

function judgeTerms({ paymentTerms }: ErpCustomer, offered: string | null, errors: Reasons): void {
  if (paymentTerms === null && offered === null) {
    errors.add('BAD_VALUE', 'ERP', 'the ERP holds no payment terms for this customer; finance has to agree them');
  } else if (offered !== null && paymentTerms !== null && offered !== paymentTerms) {
    errors.add(
      'BAD_VALUE',
      'ERP',
      `the ERP holds ${paymentTerms} for this customer, not ${offered}; finance changes them by \`updateCustomer\``,
      'paymentTerms',
      paymentTerms,
    );
  }
}

/** Where the sale is taxed, and how: without it the ERP would refuse the order, or tax it wrongly. */
function judgeJurisdiction({ erp }: Ports, legal: ErpCustomer, priced: readonly Offered[], errors: Reasons): void {
  const add = (message: string, field: string): void =>
    errors.add('TAX_NOT_CONFIGURED', 'ERP', `${message}; finance has to set it up in the ERP`, field);
  if (!legal.billingAddress?.country) add('the billing address names no country, so no tax jurisdiction', 'customerId');
  if (!erp.capabilities.estimatesTax && legal.taxCode === null) add('the customer has no tax code', 'customerId');
  for (const { product, at } of priced) {
    if (product.taxClass === null) add(`${product.sku} has no tax class`, `lines.${at}.sku`);
  }
}

/** What billing itself would charge; what it charges otherwise than the quote says is told. */
async function billed(
  { billing }: Ports,
  { billingCustomerId }: KnownCustomer,
  currency: string,
  subscribed: readonly Offered[],
  { quoted, erp }: Pick<QuoteCharges, 'quoted' | 'erp'>,
  errors: Reasons,
  warnings: Reasons,
  reading: Call,
): Promise<Money | null> {
  if (subscribed.length === 0 || billingCustomerId === null) return null;
  if (subscribed.some(({ quantity }) => !Number.isSafeInteger(quantity) || quantity < 1)) return null; // told already
  const draft: SubscriptionDraft = {
    customerId: billingCustomerId,
    currency,
    items: merged(subscribed),
    ...{ contractId: null, legalEntityId: null, paymentTerms: null, salesOrderNumber: null },
  };
  let monthly: Money;
  try {
    monthly = (await billing.previewSubscription(draft, reading)).monthlyAfter;
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'REFUSED' && code !== 'NOT_FOUND' && code !== 'INVALID') throw error;
    errors.add('BAD_VALUE', 'BILLING', `billing would refuse the subscription: ${(error as Error).message}`, 'lines');
    return null;
  }
  const differs = (code: RejectionCode, system: System, to: Reasons, other: Money, whose: string): void => {
    if (other.minor === monthly.minor) return;
    const amounts = `billing charges ${amountText(monthly)} ${currency} a month, ${whose} ${amountText(other)}`;
    to.add(code, system, `${amounts}; agree the price in billing before the order`, 'lines', amountText(monthly));
  };
  differs('PRICE_CHANGED', 'BILLING', errors, erp.monthly, 'the ERP’s price list says');
  differs('PRICE_CHANGED', 'BILLING', warnings, quoted.monthly, 'the quote offers');
  return monthly;
}
