import { z } from 'zod';
import { bool, day, decimal, id } from './values.ts';

/**
 * What Tryton 6.0 sends, as far as the hub reads it, and the fields to ask for so that it does.
 * - envelope, login, errors: docs.tryton.org/projects/server/en/6.0/topics/rpc (and trytond/protocols/jsonrpc.py)
 * - models: docs.tryton.org/projects/modules-{party,sale,account-invoice,product,stock,account-credit-limit}/en/6.0
 * A dotted field comes back beside its record: `"party.code"` as `"party.": { id, code }`, a list as a list of these.
 */

export const RpcAnswer = z.object({
  result: z.unknown().optional(),
  error: z.tuple([z.string(), z.unknown()]).optional(),
});

export const Login = z.tuple([id, z.string().min(1)]);

/** Without `company` the credit limit reads as null, so a user without one cannot be the hub's. */
export const Preferences = z.looseObject({ company: id });

export const COMPANY_FIELDS = ['party.name', 'party.addresses.country.code', 'currency.code'];
export const CompanyRow = z.object({
  id,
  'party.': z.object({
    id,
    name: z.string(),
    'addresses.': z.array(z.object({ 'country.': z.object({ code: z.string() }).nullable() })),
  }),
  'currency.': z.object({ id, code: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code') }),
});
export type CompanyRow = z.infer<typeof CompanyRow>;

export const ModuleRow = z.object({ name: z.string() });

export const TERM_FIELDS = [
  'lines.type',
  'lines.relativedeltas.days',
  'lines.relativedeltas.weeks',
  'lines.relativedeltas.months',
  'lines.relativedeltas.day',
];
export const TermRow = z.object({
  id,
  'lines.': z.array(
    z.object({
      type: z.string(),
      'relativedeltas.': z.array(
        z.object({
          days: z.number().int().nullable(),
          weeks: z.number().int().nullable(),
          months: z.number().int().nullable(),
          day: z.number().int().nullable(),
        }),
      ),
    }),
  ),
});
export type TermRow = z.infer<typeof TermRow>;

const AddressRow = z.object({
  id,
  active: bool,
  invoice: bool,
  street: z.string().nullable(),
  city: z.string().nullable(),
  postal_code: z.string().nullable(),
  'country.': z.object({ code: z.string() }).nullable(),
  'subdivision.': z.object({ name: z.string() }).nullable(),
});
export type AddressRow = z.infer<typeof AddressRow>;
export const ADDRESS_FIELDS = [
  'addresses.active',
  'addresses.invoice',
  'addresses.street',
  'addresses.city',
  'addresses.postal_code',
  'addresses.country.code',
  'addresses.subdivision.name',
];

export const AddressesRow = z.object({ id, 'addresses.': z.array(AddressRow) });
export const PartyTermRow = z.object({ id, customer_payment_term: id.nullable() });

export const PARTY_FIELDS = [
  'code',
  'name',
  'tax_identifier.code',
  'customer_tax_rule.name',
  'receivable',
  'receivable_today',
  ...TERM_FIELDS.map((field) => `customer_payment_term.${field}`),
  ...ADDRESS_FIELDS,
];
/** Of the module account_credit_limit; sale_credit_limit adds open orders to the amount. */
export const CREDIT_FIELDS = ['credit_amount', 'credit_limit_amount'];
export const PartyRow = z.object({
  id,
  code: z.string().nullable(),
  name: z.string().nullable(),
  receivable: decimal,
  receivable_today: decimal,
  credit_amount: decimal.optional(),
  credit_limit_amount: decimal.nullable().optional(),
  'tax_identifier.': z.object({ code: z.string() }).nullable(),
  'customer_tax_rule.': z.object({ name: z.string() }).nullable(),
  'customer_payment_term.': TermRow.nullable(),
  'addresses.': z.array(AddressRow),
});
export type PartyRow = z.infer<typeof PartyRow>;

export const DIRECTORY_FIELDS = ['code', 'name', 'replaced_by', 'contact_mechanisms.type', 'contact_mechanisms.value'];
export const DirectoryRow = z.object({
  id,
  code: z.string().nullable(),
  name: z.string().nullable(),
  replaced_by: id.nullable(),
  'contact_mechanisms.': z.array(z.object({ type: z.string(), value: z.string().nullable() })),
});
export type DirectoryRow = z.infer<typeof DirectoryRow>;

/** A record of which only the party is asked. */
export const OfPartyRow = z.object({ id, party: id });

export const IdRow = z.object({ id });
export const SkuRow = z.object({ id, code: z.string() });

/** The beginning of a list: enough to put entries in order. */
export const SaleHead = z.object({ id, party: id, sale_date: day });
export const InvoiceHead = z.object({ id, party: id, invoice_date: day });

export const PRODUCT_FIELDS = [
  'code',
  'name',
  'type',
  'active',
  'salable',
  'list_price',
  'account_category.name',
  'quantity',
  'forecast_quantity',
];
export const ProductRow = z.object({
  id,
  code: z.string(),
  name: z.string(),
  type: z.enum(['goods', 'assets', 'service']),
  active: bool,
  salable: bool,
  list_price: decimal.nullable(),
  'account_category.': z.object({ name: z.string() }).nullable(),
  quantity: z.number().nullable(),
  forecast_quantity: z.number().nullable(),
});
export type ProductRow = z.infer<typeof ProductRow>;

/** Services of the module sale_subscription. */
export const ServiceRow = z.object({ product: id });

const SaleState = z.enum(['draft', 'quotation', 'confirmed', 'processing', 'done', 'cancelled']);
export type SaleState = z.infer<typeof SaleState>;
const InvoiceState = z.enum(['draft', 'validated', 'posted', 'paid', 'cancelled']);

export const SALE_FIELDS = [
  'number',
  'reference',
  'description',
  'state',
  'invoice_state',
  'sale_date',
  'party',
  'company',
  'currency.code',
  'untaxed_amount',
  'tax_amount',
  'total_amount',
  'lines.type',
  'lines.sequence',
  'lines.product.code',
  'lines.quantity',
  'lines.unit_price',
  'lines.amount',
  'lines.taxes.name',
  'lines.moves.state',
  'lines.moves.effective_date',
  'invoices.state',
  'invoices.invoice_date',
  'invoices_ignored',
];
export const SaleRow = z.object({
  id,
  number: z.string(),
  reference: z.string().nullable(),
  description: z.string().nullable(),
  state: SaleState,
  invoice_state: z.enum(['none', 'waiting', 'paid', 'exception']),
  sale_date: day,
  party: id,
  company: id,
  'currency.': z.object({ code: z.string() }),
  untaxed_amount: decimal,
  tax_amount: decimal,
  total_amount: decimal,
  'lines.': z.array(
    z.object({
      id,
      type: z.string(),
      sequence: z.number().nullable(),
      quantity: z.number().nullable(),
      unit_price: decimal.nullable(),
      amount: decimal.nullable(),
      'product.': z.object({ code: z.string().nullable() }).nullable(),
      'taxes.': z.array(z.object({ name: z.string() })),
      'moves.': z.array(z.object({ state: z.string(), effective_date: day.nullable() })),
    }),
  ),
  'invoices.': z.array(z.object({ id, state: InvoiceState, invoice_date: day.nullable() })),
  invoices_ignored: z.array(id),
});
export type SaleRow = z.infer<typeof SaleRow>;

/** What a sale is on its way through the buttons, before it is an order. */
export const PROGRESS_FIELDS = ['state', 'comment', 'party'];
export const ProgressRow = z.object({ id, state: SaleState, comment: z.string().nullable(), party: id });
export type ProgressRow = z.infer<typeof ProgressRow>;

/** What hangs on a sale that is to be taken back. */
export const HELD_FIELDS = [
  ...PROGRESS_FIELDS,
  'invoices.state',
  'invoices_ignored',
  'invoices_recreated',
  'shipments.state',
  'lines.moves.state',
  'lines.moves_ignored',
  'lines.moves_recreated',
];
export const HeldRow = ProgressRow.extend({
  'invoices.': z.array(z.object({ id, state: InvoiceState })),
  invoices_ignored: z.array(id),
  invoices_recreated: z.array(id),
  'shipments.': z.array(z.object({ id, state: z.string() })),
  'lines.': z.array(
    z.object({
      'moves.': z.array(z.object({ id, state: z.string() })),
      moves_ignored: z.array(id),
      moves_recreated: z.array(id),
    }),
  ),
});
export type HeldRow = z.infer<typeof HeldRow>;

export const INVOICE_FIELDS = [
  'number',
  'state',
  'invoice_date',
  'total_amount',
  'amount_to_pay',
  'currency.code',
  'party',
  'lines_to_pay.maturity_date',
  'lines_to_pay.reconciliation',
];
export const InvoiceRow = z.object({
  id,
  number: z.string(),
  state: InvoiceState,
  invoice_date: day,
  total_amount: decimal,
  amount_to_pay: decimal,
  party: id,
  'currency.': z.object({ code: z.string() }),
  'lines_to_pay.': z.array(z.object({ maturity_date: day.nullable(), reconciliation: id.nullable() })),
});
export type InvoiceRow = z.infer<typeof InvoiceRow>;

/** Whose an invoice is, and what its lines count in. */
export const OWNER_FIELDS = ['party', 'currency.code'];
export const OwnerRow = z.object({ id, party: id, 'currency.': z.object({ code: z.string() }) });

export const INVOICE_LINE_FIELDS = ['invoice', 'product.code', 'description', 'quantity', 'unit_price', 'amount'];
export const InvoiceLineRow = z.object({
  id,
  invoice: id,
  description: z.string().nullable(),
  quantity: z.number().nullable(),
  unit_price: decimal.nullable(),
  amount: decimal,
  'product.': z.object({ code: z.string().nullable() }).nullable(),
});
export type InvoiceLineRow = z.infer<typeof InvoiceLineRow>;

/** `model.sale.sale.on_change_party`: what Tryton fills in for a customer. Names beside the ids are left out. */
export const PartyDefaults = z.object({
  payment_term: id.nullish(),
  invoice_party: id.nullish(),
  invoice_address: id.nullish(),
  shipment_party: id.nullish(),
  shipment_address: id.nullish(),
});
export type PartyDefaults = z.infer<typeof PartyDefaults>;

/** `model.sale.line.on_change_product`: price and taxes by the customer's rules. */
export const ProductDefaults = z.object({
  unit: id,
  unit_price: decimal.nullish(),
  taxes: z.object({ add: z.array(z.tuple([z.number(), z.object({ id })])) }).optional(),
});

export type ProductDefaults = z.infer<typeof ProductDefaults>;

export const SaleTotals = z.object({ tax_amount: decimal });
export const Ids = z.array(id);
/** `wizard.<name>.create`: session, first state, end state. */
export const WizardSession = z.tuple([id, z.string(), z.string()]);
