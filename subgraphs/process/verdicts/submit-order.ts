import type { Call } from '../../../platform/call.ts';
import { errorCode } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import { amountText, type Money, moneyOf, sum, times, zero } from '../../../platform/money.ts';
import type { ErpCustomer, LegalEntity, LegalEntityId, OrderDraft, Product, Sku } from '../../erp/model.ts';
import type { SubmitOrder } from '../sagas/submit-order.ts';
import type { SubmitOrderInput } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { isId, judgeEnvelope, judgeQuantity, judgeText } from './input.ts';
import { findCustomer, lacks, regionOf } from './known-customer.ts';
import { judgeOpportunity } from './opportunity.ts';
import { collectReasons, type Reasons, rejected, type Verdict } from './verdict.ts';

const MOST_LINES = 100;

export interface OrderPlan {
  readonly act: SubmitOrder;
  readonly region: string | null;
  /** What is not ordered, billed or delivered while the order waits. */
  readonly amount: Money;
  /** The own companies in which the ERP keeps the customer. */
  readonly keptIn: readonly LegalEntityId[];
}

interface Priced {
  readonly product: Product;
  readonly quantity: number;
  readonly unitPrice: Money;
}

/** Judges credit, stock, price, tax and legal entity, all in one answer. `contractId` and `today` are what the hub would give. */
export async function judgeOrder(
  ports: Ports,
  input: SubmitOrderInput,
  given: { readonly contractId: string; readonly today: string },
  reading: Call,
): Promise<Verdict<OrderPlan>> {
  const reasons = collectReasons();
  judgeEnvelope(input, reasons);
  judgeShape(input, reasons);
  if (input.lines.length > MOST_LINES) return rejected(reasons); // nothing is asked for what is too much
  const [customer, products, entities] = await Promise.all([
    findCustomer(ports, input.customerId, reading, reasons),
    productsOf(ports, input, reading),
    ports.erp.legalEntities(['all'], reading).then(([all]) => all ?? []),
  ]);
  const priced = judgeLines(input, products, reasons);
  if (customer === null) return rejected(reasons);

  const subscribed = priced.filter(({ product }) => product.kind === 'SUBSCRIPTION');
  const missing = [
    lacks('ERP', customer.erpCustomerId, reasons, 'customerId'),
    subscribed.length > 0 && lacks('BILLING', customer.billingCustomerId, reasons, 'customerId'),
    subscribed.length > 0 &&
      ports.support.capabilities.entitlements &&
      lacks('SUPPORT', customer.supportOrgId, reasons, 'customerId'),
  ];
  const known = customer.erpCustomerId === null ? [] : [customer.erpCustomerId];
  const [[legal], [keptIn = []], region] = await Promise.all([
    ports.erp.customers(known, reading),
    ports.erp.legalEntitiesOf(known, reading),
    regionOf(ports, customer.crmAccountId, reading),
    judgeOpportunity(ports, input.opportunityId ?? null, customer, reading, reasons),
  ]);
  if (!legal) {
    if (!missing.some(Boolean)) lacks('ERP', null, reasons, 'customerId');
    return rejected(reasons);
  }
  const entity = judgeEntity(input, legal, entities, reasons);
  const oneTime = totalOf(
    input.currency,
    priced.filter(({ product }) => product.kind !== 'SUBSCRIPTION'),
  );
  const monthly = totalOf(input.currency, subscribed);
  const net = sum(input.currency, [oneTime, monthly]);
  judgeCredit(legal, net, reasons);
  if (entity === null || reasons.all.length > 0) return rejected(reasons);

  const draft: OrderDraft = {
    customerId: legal.id,
    legalEntityId: entity.id,
    currency: input.currency,
    purchaseOrderNumber: input.purchaseOrderNumber ?? null,
    memo: null,
    lines: priced.map(({ product, quantity }) => ({ sku: product.sku, quantity })),
  };
  const tax = await estimatedTax(ports, draft, reading, reasons);
  if (reasons.all.length > 0) return rejected(reasons);
  const charges = { currency: input.currency, oneTime, monthly, monthlyDifference: monthly, proration: null, tax };
  return {
    passed: true,
    plan: {
      region,
      amount: net,
      keptIn,
      act: {
        customer,
        legalEntityId: entity.id,
        entityIsNew: !keptIn.includes(entity.id),
        currency: input.currency,
        purchaseOrderNumber: draft.purchaseOrderNumber,
        opportunityId: input.opportunityId ? id<'Opportunity'>(input.opportunityId) : null,
        lines: draft.lines,
        subscribed: merged(subscribed),
        contractId: subscribed.length > 0 ? given.contractId : null,
        paymentTerms: legal.paymentTerms,
        acceptedOn: given.today,
        charges,
      },
    },
  };
}

function judgeShape(input: SubmitOrderInput, reasons: Reasons): void {
  const { lines, purchaseOrderNumber } = input;
  if (lines.length === 0) reasons.add('BAD_VALUE', 'HUB', `an order has 1 to ${MOST_LINES} lines`, 'lines');
  if (lines.length > MOST_LINES) {
    reasons.add(
      'BAD_VALUE',
      'HUB',
      `an order has at most ${MOST_LINES} lines; send the rest as another order`,
      'lines',
    );
  }
  if (purchaseOrderNumber != null) judgeText(purchaseOrderNumber, 45, 'purchaseOrderNumber', reasons);
}

async function productsOf({ erp }: Ports, input: SubmitOrderInput, call: Call): Promise<Map<string, Product | null>> {
  const skus = [...new Set(input.lines.map(({ sku }) => sku))].filter(isId).map((sku) => id<'Sku'>(sku));
  const products = skus.length === 0 ? [] : await erp.products(skus, call);
  return new Map(skus.map((sku, at) => [sku, products[at] ?? null]));
}

/** The lines that could be priced; every problem of every line is told. */
function judgeLines(
  { lines, currency }: SubmitOrderInput,
  products: ReadonlyMap<string, Product | null>,
  reasons: Reasons,
): Priced[] {
  const asked = new Map<string, number>();
  return lines.flatMap(({ sku, quantity, expectedUnitPrice }, at): Priced[] => {
    judgeQuantity(quantity, 1, `lines.${at}.quantity`, reasons);
    const product = products.get(sku);
    if (!product) {
      reasons.add('UNKNOWN_SKU', 'ERP', `there is no product ${printable(sku)}; see \`products\``, `lines.${at}.sku`);
      return [];
    }
    if (!product.active) {
      reasons.add('INACTIVE_SKU', 'ERP', `${sku} can no longer be ordered; see \`products\``, `lines.${at}.sku`);
    }
    const unitPrice = product.listPrices[currency];
    if (unitPrice === undefined) {
      const sold = Object.keys(product.listPrices).join(', ') || 'no currency';
      reasons.add('WRONG_CURRENCY', 'ERP', `${sku} is not sold in ${currency}, but in ${sold}`, `lines.${at}.sku`);
      return [];
    }
    if (expectedUnitPrice != null && moneyOf(expectedUnitPrice, currency).minor !== unitPrice.minor) {
      reasons.add(
        'PRICE_CHANGED',
        'ERP',
        `${sku} costs ${amountText(unitPrice)} ${currency} now, not ${expectedUnitPrice}`,
        `lines.${at}.expectedUnitPrice`,
      );
    }
    const total = (asked.get(sku) ?? 0) + Math.max(0, quantity);
    asked.set(sku, total);
    if (product.kind === 'GOODS' && product.inventory !== null && total > product.inventory.available) {
      reasons.add(
        'OUT_OF_STOCK',
        'ERP',
        `${product.inventory.available} of ${sku} are available; ${total} were asked for`,
        `lines.${at}.quantity`,
      );
    }
    return [{ product, quantity, unitPrice }];
  });
}

function judgeEntity(
  { legalEntityId, currency }: SubmitOrderInput,
  customer: ErpCustomer,
  entities: readonly LegalEntity[],
  reasons: Reasons,
): LegalEntity | null {
  if (currency !== customer.currency) {
    reasons.add('WRONG_CURRENCY', 'ERP', `this customer trades in ${customer.currency}, not ${currency}`, 'currency');
  }
  const wanted = legalEntityId ?? customer.legalEntityId;
  const entity = entities.find((one) => one.id === wanted) ?? null;
  if (entity === null) {
    reasons.add(
      'UNKNOWN_LEGAL_ENTITY',
      'ERP',
      wanted === null
        ? 'the ERP assigned no legal entity to this customer; name one of `legalEntities`'
        : 'there is no such legal entity; name one of `legalEntities`',
      'legalEntityId',
    );
  } else if (entity.currency !== currency) {
    reasons.add(
      'WRONG_CURRENCY',
      'ERP',
      `${entity.name} sells in ${entity.currency}, not ${currency}`,
      legalEntityId == null ? 'currency' : 'legalEntityId',
    );
  }
  return entity;
}

function judgeCredit({ credit }: ErpCustomer, net: Money, reasons: Reasons): void {
  if (credit.status === 'HOLD') {
    reasons.add('CREDIT_HOLD', 'ERP', 'this customer is on credit hold; receivables has to release it', 'customerId');
  }
  const { limit, exposure } = credit;
  if (limit === null || limit.currency !== net.currency || exposure.currency !== net.currency) return;
  if (exposure.minor + net.minor > limit.minor) {
    const left = limit.minor > exposure.minor ? limit.minor - exposure.minor : 0n;
    reasons.add(
      'CREDIT_LIMIT_EXCEEDED',
      'ERP',
      `the order is ${amountText(net)} ${net.currency}; the customer's credit leaves ${amountText({ ...net, minor: left })}`,
      'lines',
    );
  }
}

/** null where the ERP says tax only by taking the order, or cannot be asked just now. */
async function estimatedTax({ erp }: Ports, draft: OrderDraft, call: Call, reasons: Reasons): Promise<Money | null> {
  if (!erp.capabilities.estimatesTax) return null;
  try {
    return await erp.estimateTax(draft, call);
  } catch (error) {
    if (errorCode(error) !== 'REFUSED') return null; // taking the order will tell
    reasons.add(
      'TAX_NOT_CONFIGURED',
      'ERP',
      'tax is not set up in the ERP for this sale; finance has to do that first',
    );
    return null;
  }
}

const totalOf = (currency: string, lines: readonly Priced[]): Money =>
  lines.length === 0
    ? zero(currency)
    : sum(
        currency,
        lines.map(({ unitPrice, quantity }) => times(unitPrice, quantity)),
      );

/** One item for each SKU: a subscription holds each once. */
function merged(lines: readonly Priced[]): { sku: Sku; quantity: number }[] {
  const quantities = new Map<Sku, number>();
  for (const { product, quantity } of lines) {
    quantities.set(product.sku, (quantities.get(product.sku) ?? 0) + quantity);
  }
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}

const printable = (text: string): string => (isId(text) ? text : 'of that name');
