import type { Call } from '../../../../platform/call.ts';
import { type Money, moneyOf } from '../../../../platform/money.ts';
import type { OrderDraft, PaymentTerms } from '../../model.ts';
import { TERM_DAYS } from '../../payment-terms.ts';
import { refused } from './failures.ts';
import { isCode, isRecordId, type Records } from './records.ts';
import type { Session } from './session.ts';
import { termDays } from './translate.ts';
import { asDecimal } from './values.ts';
import * as wire from './wire.ts';

/** An order as it is asked, with what Tryton fills in: price and taxes by the customer's rules, terms and addresses. */
export interface Priced {
  readonly party: number;
  readonly defaults: wire.PartyDefaults;
  /** Values of `sale.line`. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** What an order and an amendment have in common; `unitPrice` only where the hub names the price. */
export interface Draft extends Pick<OrderDraft, 'customerId' | 'legalEntityId' | 'currency'> {
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice?: string }[];
}

export interface Pricing {
  /** Leaves no record. @throws REFUSED where Tryton has no such thing, or would take it without a word though it makes no sense */
  price(draft: Draft, call: Call): Promise<Priced>;
  tax(draft: Draft, call: Call): Promise<Money>;
  /** The payment term of so many days. @throws REFUSED where none is set up */
  termOf(terms: PaymentTerms, call: Call): Promise<number>;
}

/**
 * Tryton fills a sale in its form's `on_change` methods, not when it is created: who creates one over the wire asks for them
 * first. What it would not notice is refused here: SQLite keeps no foreign keys, and a negative quantity makes a return.
 */
export function createPricing(session: Session, records: Records): Pricing {
  async function partyOf(customerId: string, call: Call): Promise<number> {
    const question = { domain: [['id', '=', Number(customerId)]], fields: ['code'], row: wire.IdRow };
    const [row] = isRecordId(customerId) ? await records.search('party.party', question, call) : [];
    if (!row) throw refused('it holds no such customer that is active', { field: 'customerId' });
    return row.id;
  }

  async function productsOf(skus: readonly string[], call: Call): Promise<ReadonlyMap<string, number>> {
    const known = [...new Set(skus.filter(isCode))];
    if (known.length === 0) return new Map();
    const domain = [
      ['code', 'in', known],
      ['salable', '=', true],
    ];
    const rows = await records.search('product.product', { domain, fields: ['code'], row: wire.SkuRow }, call);
    return new Map(rows.map(({ id, code }) => [code, id]));
  }

  async function price(draft: Draft, call: Call): Promise<Priced> {
    if (draft.lines.length === 0) throw refused('an order has at least one line', { field: 'lines' });
    draft.lines.forEach(({ quantity }, at) => {
      if (Number.isInteger(quantity) && quantity > 0) return;
      throw refused('a quantity is a whole number above zero', { field: `lines.${at}.quantity` });
    });
    const { company } = await session.ground(call);
    if (draft.currency !== company['currency.'].code) {
      throw refused(`it keeps this company’s prices in ${company['currency.'].code}`, { field: 'currency' });
    }
    if (draft.legalEntityId !== String(company.id)) {
      throw refused('the hub’s user does not work in this company', { field: 'legalEntityId' });
    }
    const skus = draft.lines.map(({ sku }) => sku);
    const [party, products] = await Promise.all([partyOf(draft.customerId, call), productsOf(skus, call)]);
    const asked = draft.lines.map((line, at) => {
      const product = products.get(line.sku);
      if (product === undefined) throw refused(`it sells no product ${line.sku}`, { field: `lines.${at}.sku` });
      return { ...line, product };
    });
    const sale = { party, company: company.id, currency: company['currency.'].id };
    const parent = Object.fromEntries(Object.entries(sale).map(([name, value]) => [`_parent_sale.${name}`, value]));
    const [defaults, ...filled] = await Promise.all([
      session.ask('model.sale.sale.on_change_party', [sale], wire.PartyDefaults, {}, call),
      ...asked.map(({ product, quantity }) =>
        session.ask(
          'model.sale.line.on_change_product',
          [{ product, quantity, ...parent }],
          wire.ProductDefaults,
          {},
          call,
        ),
      ),
    ]);
    const lines = asked.map(({ product, quantity, unitPrice }, at) => {
      const { unit, unit_price: listed, taxes } = filled[at] as wire.ProductDefaults; // one for each line
      const price = unitPrice ?? listed;
      if (price === null || price === undefined)
        throw refused('the product has no price', { field: `lines.${at}.sku` });
      const taxIds = (taxes?.add ?? []).map(([, { id }]) => id);
      return { type: 'line', product, quantity, unit, unit_price: asDecimal(price), taxes: taxIds };
    });
    return { party, defaults, lines };
  }

  return {
    price,
    async tax(draft, call) {
      const { company } = await session.ground(call);
      const { party, lines } = await price(draft, call);
      const unsaved = lines.map((line, at) => ({ ...line, id: -1 - at }));
      const sale = { party, company: company.id, currency: company['currency.'].id, lines: unsaved };
      const totals = await session.ask('model.sale.sale.on_change_lines', [sale], wire.SaleTotals, {}, call);
      return moneyOf(totals.tax_amount, draft.currency);
    },
    async termOf(terms, call) {
      const question = { domain: [], fields: wire.TERM_FIELDS, row: wire.TermRow };
      const rows = await records.search('account.invoice.payment_term', question, call);
      const found = rows.find((row) => termDays(row) === TERM_DAYS[terms]);
      if (!found) throw refused(`no payment term of ${TERM_DAYS[terms]} days is set up`, { field: 'paymentTerms' });
      return found.id;
    },
  };
}
