import type { Call } from '../../../platform/call.ts';
import { errorCode } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import { amountText, type Money, moneyOf, sum, times, zero } from '../../../platform/money.ts';
import type { ErpCustomer, LegalEntity, OrderDraft, Product, Sku } from '../../erp/model.ts';
import type { Ports } from '../systems.ts';
import { isId, judgeQuantity, judgeText } from './input.ts';
import type { Reasons } from './verdict.ts';

/** Most lines of an order, and of a quote that becomes one. */
export const MOST_LINES = 100;

/** What is to be sold, as an order and a quote name it. */
export interface AskedOrder {
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly expectedUnitPrice?: string | null | undefined;
  }[];
  readonly currency: string;
  readonly legalEntityId?: string | null | undefined;
}

/** A line with the ERP's list price. */
export interface Priced {
  readonly product: Product;
  readonly quantity: number;
  readonly unitPrice: Money;
  /** Position in the input. */
  readonly at: number;
}

export function judgeShape(
  input: Pick<AskedOrder, 'lines'> & { readonly purchaseOrderNumber?: string | null | undefined },
  reasons: Reasons,
): void {
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

export async function productsOf(
  { erp }: Pick<Ports, 'erp'>,
  input: Pick<AskedOrder, 'lines'>,
  call: Call,
): Promise<Map<string, Product | null>> {
  const skus = [...new Set(input.lines.map(({ sku }) => sku))].filter(isId).map((sku) => id<'Sku'>(sku));
  const products = skus.length === 0 ? [] : await erp.products(skus, call);
  return new Map(skus.map((sku, at) => [sku, products[at] ?? null]));
}

/** The lines that could be priced; every problem of every line is told. */
export function judgeLines(
  { lines, currency }: Pick<AskedOrder, 'lines' | 'currency'>,
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
        amountText(unitPrice),
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
        String(product.inventory.available),
      );
    }
    return [{ product, quantity, unitPrice, at }];
  });
}

export function judgeEntity(
  { legalEntityId, currency }: Omit<AskedOrder, 'lines'>,
  customer: ErpCustomer,
  entities: readonly LegalEntity[],
  reasons: Reasons,
): LegalEntity | null {
  if (currency !== customer.currency) {
    reasons.add(
      'WRONG_CURRENCY',
      'ERP',
      `this customer trades in ${customer.currency}, not ${currency}`,
      'currency',
      customer.currency,
    );
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

export function judgeCredit({ credit }: ErpCustomer, net: Money, reasons: Reasons): void {
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
export async function estimatedTax(
  { erp }: Pick<Ports, 'erp'>,
  draft: OrderDraft,
  call: Call,
  reasons: Reasons,
): Promise<Money | null> {
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

export const totalOf = (currency: string, lines: readonly Priced[]): Money =>
  lines.length === 0
    ? zero(currency)
    : sum(
        currency,
        lines.map(({ unitPrice, quantity }) => times(unitPrice, quantity)),
      );

/** One item for each SKU: a subscription holds each once. */
export function merged(lines: readonly Priced[]): { sku: Sku; quantity: number }[] {
  const quantities = new Map<Sku, number>();
  for (const { product, quantity } of lines) {
    quantities.set(product.sku, (quantities.get(product.sku) ?? 0) + quantity);
  }
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}

const printable = (text: string): string => (isId(text) ? text : 'of that name');
