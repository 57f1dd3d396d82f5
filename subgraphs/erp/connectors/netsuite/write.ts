import type { Call } from '../../../../platform/call.ts';
import { amountText } from '../../../../platform/money.ts';
import type { AmendmentOrder, OrderDraft } from '../../model.ts';
import type { ErpPort } from '../../port.ts';
import { jsonOf, parsed, refused } from './failures.ts';
import { createOpening, orderPath } from './open-order.ts';
import { RECORD, type Session } from './session.ts';
import { isInternalId } from './sql.ts';
import type { SuiteQl } from './suiteql.ts';
import { SalesOrderRecord } from './wire.ts';

type Writes = Pick<ErpPort, 'openSalesOrder' | 'cancelSalesOrder' | 'openAmendmentOrder' | 'updateCustomer'>;

/**
 * The port's acts. NetSuite has no idempotency key for synchronous requests: an order is upserted under the call's key as
 * its external id, and looked up before, so that a repeated key finds what the first one did.
 */
export function createWrites(session: Session, suiteql: SuiteQl): Writes {
  const write = (method: 'PATCH', path: string, body: unknown, call: Call) =>
    session.send({ method, path, body: JSON.stringify(body), write: true }, call);

  const { open, termsId, customerTerms } = createOpening(session, suiteql);

  return {
    openSalesOrder: (draft: OrderDraft, call) =>
      open(
        {
          ...draft,
          body: present({
            otherRefNum: draft.purchaseOrderNumber,
            memo: draft.memo,
            custbody_concord_contract: draft.contractId ?? null,
          }),
        },
        call,
      ),

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
            // An interval of ISO 8601 where the term has an end.
            custbody_concord_effective: [amendment.effectiveOn, amendment.endsOn].filter(Boolean).join('/'),
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

/** Leaves out what is null: an upsert with null would empty the field. */
const present = (fields: Readonly<Record<string, string | null>>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter((field): field is [string, string] => field[1] !== null));
