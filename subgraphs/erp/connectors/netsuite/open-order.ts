import type { Call, WriteCall } from '../../../../platform/call.ts';
import type { OrderDraft, PaymentTerms, SalesOrder } from '../../model.ts';
import { TERM_DAYS } from '../../payment-terms.ts';
import { refused } from './failures.ts';
import * as queries from './queries.ts';
import { readBack } from './read-back.ts';
import { RECORD, type Session } from './session.ts';
import { isInternalId } from './sql.ts';
import type { SuiteQl } from './suiteql.ts';
import { toOrders } from './translate.ts';
import { CurrencyIdRow, CustomerTermsRow, ItemIdRow, OrderRow, TermRow } from './wire.ts';

/** What every kind of order has in common; `rate` only where the hub names the price. */
export interface Draft extends Pick<OrderDraft, 'customerId' | 'legalEntityId' | 'currency'> {
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly rate?: string }[];
  readonly paymentTerms?: PaymentTerms | null;
  readonly body: Readonly<Record<string, string | boolean>>;
}

/** By external id: the hub's idempotency key is the order's external id. */
export const orderPath = (key: string): string => `${RECORD}/salesOrder/eid:${encodeURIComponent(key)}`;

export function createOpening(session: Session, suiteql: SuiteQl) {
  async function orderUnder(key: string, call: Call): Promise<SalesOrder | null> {
    return toOrders(await suiteql.rows(queries.orderByKey(key), OrderRow, call))[0] ?? null;
  }

  async function termsId(terms: PaymentTerms, call: Call): Promise<string> {
    const rows = await suiteql.rows(queries.terms, TermRow, call);
    const found = rows.find(({ termdays }) => termdays === TERM_DAYS[terms]);
    if (!found) throw refused(`no payment terms of ${TERM_DAYS[terms]} days are set up`, 'paymentTerms');
    return found.id;
  }

  async function customerTerms(customerId: string, call: Call) {
    if (!isInternalId(customerId)) throw refused('it holds no such customer', 'customerId');
    const [row] = await suiteql.rows(queries.customerTerms(customerId), CustomerTermsRow, call);
    if (!row) throw refused('it holds no such customer', 'customerId');
    return row;
  }

  /** Lookups, the upsert and the order as NetSuite then has it: three requests, and one when the key was used before. */
  async function open(draft: Draft, call: WriteCall): Promise<SalesOrder> {
    const skus = draft.lines.map(({ sku }) => sku);
    // Asked in one turn, so these are one statement (suiteql.ts).
    const [existing, items, [currency], customer, newTerms] = await Promise.all([
      orderUnder(call.key, call),
      suiteql.rows(queries.itemIds([...new Set(skus)]), ItemIdRow, call),
      suiteql.rows(queries.currencyId(draft.currency), CurrencyIdRow, call),
      customerTerms(draft.customerId, call),
      draft.paymentTerms ? termsId(draft.paymentTerms, call) : null,
    ]);
    let order = existing;
    if (!order) {
      const itemOf = new Map(items.map(({ id, sku }) => [sku, id]));
      const lines = draft.lines.map(({ sku, quantity, rate }, at) => {
        const item = itemOf.get(sku);
        if (!item) throw refused(`it holds no item ${sku}`, `lines.${at}.sku`);
        return { item: { id: item }, quantity, ...(rate === undefined ? {} : { rate: Number(rate) }) };
      });
      if (!currency) throw refused(`it does not deal in ${draft.currency}`, 'currency');
      const body = {
        externalId: call.key,
        entity: { id: draft.customerId },
        subsidiary: { id: draft.legalEntityId },
        currency: { id: currency.id },
        item: { items: lines },
        ...draft.body,
        ...(newTerms ? { terms: { id: newTerms }, custbody_concord_prior_terms: customer.terms ?? '' } : {}),
      };
      // Without `replace` a repeated upsert would add its lines to those it wrote before.
      await session.send(
        { method: 'PUT', path: `${orderPath(call.key)}?replace=item`, body: JSON.stringify(body), write: true },
        call,
      );
      order = await readBack(() => orderUnder(call.key, call));
    }
    // A key whose order was undone meanwhile changes no terms any more.
    if (newTerms && customer.terms !== newTerms && order.status !== 'CANCELLED') {
      const path = `${RECORD}/customer/${encodeURIComponent(draft.customerId)}`;
      await session.send(
        { method: 'PATCH', path, body: JSON.stringify({ terms: { id: newTerms } }), write: true },
        call,
      );
    }
    return order;
  }

  return { open, termsId, customerTerms };
}
