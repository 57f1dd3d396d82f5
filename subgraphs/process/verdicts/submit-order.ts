import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import { type Money, sum } from '../../../platform/money.ts';
import type { Opportunity } from '../../crm/model.ts';
import type { LegalEntityId, OrderDraft } from '../../erp/model.ts';
import type { SubmitOrder } from '../sagas/submit-order.ts';
import type { SubmitOrderInput } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { judgeEnvelope } from './input.ts';
import { findCustomer, lacks, regionOf } from './known-customer.ts';
import { judgeOpportunity, ofOpportunity, wonLines } from './opportunity.ts';
import {
  type AskedOrder,
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
import { collectReasons, type Reasons, rejected, type Verdict } from './verdict.ts';

export interface OrderPlan {
  readonly act: SubmitOrder;
  readonly region: string | null;
  /** What is not ordered, billed or delivered while the order waits. */
  readonly amount: Money;
  /** The own companies in which the ERP keeps the customer. */
  readonly keptIn: readonly LegalEntityId[];
  /** What each line costs, by its path. */
  readonly prices: readonly { readonly path: string; readonly price: Money }[];
}

/** Judges credit, stock, price, tax and legal entity, all in one answer. `contractId` and `today` are what the hub would give. */
export async function judgeOrder(
  ports: Ports,
  input: SubmitOrderInput,
  given: { readonly contractId: string; readonly today: string },
  reading: Call,
): Promise<Verdict<OrderPlan>> {
  const all = collectReasons();
  judgeEnvelope(input, all);
  const wanted = await askedIn(ports, input, reading, all);
  if (wanted === null) return rejected(all);
  const { asked } = wanted;
  const reasons = input.lines == null ? ofOpportunity(all) : all;
  judgeShape({ ...asked, purchaseOrderNumber: input.purchaseOrderNumber }, reasons);
  if (asked.lines.length > MOST_LINES) return rejected(reasons); // nothing is asked for what is too much
  const [buyer, products, entities] = await Promise.all([
    buyerOf(ports, input.customerId, reading, reasons),
    productsOf(ports, asked, reading),
    ports.erp.legalEntities(['all'], reading).then(([all]) => all ?? []),
  ]);
  const priced = judgeLines(asked, products, reasons);
  if (buyer === null) return rejected(reasons);
  const { customer, legal, keptIn, region } = buyer;

  const subscribed = priced.filter(({ product }) => product.kind === 'SUBSCRIPTION');
  const missing = [
    lacks('ERP', customer.erpCustomerId, reasons, 'customerId'),
    subscribed.length > 0 && lacks('BILLING', customer.billingCustomerId, reasons, 'customerId'),
    subscribed.length > 0 &&
      ports.support.capabilities.entitlements &&
      lacks('SUPPORT', customer.supportOrgId, reasons, 'customerId'),
  ];
  const opportunity =
    wanted.opportunity ??
    (input.lines == null
      ? null
      : await judgeOpportunity(ports, input.opportunityId ?? null, customer, reading, reasons));
  if (!legal) {
    if (!missing.some(Boolean)) lacks('ERP', null, reasons, 'customerId');
    return rejected(reasons);
  }
  const { currency } = asked;
  const entity = judgeEntity(asked, legal, entities, reasons);
  const oneTime = totalOf(
    currency,
    priced.filter(({ product }) => product.kind !== 'SUBSCRIPTION'),
  );
  const monthly = totalOf(currency, subscribed);
  const net = sum(currency, [oneTime, monthly]);
  judgeCredit(legal, net, reasons);
  if (entity === null || reasons.all.length > 0) return rejected(reasons);

  const draft: OrderDraft = {
    customerId: legal.id,
    legalEntityId: entity.id,
    currency,
    purchaseOrderNumber: input.purchaseOrderNumber ?? null,
    memo: null,
    lines: priced.map(({ product, quantity }) => ({ sku: product.sku, quantity })),
  };
  const tax = await estimatedTax(ports, draft, reading, reasons);
  if (reasons.all.length > 0) return rejected(reasons);
  const charges = { currency, oneTime, monthly, monthlyDifference: monthly, proration: null, tax };
  return {
    passed: true,
    plan: {
      region,
      amount: net,
      keptIn,
      prices: priced.map(({ at, unitPrice }) => ({ path: `lines.${at}.unitPrice`, price: unitPrice })),
      act: {
        customer,
        legalEntityId: entity.id,
        entityIsNew: !keptIn.includes(entity.id),
        currency,
        purchaseOrderNumber: draft.purchaseOrderNumber,
        opportunityId: input.opportunityId ? id<'Opportunity'>(input.opportunityId) : null,
        lines: draft.lines,
        subscribed: merged(subscribed),
        contractId: subscribed.length > 0 ? given.contractId : null,
        paymentTerms: legal.paymentTerms,
        acceptedOn: given.today,
        wonOn: opportunity?.stage === 'CLOSED_WON' ? opportunity.closesOn : null,
        charges,
      },
    },
  };
}

/** What is ordered: what the input names, or what sales has won; null: neither, and the reasons say why. */
async function askedIn(
  ports: Ports,
  { customerId, opportunityId, legalEntityId, lines, currency }: SubmitOrderInput,
  reading: Call,
  reasons: Reasons,
): Promise<{ readonly asked: AskedOrder; readonly opportunity: Opportunity | null } | null> {
  if (lines != null) {
    if (currency == null) reasons.add('BAD_VALUE', 'HUB', 'currency is needed where lines are named', 'currency');
    return currency == null ? null : { asked: { lines, currency, legalEntityId }, opportunity: null };
  }
  if (opportunityId == null) {
    const message = `an order has 1 to ${MOST_LINES} lines; name them, or an opportunity that sales has won`;
    reasons.add('BAD_VALUE', 'HUB', message, 'lines');
    return null;
  }
  const customer = await findCustomer(ports, customerId, reading, reasons);
  const opportunity = customer && (await judgeOpportunity(ports, opportunityId, customer, reading, reasons));
  const won = opportunity && (await wonLines(ports, opportunity, reading, reasons));
  if (won !== null && currency != null && currency !== won.currency) {
    const message = `the opportunity is in ${won.currency}, not ${currency}; leave the currency out`;
    reasons.add('WRONG_CURRENCY', 'CRM', message, 'currency', won.currency);
    return null;
  }
  return won && { asked: { ...won, legalEntityId }, opportunity };
}

/** The customer and what the systems say of him, read beside what he orders: acceptance waits for one round of answers, not two. */
async function buyerOf(ports: Ports, customerId: string, reading: Call, reasons: Reasons) {
  const customer = await findCustomer(ports, customerId, reading, reasons);
  if (customer === null) return null;
  const known = customer.erpCustomerId === null ? [] : [customer.erpCustomerId];
  const [[legal], [keptIn = []], region] = await Promise.all([
    ports.erp.customers(known, reading),
    ports.erp.legalEntitiesOf(known, reading),
    regionOf(ports, customer.crmAccountId, reading),
  ]);
  return { customer, legal, keptIn, region };
}
