import type { WriteCall } from '../../../../platform/call.ts';
import type { ErpPort } from '../../port.ts';
import type { Acts } from './acts.ts';
import { refused } from './failures.ts';
import { priorTermsOf } from './marks.ts';
import type { Records } from './records.ts';
import type { Turns } from './turns.ts';
import { HELD_FIELDS, HeldRow } from './wire.ts';

/** Most looks at a sale that is being taken back; three are needed. */
const MOST_LOOKS = 6;

/**
 * Tryton cancels a sale only before it is confirmed, and confirming makes an invoice and a shipment. A sale after that is
 * taken back as a user would: cancel the shipment and the draft invoice, then answer the two exceptions that this raises
 * with "do not make them again". The sale ends as `done` with everything in it cancelled, and frees stock and credit.
 */
export function createCancel(records: Records, acts: Acts, turns: Turns): Pick<ErpPort, 'cancelSalesOrder'> {
  async function salesOf(call: WriteCall): Promise<readonly HeldRow[]> {
    const domain = [['reference', '=', call.key]];
    return records.search('sale.sale', { domain, fields: HELD_FIELDS, row: HeldRow }, call);
  }

  /** One pass over what stands in the way; the next look tells whether it is gone. */
  async function undo(sale: HeldRow, call: WriteCall): Promise<void> {
    if (sale.state === 'draft' || sale.state === 'quotation') return acts.press('sale.sale', 'cancel', [sale.id], call);
    if (sale.state === 'confirmed') return acts.press('sale.sale', 'draft', [sale.id], call); // a worker has not processed it yet
    const shipments = sale['shipments.'].filter(({ state }) => state !== 'cancelled').map(({ id }) => id);
    const invoices = sale['invoices.'].filter(({ state }) => state !== 'cancelled').map(({ id }) => id);
    if (shipments.length > 0) await acts.press('stock.shipment.out', 'cancel', shipments, call);
    if (invoices.length > 0) await acts.press('account.invoice', 'cancel', invoices, call);
    if (shipments.length + invoices.length > 0) return;

    const moves = openMoves(sale);
    const cancelled = openInvoices(sale);
    const on = { model: 'sale.sale', id: sale.id, next: 'handle' };
    if (moves.length > 0) {
      const form = { domain_moves: moves, recreate_moves: [] };
      await acts.runWizard('sale.handle.shipment.exception', { ...on, form }, call);
    }
    if (cancelled.length > 0) {
      const form = { domain_invoices: cancelled, recreate_invoices: [] };
      await acts.runWizard('sale.handle.invoice.exception', { ...on, form }, call);
    }
    if (moves.length + cancelled.length === 0)
      throw refused('the order is neither shipped nor invoiced, yet under way');
  }

  async function cancel(call: WriteCall): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const open = (await salesOf(call)).filter((sale) => !isOver(sale));
      if (open.length === 0) return;
      for (const sale of open) {
        if (hasLeft(sale)) {
          throw refused('the order has been shipped or invoiced; it takes a return or a credit note');
        }
        // The customer's terms first: while the order is open, a repetition comes by here again.
        const prior = priorTermsOf(sale.comment);
        if (prior !== undefined) {
          await acts.write('party.party', sale.party, { customer_payment_term: prior }, call);
        }
        await undo(sale, call);
      }
    }
    throw refused('the order cannot be cancelled as it stands; somebody else works on it');
  }

  return { cancelSalesOrder: (_customer, call) => turns.inTurn(`order ${call.key}`, call, () => cancel(call)) };
}

const movesOf = (sale: HeldRow) => sale['lines.'].flatMap((line) => line['moves.']);

/** Cancelled, or taken back as above. */
const isOver = (sale: HeldRow): boolean =>
  sale.state === 'cancelled' ||
  (sale.state === 'done' &&
    sale.invoices_ignored.length > 0 &&
    sale['invoices.'].every(({ state }) => state === 'cancelled') &&
    movesOf(sale).every(({ state }) => state === 'cancelled'));

/** Goods have gone out or an invoice was posted: that is in the books, and only the books' own acts undo it. */
const hasLeft = (sale: HeldRow): boolean =>
  sale.state === 'done' ||
  movesOf(sale).some(({ state }) => state === 'done') ||
  sale['invoices.'].some(({ state }) => state === 'posted' || state === 'paid');

/** Cancelled moves and invoices about which Tryton has not been told what to do. */
function openMoves(sale: HeldRow): number[] {
  return sale['lines.'].flatMap((line) => {
    const told = new Set([...line.moves_ignored, ...line.moves_recreated]);
    return line['moves.'].flatMap(({ id, state }) => (state === 'cancelled' && !told.has(id) ? [id] : []));
  });
}

function openInvoices(sale: HeldRow): number[] {
  const told = new Set([...sale.invoices_ignored, ...sale.invoices_recreated]);
  return sale['invoices.'].flatMap(({ id, state }) => (state === 'cancelled' && !told.has(id) ? [id] : []));
}
