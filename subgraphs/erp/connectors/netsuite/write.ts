import type { Call, WriteCall } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import { amountText } from '../../../../platform/money.ts';
import type { AmendmentOrder, OrderDraft, PaymentTerms, SalesOrder } from '../../model.ts';
import type { ErpPort } from '../../port.ts';
import { jsonOf, parsed, refused, SYSTEM } from './failures.ts';
import * as queries from './queries.ts';
import { RECORD, type Session } from './session.ts';
import { isInternalId } from './sql.ts';
import type { SuiteQl } from './suiteql.ts';
import { TERM_DAYS, toOrders } from './translate.ts';
import { CurrencyIdRow, CustomerTermsRow, ItemIdRow, OrderRow, SalesOrderRecord, TermRow } from './wire.ts';

type Writes = Pick<ErpPort, 'openSalesOrder' | 'cancelSalesOrder' | 'openAmendmentOrder' | 'updateCustomer'>;

/** By external id: the hub's idempotency key is the order's external id. */
const orderPath = (key: string): string => `${RECORD}/salesOrder/eid:${encodeURIComponent(key)}`;

/**
 * The port's acts. NetSuite has no idempotency key for synchronous requests: an order is upserted under the call's key as
 * its external id, and looked up before, so that a repeated key finds what the first one did.
 */
export function createWrites(session: Session, suiteql: SuiteQl): Writes {
  const write = (method: 'PUT' | 'PATCH', path: string, body: unknown, call: Call) =>
    session.send({ method, path, body: JSON.stringify(body), write: true }, call);

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
      await write('PUT', `${orderPath(call.key)}?replace=item`, body, call);
      order = await readBack(() => orderUnder(call.key, call));
    }
    // A key whose order was undone meanwhile changes no terms any more.
    if (newTerms && customer.terms !== newTerms && order.status !== 'CANCELLED') {
      await write(
        'PATCH',
        `${RECORD}/customer/${encodeURIComponent(draft.customerId)}`,
        { terms: { id: newTerms } },
        call,
      );
    }
    return order;
  }

  return {
    openSalesOrder: (draft: OrderDraft, call) =>
      open({ ...draft, body: present({ otherRefNum: draft.purchaseOrderNumber, memo: draft.memo }) }, call),

    openAmendmentOrder: (amendment: AmendmentOrder, call) =>
      open(
        {
          ...amendment,
          lines: amendment.lines.map(({ sku, quantity, unitPrice }) => ({
            sku,
            quantity,
            rate: amountText(unitPrice),
          })),
          body: present({
            custbody_concord_subscription: amendment.subscriptionId,
            custbody_concord_contract: amendment.contractId,
            custbody_concord_effective: amendment.effectiveOn,
          }),
        },
        call,
      ),

    async cancelSalesOrder(_customer, call) {
      const path = `${orderPath(call.key)}?expandSubResources=true`;
      const response = await session.send({ method: 'GET', path, mayBeAbsent: true }, call);
      if (response.status === 404) return;
      const order = parsed(SalesOrderRecord, jsonOf(response));
      if (order.orderStatus.id === 'C' || order.orderStatus.id === 'H') return;
      if (order.item.items.some((line) => (line.quantityFulfilled ?? 0) > 0 || (line.quantityBilled ?? 0) > 0)) {
        throw refused('the order has been shipped or invoiced; it takes a return or a credit note', undefined);
      }
      // The customer's terms first: while the order is open, a repetition comes by here again.
      const prior = order.custbody_concord_prior_terms;
      if (prior !== undefined && isInternalId(prior)) {
        await write(
          'PATCH',
          `${RECORD}/customer/${encodeURIComponent(order.entity.id)}`,
          { terms: { id: prior } },
          call,
        );
      }
      // REST has no cancel action; an order whose lines are all closed is closed and releases what it committed.
      const lines = order.item.items.map(({ line }) => ({ line, isClosed: true }));
      await write('PATCH', `${RECORD}/salesOrder/${encodeURIComponent(order.id)}`, { item: { items: lines } }, call);
    },

    async updateCustomer(change, call) {
      const [customer, terms] = await Promise.all([
        customerTerms(change.customerId, call),
        change.paymentTerms ? termsId(change.paymentTerms, call) : null,
      ]);
      const { billingAddress: address } = change;
      const body = {
        ...present({ companyName: change.legalName ?? null }),
        ...(terms ? { terms: { id: terms } } : {}),
        ...(address
          ? {
              addressBook: {
                items: [
                  {
                    // The line's key: without it a second address would be added.
                    ...(customer.addressline ? { internalId: Number(customer.addressline) } : {}),
                    defaultBilling: true,
                    addressBookAddress: {
                      addr1: address.line1,
                      addr2: address.line2,
                      city: address.city,
                      state: address.region,
                      zip: address.postalCode,
                      country: address.country === null ? null : { id: address.country },
                    },
                  },
                ],
              },
            }
          : {}),
      };
      if (Object.keys(body).length > 0)
        await write('PATCH', `${RECORD}/customer/${encodeURIComponent(change.customerId)}`, body, call);
    },
  };
}

/** What an order and an amendment have in common; `rate` only where the hub names the price. */
interface Draft extends Pick<OrderDraft, 'customerId' | 'legalEntityId' | 'currency'> {
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly rate?: string }[];
  readonly paymentTerms?: PaymentTerms | null;
  readonly body: Readonly<Record<string, string>>;
}

/** Leaves out what is null: an upsert with null would empty the field. */
const present = (fields: Readonly<Record<string, string | null>>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter((field): field is [string, string] => field[1] !== null));

/** The write is done; if it cannot be shown, the caller must come again with the same key. */
async function readBack(read: () => Promise<SalesOrder | null>): Promise<SalesOrder> {
  let cause: unknown;
  try {
    const order = await read();
    if (order) return order;
  } catch (error) {
    cause = error;
  }
  throw new HubError('IN_DOUBT', 'ERP took the order but did not show it; the same key will find it', {
    system: SYSTEM,
    cause,
  });
}
