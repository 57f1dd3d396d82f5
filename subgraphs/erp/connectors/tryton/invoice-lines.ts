import type { Call } from '../../../../platform/call.ts';
import { id } from '../../../../platform/ids.ts';
import type { ListOf } from '../../../../platform/page.ts';
import type { InvoiceId, InvoiceLines } from '../../model.ts';
import type { ErpPort } from '../../port.ts';
import { unknownCursor } from './lists.ts';
import { ISSUED } from './read.ts';
import { type Domain, isRecordId, type Records } from './records.ts';
import { toInvoiceLine } from './translate.ts';
import * as wire from './wire.ts';

/** Most lines in one answer to a question about several invoices; enough for a page of usual ones. */
const LINES = 1_000;
/** Titles, comments and subtotals are lines too, and charge nothing. */
const CHARGES: Domain = ['type', '=', 'line'];
/** As an invoice is printed; a line that was never moved has no sequence. */
const AS_PRINTED = [
  ['sequence', 'ASC'],
  ['id', 'ASC'],
] as const;

interface Asked {
  readonly at: number;
  readonly list: ListOf<InvoiceId>;
  readonly invoice: number;
  /** Lines that were on the pages before. What was posted keeps its lines, so that counting them holds. */
  readonly passed: number;
}

/** Pages of the lines of many invoices. What is read of a large one is its page alone. */
export function createInvoiceLineReads(records: Records): Pick<ErpPort, 'invoiceLinesOf'> {
  const linesOf = ({ invoice, passed, list }: Asked, call: Call) =>
    records.search(
      'account.invoice.line',
      {
        domain: [['invoice', '=', invoice], CHARGES],
        ...{ fields: wire.INVOICE_LINE_FIELDS, row: wire.InvoiceLineRow },
        ...{ order: AS_PRINTED, offset: passed, limit: list.first + 1 },
      },
      call,
    );

  /** Lines of several invoices from their beginning, in one answer; without those that it has no room for. */
  async function beginnings(asked: readonly Asked[], call: Call): Promise<Map<number, wire.InvoiceLineRow[]>> {
    const invoices = [...new Set(asked.map(({ invoice }) => invoice))];
    const rows = await records.search(
      'account.invoice.line',
      {
        domain: [['invoice', 'in', invoices], CHARGES],
        ...{ fields: wire.INVOICE_LINE_FIELDS, row: wire.InvoiceLineRow },
        ...{ order: [['invoice.id', 'ASC'], ...AS_PRINTED], limit: LINES },
      },
      call,
    );
    const whole = rows.length < LINES ? Number.POSITIVE_INFINITY : (rows.at(-1)?.invoice ?? 0);
    const ofInvoice = Map.groupBy(rows, ({ invoice }) => invoice);
    return new Map(
      invoices.filter((invoice) => invoice < whole).map((invoice) => [invoice, ofInvoice.get(invoice) ?? []]),
    );
  }

  async function rowsOf(asked: readonly Asked[], call: Call): Promise<Map<Asked, readonly wire.InvoiceLineRow[]>> {
    const first = asked.filter(({ passed }) => passed === 0);
    const begun = first.length > 1 ? await beginnings(first, call) : new Map<number, wire.InvoiceLineRow[]>();
    const read = asked.map(async (one) => {
      const rows = one.passed === 0 ? begun.get(one.invoice) : undefined;
      return [one, rows ?? (await linesOf(one, call))] as const;
    });
    return new Map(await Promise.all(read));
  }

  return {
    async invoiceLinesOf(lists, call) {
      const asked = lists.flatMap((list, at): Asked[] => {
        if (!isRecordId(list.of)) return [];
        if (list.after !== null && !isRecordId(list.after)) unknownCursor();
        return [{ at, list, invoice: Number(list.of), passed: Number(list.after ?? 0) }];
      });
      const pages: (InvoiceLines | null)[] = lists.map(() => null);
      if (asked.length === 0) return pages;
      const domain = [ISSUED, ['id', 'in', [...new Set(asked.map(({ invoice }) => invoice))]]];
      const [owners, rows] = await Promise.all([
        records.search('account.invoice', { domain, fields: wire.OWNER_FIELDS, row: wire.OwnerRow }, call),
        rowsOf(asked, call),
      ]);
      const ownerOf = new Map(owners.map((owner) => [owner.id, owner]));
      for (const [{ at, list, invoice, passed }, found] of rows) {
        const owner = ownerOf.get(invoice);
        if (owner === undefined) continue;
        const entries = found
          .slice(0, list.first)
          .map((row, nr) => toInvoiceLine(row, passed + nr + 1, owner['currency.'].code));
        pages[at] = {
          entries,
          hasMore: found.length > list.first,
          endCursor: entries.length === 0 ? null : String(passed + entries.length),
          customerId: id(owner.party),
        };
      }
      return pages;
    },
  };
}
