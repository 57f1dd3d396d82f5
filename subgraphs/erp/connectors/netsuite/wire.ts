import { z } from 'zod';

/**
 * What NetSuite 2026.2 sends, as far as the hub reads it. Pages of docs.oracle.com/en/cloud/saas/netsuite/ns-online-help:
 * - token: section_162755359851 (request and answer), section_162790605110 (assertion)
 * - SuiteQL over REST: section_157909186990; paging: section_156414087576
 * - errors: section_156570709583
 * - sales order: section_159665260887
 * - customer subsidiary relationship: article_161521122959
 * - transforming a record into the next one: section_157901123882; custom records: section_158100110171
 * SuiteQL sends every value as text, in lower-case columns, and leaves a column out where it is null.
 */

export const Token = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });

/** A page says three times how much it holds: what does not agree was cut or changed on its way. */
export const SuiteQlPage = z
  .object({
    items: z.array(z.looseObject({ part: z.string() })),
    count: z.number().int(),
    hasMore: z.boolean(),
    offset: z.number().int(),
    totalResults: z.number().int(),
  })
  .refine(({ items, count }) => items.length === count, { path: ['count'] })
  .refine(({ count, hasMore, offset, totalResults }) => hasMore === offset + count < totalResults, {
    path: ['totalResults'],
  });

export const Problem = z.object({
  title: z.string().optional(),
  'o:errorDetails': z
    .array(z.object({ detail: z.string(), 'o:errorCode': z.string().optional(), 'o:errorPath': z.string().optional() }))
    .optional(),
});

const id = z.string().regex(/^\d+$/, 'must be an internal id');
/** Oracle writes half as `.5`. */
const number = z
  .string()
  .regex(/^-?(\d+(\.\d*)?|\.\d+)$/, 'must be a number')
  .transform((text) => text.replace(/^(-?)\./, '$10.').replace(/\.$/, ''));
const whole = number.transform(Number).refine(Number.isFinite);
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day, YYYY-MM-DD');
const currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code');
const bool = z.enum(['T', 'F']);

export const CustomerRow = z.object({
  id,
  externalid: z.string().optional(),
  name: z.string(),
  email: z.string().optional(),
  taxid: z.string().optional(),
  taxcode: z.string().optional(),
  currency,
  subsidiary: id.optional(),
  termdays: whole.optional(),
  creditlimit: number.optional(),
  hold: z.enum(['AUTO', 'ON', 'OFF']),
  balance: number.optional(),
  overdue: number.optional(),
  unbilled: number.optional(),
  orders: whole.optional(),
  addr1: z.string().optional(),
  addr2: z.string().optional(),
  city: z.string().optional(),
  state: z.string().optional(),
  zip: z.string().optional(),
  country: z.string().optional(),
});
export type CustomerRow = z.infer<typeof CustomerRow>;

/** Help: "Transaction status codes"; SuiteQL gives the letter alone, searches write `SalesOrd:B`. */
export const OrderStatus = z.enum(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']);

/** One line of an order with the order's own columns beside it; quantities and amounts of sales are negative in the ledger. */
export const OrderRow = z.object({
  id,
  line: whole,
  number: z.string(),
  externalid: z.string().optional(),
  status: OrderStatus,
  trandate: day,
  ponumber: z.string().optional(),
  total: number,
  currency,
  entity: id,
  subsidiary: id.optional(),
  taxline: bool.optional(),
  sku: z.string().optional(),
  quantity: whole.optional(),
  rate: number.optional(),
  amount: number.optional(),
  shipped: whole.optional(),
  billed: whole.optional(),
  shippedon: day.optional(),
  billedon: day.optional(),
});
export type OrderRow = z.infer<typeof OrderRow>;

/** An order that a case asked for, with the hub's own body fields. */
export const ServiceOrderRow = OrderRow.extend({
  caseid: z.string(),
  asset: z.string().optional(),
  dispatchon: day.optional(),
  billable: bool.optional(),
});
export type ServiceOrderRow = z.infer<typeof ServiceOrderRow>;

export const AssetRow = z.object({
  id,
  serial: z.string(),
  sku: z.string(),
  entity: id,
  salesorder: id.optional(),
  installedon: day,
  warrantyfrom: day.optional(),
  warrantyto: day.optional(),
});
export type AssetRow = z.infer<typeof AssetRow>;

/** One line of a return authorization; its amounts and quantities have the other sign than those of sales. */
export const ReturnRow = z.object({
  id,
  line: whole,
  number: z.string(),
  status: z.enum(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']),
  trandate: day,
  total: number,
  currency,
  entity: id,
  createdfrom: id,
  restock: bool.optional(),
  taxline: bool.optional(),
  sku: z.string().optional(),
  quantity: whole.optional(),
  rate: number.optional(),
  amount: number.optional(),
  reason: z.string().optional(),
});
export type ReturnRow = z.infer<typeof ReturnRow>;

export const CreditNoteRow = z.object({
  id,
  number: z.string(),
  trandate: day,
  total: number,
  currency,
  createdfrom: id,
});
export type CreditNoteRow = z.infer<typeof CreditNoteRow>;
export const VisitRow = z.object({ id });

export const InvoiceRow = z.object({
  id,
  number: z.string(),
  status: z.enum(['A', 'B', 'D', 'E', 'V']),
  trandate: day,
  duedate: day.optional(),
  total: number,
  unpaid: number.optional(),
  currency,
  entity: id,
});
export type InvoiceRow = z.infer<typeof InvoiceRow>;

/** One line of an invoice with the invoice's own columns beside it; of an invoice without lines these alone. */
export const InvoiceLineRow = z.object({
  id,
  currency,
  entity: id,
  position: whole.optional(),
  sku: z.string().optional(),
  memo: z.string().optional(),
  quantity: number.optional(),
  rate: number.optional(),
  amount: number.optional(),
});
export type InvoiceLineRow = z.infer<typeof InvoiceLineRow>;

/** One price of an item with the item's own columns beside it. */
export const ProductRow = z.object({
  id,
  sku: z.string(),
  name: z.string().optional(),
  itemtype: z.string(),
  recurring: bool.optional(),
  inactive: bool,
  taxclass: z.string().optional(),
  price: number.optional(),
  currency: currency.optional(),
  onhand: whole.optional(),
  available: whole.optional(),
});
export type ProductRow = z.infer<typeof ProductRow>;

export const SubsidiaryRow = z.object({ id, name: z.string(), country: z.string(), currency });
export type SubsidiaryRow = z.infer<typeof SubsidiaryRow>;

export const RelationshipRow = z.object({ id, subsidiary: id, isprimary: bool.optional() });
export type RelationshipRow = z.infer<typeof RelationshipRow>;
export const BookedRow = z.object({ id });

export const DirectoryRow = z.object({
  id,
  externalid: z.string().optional(),
  name: z.string(),
  email: z.string().optional(),
  parent: id.optional(),
});
export type DirectoryRow = z.infer<typeof DirectoryRow>;

export const HolderRow = z.object({ id });
export const ItemIdRow = z.object({ id, sku: z.string() });
export const CurrencyIdRow = z.object({ id });
export const TermRow = z.object({ id, termdays: whole.optional() });
export const CustomerTermsRow = z.object({ id, terms: id.optional(), addressline: id.optional() });

/** `GET /record/v1/salesOrder/{id}?expandSubResources=true`, as far as undoing needs it. Numbers are numbers here. */
export const SalesOrderRecord = z.object({
  id,
  orderStatus: z.object({ id: OrderStatus }),
  entity: z.object({ id }),
  custbody_concord_prior_terms: z.string().optional(),
  item: z.object({
    items: z.array(
      z.object({
        line: z.number().int(),
        isClosed: z.boolean().optional(),
        quantityFulfilled: z.number().optional(),
        quantityBilled: z.number().optional(),
      }),
    ),
  }),
});
export type SalesOrderRecord = z.infer<typeof SalesOrderRecord>;

/** A line of an order that carries a subscription. */
export const ContractLineRow = z.object({
  id,
  line: z.coerce.number().int(),
  number: z.string(),
  sku: z.string(),
  quantity: z.coerce.number(),
  shipped: z.coerce.number().optional(),
  billed: z.coerce.number().optional(),
  closedby: z.string().optional(),
  closedlines: z.string().optional(),
});
export type ContractLineRow = z.infer<typeof ContractLineRow>;

/** `GET /record/v1/returnAuthorization/{id}?expandSubResources=true`, as far as undoing needs it. */
export const ReturnRecord = z.object({
  id,
  orderStatus: z.object({ id: ReturnRow.shape.status }),
  item: z.object({
    items: z.array(
      z.object({
        line: z.number().int(),
        quantityReceived: z.number().optional(),
        quantityBilled: z.number().optional(),
      }),
    ),
  }),
});

/** `GET /record/v1/customerSubsidiaryRelationship/{id}`, as far as undoing needs it. */
export const RelationshipRecord = z.object({
  id,
  entity: z.object({ id }),
  subsidiary: z.object({ id }),
  isPrimarySub: z.boolean().optional(),
});
