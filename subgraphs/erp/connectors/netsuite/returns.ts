import type { Call } from '../../../../platform/call.ts';
import type { CreditNote, Return } from '../../after-sales.ts';
import type { ErpPort } from '../../port.ts';
import * as queries from './after-sales-queries.ts';
import { jsonOf, parsed, refused } from './failures.ts';
import { readBack } from './read-back.ts';
import { RECORD, type Session } from './session.ts';
import { isInternalId } from './sql.ts';
import type { SuiteQl } from './suiteql.ts';
import { toCreditNote, toReturns } from './translate-after-sales.ts';
import { CreditNoteRow, ReturnRecord, ReturnRow } from './wire.ts';

type Returns = Pick<ErpPort, 'authorizeReturn' | 'cancelReturn' | 'creditReturn'>;

/**
 * A return is a return authorization that the order is transformed into, its credit note a credit memo that the
 * authorization is transformed into: so both remember where they came from, and carry the order's prices.
 */
export function createReturns(session: Session, suiteql: SuiteQl): Returns {
  const write = (method: 'POST' | 'PATCH', path: string, body: unknown, call: Call) =>
    session.send({ method, path, body: JSON.stringify(body), write: true }, call);

  async function returnUnder(key: string, call: Call): Promise<Return | null> {
    const rows = await suiteql.rows(queries.returnByKey(key), ReturnRow, call);
    const [head] = rows;
    if (head === undefined) return null;
    const notes = await suiteql.rows(queries.creditNotesOfReturns([head.id]), CreditNoteRow, call);
    return toReturns(rows, notes)[0] ?? null;
  }

  async function creditNoteUnder(key: string, call: Call): Promise<CreditNote | null> {
    const [row] = await suiteql.rows(queries.creditNoteByKey(key), CreditNoteRow, call);
    return row === undefined ? null : toCreditNote(row);
  }

  return {
    async authorizeReturn({ salesOrderId, restock, lines }, call) {
      if (!isInternalId(salesOrderId)) throw refused('it holds no such order', 'salesOrderId');
      const existing = await returnUnder(call.key, call);
      if (existing !== null) return existing;
      const body = {
        externalId: call.key,
        orderStatus: { id: 'B' }, // approved: the hub has judged it
        custbody_concord_restock: restock,
        item: {
          items: lines.map(({ position, quantity, reason }) => ({
            orderLine: position,
            quantity,
            custcol_concord_reason: reason,
          })),
        },
      };
      // Without `replace` the lines that are not named would come back too.
      const path = `${RECORD}/salesOrder/${salesOrderId}/!transform/returnAuthorization?replace=item`;
      await write('POST', path, body, call);
      return readBack(() => returnUnder(call.key, call), 'return');
    },

    async cancelReturn(_customer, call) {
      const path = `${RECORD}/returnAuthorization/eid:${encodeURIComponent(call.key)}?expandSubResources=true`;
      const response = await session.send({ method: 'GET', path, mayBeAbsent: true }, call);
      if (response.status === 404) return 'CANCELLED';
      const { id, orderStatus, item } = parsed(ReturnRecord, jsonOf(response));
      if (orderStatus.id === 'C' || orderStatus.id === 'H') return 'CANCELLED';
      const moved = item.items.some(
        ({ quantityReceived, quantityBilled }) => (quantityReceived ?? 0) !== 0 || (quantityBilled ?? 0) !== 0,
      );
      if (moved) return 'STAYS';
      const lines = item.items.map(({ line }) => ({ line, isClosed: true }));
      await write('PATCH', `${RECORD}/returnAuthorization/${encodeURIComponent(id)}`, { item: { items: lines } }, call);
      return 'CANCELLED';
    },

    async creditReturn({ returnId }, call) {
      if (!isInternalId(returnId)) throw refused('it holds no such return', 'returnId');
      const existing = await creditNoteUnder(call.key, call);
      if (existing !== null) return existing;
      const path = `${RECORD}/returnAuthorization/${returnId}/!transform/creditMemo`;
      await write('POST', path, { externalId: call.key }, call);
      return readBack(() => creditNoteUnder(call.key, call), 'credit note');
    },
  };
}
