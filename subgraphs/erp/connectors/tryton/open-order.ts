import type { Call, WriteCall } from '../../../../platform/call.ts';
import { errorCode, HubError } from '../../../../platform/errors.ts';
import { amountText } from '../../../../platform/money.ts';
import type { AmendmentOrder, OrderDraft, SalesOrder } from '../../model.ts';
import type { ErpPort } from '../../port.ts';
import type { Acts } from './acts.ts';
import { refused, SYSTEM } from './failures.ts';
import { amendmentMark, orderMark, priorTermsMark, refusalMark, refusalOf } from './marks.ts';
import type { Draft, Pricing } from './pricing.ts';
import type { Records } from './records.ts';
import { toOrder } from './translate.ts';
import type { Turns } from './turns.ts';
import * as wire from './wire.ts';

type Opens = Pick<ErpPort, 'openSalesOrder' | 'openAmendmentOrder'>;

/** The button that leads on from a state. Confirming also processes: invoice and shipment are made. */
const NEXT: Partial<Record<wire.SaleState, string>> = { draft: 'quote', quotation: 'confirm' };

/**
 * Orders are opened in steps that each can be the last one before a crash: create, quote, confirm. The key stands in the
 * sale's reference from the first one on, so whoever comes again with it goes on from where the sale stands.
 */
export function createOpens(records: Records, acts: Acts, pricing: Pricing, turns: Turns): Opens {
  /**
   * The sale of this key; null while there is none. Two that were made at once (by two processes of the hub) end as one:
   * a sale that was confirmed stays, else the one with the lowest id; the others are cancelled by whoever sees them.
   */
  async function saleOf(call: WriteCall): Promise<wire.ProgressRow | null> {
    const rows = await records.search(
      'sale.sale',
      {
        domain: [['reference', '=', call.key]],
        fields: wire.PROGRESS_FIELDS,
        row: wire.ProgressRow,
        order: [['id', 'ASC']],
      },
      call,
    );
    const standing = rows.filter(({ state }) => state !== 'cancelled');
    const sale = standing.find(({ state }) => !(state in NEXT)) ?? standing[0] ?? rows[0] ?? null;
    const extra = standing.filter(({ id, state }) => id !== sale?.id && state in NEXT).map(({ id }) => id);
    if (extra.length > 0) await acts.press('sale.sale', 'cancel', extra, call);
    return sale;
  }

  async function create(draft: Asked, call: WriteCall): Promise<void> {
    const [{ party, defaults, lines }, terms] = await Promise.all([
      pricing.price(draft, call),
      draft.paymentTerms ? termsChange(draft, call) : null,
    ]);
    const values = {
      ...defaults,
      party,
      reference: call.key,
      description: draft.description,
      comment: terms?.mark ?? draft.memo,
      ...(terms === null ? {} : { payment_term: terms.wanted }),
      lines: [['create', lines.map((line) => ({ ...line, taxes: [['add', line.taxes]] }))]],
    };
    await acts.create('sale.sale', values, call);
  }

  /** The term that is wanted, and a note of the one that is left, kept on the sale for the undo. */
  async function termsChange({ customerId, paymentTerms }: Asked, call: Call) {
    if (!paymentTerms) return null;
    const [wanted, now] = await Promise.all([
      pricing.termOf(paymentTerms, call),
      currentTerm(Number(customerId), call),
    ]);
    return { wanted, mark: wanted === now ? null : priorTermsMark(now) };
  }

  async function currentTerm(party: number, call: Call): Promise<number | null> {
    const question = { domain: [['id', '=', party]], fields: ['customer_payment_term'], row: wire.PartyTermRow };
    const [row] = await records.search('party.party', question, call);
    return row?.customer_payment_term ?? null;
  }

  /** Presses on until Tryton has taken the order. @throws REFUSED, and then the sale is cancelled */
  async function complete(from: wire.ProgressRow, call: WriteCall): Promise<wire.ProgressRow> {
    let sale = from;
    for (let button = NEXT[sale.state]; button !== undefined; button = NEXT[sale.state]) {
      const before = sale.state;
      try {
        await acts.press('sale.sale', button, [sale.id], call);
      } catch (error) {
        if (errorCode(error) === 'REFUSED') await takeBack(sale, error as HubError, call); // REFUSED is a HubError
        throw error;
      }
      sale = await readBack(call);
      if (sale.state === before) {
        throw new HubError('CONFLICT', `ERP did not ${button} the order; somebody else works on it`, {
          system: SYSTEM,
        });
      }
    }
    if (sale.state === 'cancelled') throw refused(refusalOf(sale.comment) ?? 'the order of this key was cancelled');
    return sale;
  }

  async function readBack(call: WriteCall): Promise<wire.ProgressRow> {
    const sale = await saleOf(call);
    if (sale) return sale;
    throw new HubError('IN_DOUBT', 'ERP took the order but did not show it; the same key will find it', {
      system: SYSTEM,
    });
  }

  /** Keeps the reason with the sale: asked again, the answer is the same. */
  async function takeBack(sale: wire.ProgressRow, error: HubError, call: WriteCall): Promise<void> {
    const reason = refusalMark(error.message.replace(/^ERP refused: /, ''));
    const comment = sale.comment ? `${sale.comment}\n${reason}` : reason;
    await acts.write('sale.sale', sale.id, { comment }, call);
    await acts.press('sale.sale', 'cancel', [sale.id], call);
  }

  async function shown(id: number, call: Call): Promise<SalesOrder> {
    const question = { domain: [['id', '=', id]], fields: wire.SALE_FIELDS, row: wire.SaleRow };
    const [row] = await records.search('sale.sale', question, call);
    if (row) return toOrder(row);
    throw new HubError('IN_DOUBT', 'ERP took the order but did not show it; the same key will find it', {
      system: SYSTEM,
    });
  }

  async function open(draft: Asked, call: WriteCall): Promise<SalesOrder> {
    let sale = await saleOf(call);
    if (!sale) {
      await create(draft, call);
      sale = await readBack(call);
    }
    const taken = await complete(sale, call);
    const order = await shown(taken.id, call);
    if (draft.paymentTerms && order.status !== 'CANCELLED') {
      const wanted = await pricing.termOf(draft.paymentTerms, call);
      const now = await currentTerm(taken.party, call);
      if (now !== wanted) await acts.write('party.party', taken.party, { customer_payment_term: wanted }, call);
    }
    return order;
  }

  return {
    openSalesOrder: (draft: OrderDraft, call) =>
      turns.inTurn(`order ${call.key}`, call, () =>
        open({ ...draft, description: orderMark(draft.purchaseOrderNumber) }, call),
      ),
    openAmendmentOrder: (amendment: AmendmentOrder, call) =>
      turns.inTurn(`order ${call.key}`, call, () =>
        open(
          {
            ...amendment,
            lines: amendment.lines.map((line) => ({ ...line, unitPrice: amountText(line.unitPrice) })),
            description: amendmentMark(amendment),
            memo: null,
          },
          call,
        ),
      ),
  };
}

interface Asked extends Draft, Partial<Pick<AmendmentOrder, 'paymentTerms'>> {
  readonly description: string;
  readonly memo: string | null;
}
