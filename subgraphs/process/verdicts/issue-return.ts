import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import { type Money, negate, sum, times, zero } from '../../../platform/money.ts';
import { isStanding, type Product, type ReturnDraft, type SalesOrder, type Sku } from '../../erp/model.ts';
import type { PlannedWrite } from '../model.ts';
import type { IssueReturn } from '../sagas/issue-return.ts';
import type { IssueReturnInput } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { plannedReturn } from '../writes/issue-return.ts';
import { isId, judgeEnvelope, judgeQuantity, judgeText } from './input.ts';
import { asKnown, regionOf } from './known-customer.ts';
import { productsOf } from './sold-items.ts';
import { collectReasons, type Reasons, rejected, type Verdict } from './verdict.ts';

const MOST_LINES = 50;
/** From the day of delivery, or of the order where not all of it is delivered. */
export const RETURN_WINDOW_DAYS = 90;
const DAY_MS = 86_400_000;

export interface ReturnPlan {
  readonly act: IssueReturn;
  readonly region: string | null;
  /** What is not credited while it waits. */
  readonly amount: Money;
}

type DraftLine = ReturnDraft['lines'][number];

/** Judges order, products, quantities and the time, all in one answer; what is credited is the order's own price. */
export async function judgeReturn(
  ports: Ports,
  input: IssueReturnInput,
  given: { readonly today: string; readonly ownerOf: (field: string) => PlannedWrite['owner'] },
  reading: Call,
): Promise<Verdict<ReturnPlan>> {
  const reasons = collectReasons();
  judgeEnvelope(input, reasons);
  judgeShape(input, reasons);
  if (!ports.erp.capabilities.returns) {
    reasons.add('NOT_SUPPORTED', 'ERP', 'the ERP takes no returns through the hub');
    return rejected(reasons);
  }
  if (input.lines.length > MOST_LINES) return rejected(reasons); // nothing is asked for what is too much
  const orderId = isId(input.salesOrderId) ? id<'SalesOrder'>(input.salesOrderId) : null;
  const [[order], [before], products] =
    orderId === null
      ? [[], [], new Map<string, Product | null>()]
      : await Promise.all([
          ports.erp.salesOrders([orderId], reading),
          ports.erp.returnsOfOrder([orderId], reading),
          productsOf(ports, input, reading),
        ]);
  if (!order) {
    const message = 'the ERP has no such order; give its id, as in `Customer.salesOrders`';
    reasons.add('UNKNOWN_SALES_ORDER', 'ERP', message, 'salesOrderId');
    return rejected(reasons);
  }
  judgeTime(order, given.today, reasons);
  const returned = new Map<string, number>();
  for (const back of before?.entries ?? []) {
    if (!isStanding(back)) continue;
    for (const { sku, quantity } of back.lines) returned.set(sku, (returned.get(sku) ?? 0) + quantity);
  }
  const lines = judgeLines(input, order, { products, returned }, reasons);
  const [found] = await ports.identity.byExternalId([{ system: 'ERP', externalId: order.customerId }], reading);
  if (!found) {
    const message = 'the order belongs to a customer whom the register does not know; link it first';
    reasons.add('UNKNOWN_CUSTOMER', 'HUB', message, 'salesOrderId');
  }
  if (!found || reasons.all.length > 0) return rejected(reasons);

  const customer = asKnown(found);
  const priceAt = (position: number): Money =>
    order.lines.find((line) => line.position === position)?.unitPrice ?? zero(order.currency);
  const credited = sum(
    order.currency,
    lines.map(({ position, quantity }) => times(priceAt(position), quantity)),
  );
  const none = zero(order.currency);
  const act = {
    customer,
    salesOrderNumber: order.number,
    draft: { customerId: order.customerId, salesOrderId: order.id, restock: input.restock ?? true, lines },
    charges: {
      currency: order.currency,
      oneTime: negate(credited),
      monthly: none,
      monthlyDifference: none,
      proration: null,
      tax: null, // the ERP says it when it takes the return
    },
  };
  return {
    passed: true,
    plan: {
      act: { ...act, writes: plannedReturn(act, given.ownerOf) },
      region: await regionOf(ports, customer.crmAccountId, reading),
      amount: credited,
    },
  };
}

function judgeShape({ lines }: IssueReturnInput, reasons: Reasons): void {
  if (lines.length === 0 || lines.length > MOST_LINES) {
    reasons.add('BAD_VALUE', 'HUB', `a return has 1 to ${MOST_LINES} lines`, 'lines');
  }
  const seen = new Set<string>();
  lines.forEach(({ sku, quantity, reason }, at) => {
    judgeQuantity(quantity, 1, `lines.${at}.quantity`, reasons);
    judgeText(reason, 200, `lines.${at}.reason`, reasons);
    if (seen.has(sku)) reasons.add('BAD_VALUE', 'HUB', 'name each product once', `lines.${at}.sku`);
    seen.add(sku);
  });
}

function judgeTime({ orderedOn, fulfilment }: SalesOrder, today: string, reasons: Reasons): void {
  const delivered = fulfilment.milestones.find(({ name }) => name === 'FULFILLED')?.reachedAt?.slice(0, 10);
  const from = delivered ?? orderedOn;
  const last = new Date(Date.parse(from) + RETURN_WINDOW_DAYS * DAY_MS).toISOString().slice(0, 10);
  if (today <= last) return;
  const message = `goods come back within ${RETURN_WINDOW_DAYS} days; delivered ${from}, these could until ${last}`;
  reasons.add('RETURN_WINDOW_CLOSED', 'HUB', message, 'salesOrderId');
}

/** The lines of the order that come back; one product may stand on several. Every problem of every line is told. */
function judgeLines(
  { lines }: IssueReturnInput,
  order: SalesOrder,
  held: { readonly products: ReadonlyMap<string, Product | null>; readonly returned: ReadonlyMap<string, number> },
  reasons: Reasons,
): DraftLine[] {
  return lines.flatMap(({ sku, quantity, reason }, at): DraftLine[] => {
    const refuse = (message: string, field: string): [] => {
      reasons.add('NOT_RETURNABLE', 'ERP', message, `lines.${at}.${field}`);
      return [];
    };
    const ordered = order.lines.filter((line) => line.sku === sku);
    const [first] = ordered;
    if (first === undefined) {
      const skus = [...new Set(order.lines.map((line) => line.sku))].join(', ');
      return refuse(`order ${order.number} has no such product, but ${skus}`, 'sku');
    }
    const kind = held.products.get(sku)?.kind;
    if (kind === 'SUBSCRIPTION') {
      return refuse(`${sku} is a subscription; make it smaller by amendSubscription, so that billing follows`, 'sku');
    }
    if (kind === 'SERVICE') return refuse(`${sku} is a service; what was done is not sent back`, 'sku');
    const delivered = ordered.reduce((total, line) => total + (line.fulfilledQuantity ?? 0), 0);
    let gone = held.returned.get(sku) ?? 0;
    if (quantity > delivered - gone) {
      const back = gone === 0 ? '' : `, and ${gone} came back`;
      return refuse(`${delivered} of ${sku} were delivered${back}; ${quantity} were asked for`, 'quantity');
    }
    let left = quantity;
    return ordered.flatMap(({ position, fulfilledQuantity }): DraftLine[] => {
      const back = Math.min(gone, fulfilledQuantity ?? 0);
      gone -= back;
      const taken = Math.min(left, (fulfilledQuantity ?? 0) - back);
      left -= taken;
      return taken <= 0 ? [] : [{ position, sku: id<'Sku'>(sku) as Sku, quantity: taken, reason: reason.trim() }];
    });
  });
}
