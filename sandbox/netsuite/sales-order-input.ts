import { z } from 'zod';
import { exponentOf } from '../../platform/money.ts';
import type { Books } from './books.ts';
import { invalidContent, invalidField, userError } from './problem.ts';
import { belongsTo } from './subsidiary-relationship.ts';

/** Ids come as numbers or text: NetSuite takes both. */
const Reference = z.object({ id: z.union([z.string(), z.number()]).transform(String) });
const text = z.string().max(4_000).nullish();

const SalesOrderBody = z.object({
  entity: Reference,
  subsidiary: Reference.optional(),
  currency: Reference.optional(),
  terms: Reference.optional(),
  otherRefNum: text,
  memo: text,
  custbody_concord_subscription: text,
  custbody_concord_contract: text,
  custbody_concord_effective: text,
  custbody_concord_prior_terms: text,
  custbody_concord_case: text,
  custbody_concord_asset: text,
  custbody_concord_dispatch: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .nullish(),
  custbody_concord_billable: z.boolean().nullish(),
  item: z.object({
    items: z.array(z.object({ item: Reference, quantity: z.number(), rate: z.number().nonnegative().optional() })),
  }),
});
type SalesOrderBody = z.infer<typeof SalesOrderBody>;

/** An order that NetSuite would take, with everything it fills in by itself. Amounts in minor units. */
export interface AcceptedOrder {
  readonly entity: number;
  readonly subsidiary: number;
  readonly currency: number;
  readonly symbol: string;
  readonly terms: number | null;
  readonly body: Readonly<Record<(typeof BODY_FIELDS)[number], string | null>>;
  readonly lines: readonly {
    item: number;
    sku: string;
    stocked: boolean;
    quantity: number;
    rate: number;
    amount: number;
  }[];
  readonly tax: number;
  readonly total: number;
}

export const BODY_FIELDS = [
  'otherrefnum',
  'memo',
  'custbody_concord_subscription',
  'custbody_concord_contract',
  'custbody_concord_effective',
  'custbody_concord_prior_terms',
  'custbody_concord_case',
  'custbody_concord_asset',
  'custbody_concord_dispatch',
  'custbody_concord_billable',
] as const;

/** A check box is `T` or `F` in the tables, true or false in a record. */
export const asColumn = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === 'boolean' ? (value ? 'T' : 'F') : String(value);

/** @throws Problem, with the first thing that NetSuite would refuse */
export function accept(books: Books, input: unknown): AcceptedOrder {
  const parsed = SalesOrderBody.safeParse(input);
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.join('.') ?? '';
    throw invalidContent('The value is missing or has the wrong type.', at.replace(/\.(\d+)/g, '[$1]'));
  }
  const body = parsed.data;
  const customer = books.one('SELECT * FROM _customer WHERE id = ?', Number(body.entity.id) || 0);
  if (!customer) throw invalidField(body.entity.id, 'entity');
  const subsidiary = Number(body.subsidiary?.id ?? customer.subsidiary);
  if (body.subsidiary && !belongsTo(books, Number(customer.id), subsidiary)) {
    throw userError(`Invalid subsidiary reference key ${body.subsidiary.id} for entity ${customer.id}.`, 'subsidiary');
  }
  const currency = Number(customer.currency);
  if (body.currency && Number(body.currency.id) !== currency) {
    throw userError(`Invalid currency reference key ${body.currency.id} for entity ${customer.id}.`, 'currency');
  }
  const symbol = String(books.one('SELECT symbol FROM currency WHERE id = ?', currency)?.symbol);
  const lines = acceptLines(books, body, currency, symbol);
  refuseOnHold(customer);
  if (customer.taxrefused === 1) {
    throw userError(
      'Tax cannot be determined: no tax code is set up for the nexus of the ship-to address. Set up tax for the customer before you enter transactions.',
    );
  }
  const net = lines.reduce((sum, { amount }) => sum + amount, 0);
  const percent = Number(books.one('SELECT taxpercent FROM _nexus WHERE subsidiary = ?', subsidiary)?.taxpercent ?? 0);
  const tax = Math.round((net * percent) / 100);
  return {
    entity: Number(customer.id),
    subsidiary,
    currency,
    symbol,
    terms: body.terms ? Number(body.terms.id) : customer.terms === null ? null : Number(customer.terms),
    body: {
      otherrefnum: body.otherRefNum ?? null,
      memo: body.memo ?? null,
      custbody_concord_subscription: body.custbody_concord_subscription ?? null,
      custbody_concord_contract: body.custbody_concord_contract ?? null,
      custbody_concord_effective: body.custbody_concord_effective ?? null,
      custbody_concord_prior_terms: body.custbody_concord_prior_terms ?? null,
      custbody_concord_case: body.custbody_concord_case ?? null,
      custbody_concord_asset: body.custbody_concord_asset ?? null,
      custbody_concord_dispatch: body.custbody_concord_dispatch ?? null,
      custbody_concord_billable: asColumn(body.custbody_concord_billable),
    },
    lines,
    tax,
    total: net + tax,
  };
}

function acceptLines(books: Books, body: SalesOrderBody, currency: number, symbol: string): AcceptedOrder['lines'] {
  if (body.item.items.length === 0)
    throw userError('Please enter at least one line item for this transaction.', 'item');
  return body.item.items.map((line, at) => {
    const path = `item.items[${at}]`;
    const item = books.one('SELECT * FROM item WHERE id = ?', Number(line.item.id) || 0);
    if (!item) throw invalidField(line.item.id, 'item', `${path}.item`);
    if (item.isinactive === 'T') throw userError(`Item ${item.itemid} is inactive and cannot be sold.`, `${path}.item`);
    if (line.quantity <= 0) throw userError('Quantity must be greater than zero.', `${path}.quantity`);
    const price = books.one(
      'SELECT unitprice FROM pricing WHERE item = ? AND pricelevel = 1 AND currency = ? AND quantity = 0',
      ...[Number(item.id), currency],
    )?.unitprice;
    const rate = line.rate ?? (price === undefined || price === null ? undefined : Number(price));
    if (rate === undefined) throw userError('Please enter a value for amount.', `${path}.amount`);
    const minor = Math.round(rate * 10 ** exponentOf(symbol));
    return {
      item: Number(item.id),
      sku: String(item.itemid),
      stocked: item.itemtype === 'InvtPart',
      quantity: line.quantity,
      rate: minor,
      amount: Math.round(minor * line.quantity),
    };
  });
}

/** Help: "Customer Credit Limits and Holds": ON holds, OFF never does, AUTO holds who is over the limit and late. */
function refuseOnHold(customer: Record<string, unknown>): void {
  const limit = customer.creditlimit === null ? Number.POSITIVE_INFINITY : Number(customer.creditlimit);
  const over = Number(customer.balance) + Number(customer.unbilled) > limit;
  const held =
    customer.creditholdoverride === 'ON' ||
    (customer.creditholdoverride === 'AUTO' && over && Number(customer.overdue) > 0);
  if (held)
    throw userError('The customer is on credit hold. You cannot enter sales orders for this customer.', 'entity');
}
