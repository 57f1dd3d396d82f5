import { id } from '../../../../platform/ids.ts';
import type { InvoiceLines } from '../../model.ts';
import type { ErpPort } from '../../port.ts';
import { rounds, unknownCursor } from './read.ts';
import { isInternalId } from './sql.ts';
import type { Select, SuiteQl } from './suiteql.ts';
import { toInvoiceLines, toPage } from './translate.ts';
import { InvoiceLineRow } from './wire.ts';

/** Where a page of one invoice's lines begins. */
interface Start {
  readonly invoice: string;
  /** Place of the last line of the page before. */
  readonly after: string | null;
}

/**
 * Pages of the lines of many invoices from one statement: an invoice has up to 10,000 lines, of which no more are read than
 * are on the pages. Whoever asks for two pages of one invoice gets the second from a further part of the statement.
 */
export function createInvoiceLineReads(suiteql: SuiteQl): Pick<ErpPort, 'invoiceLinesOf'> {
  return {
    async invoiceLinesOf(lists, call) {
      const pages: (InvoiceLines | null)[] = lists.map(() => null);
      const asked = lists.map((list, at) => ({ list, at })).filter(({ list }) => isInternalId(list.of));
      if (asked.some(({ list }) => list.after !== null && !isInternalId(list.after))) throw unknownCursor();
      await Promise.all(
        rounds(asked, ({ list }) => list.of).map(async (round) => {
          const starts = round.map(({ list }) => ({ invoice: list.of, after: list.after }));
          const most = Math.max(...round.map(({ list }) => list.first));
          const rows = await suiteql.rows(invoiceLinesOf(starts, most), InvoiceLineRow, call);
          const ofInvoice = Map.groupBy(rows, (row) => row.id);
          for (const { list, at } of round) {
            const [head, ...more] = ofInvoice.get(list.of) ?? [];
            if (head === undefined) continue;
            const page = toPage(toInvoiceLines([head, ...more]), list.first, ({ position }) => String(position));
            pages[at] = { ...page, customerId: id(head.entity) };
          }
        }),
      );
      return pages;
    },
  };
}

/** What charges something: not what a sale moves in stock and cost of goods, nor what only adds up other lines. */
const CHARGES = `tl.mainline = 'F' AND tl.taxline = 'F' AND NVL(tl.iscogs, 'F') = 'F'
      AND i.itemtype NOT IN ('Subtotal', 'Group', 'EndGroup', 'Description')`;

/** The next lines of each invoice, numbered within it; one more than asked tells whether there are more. */
function invoiceLinesOf(starts: readonly Start[], most: number): Select {
  const begun = starts.filter(({ after }) => after === null).map(({ invoice }) => invoice);
  const conditions = [
    ...(begun.length === 0 ? [] : [`tl.transaction IN (${begun.join(', ')})`]),
    ...starts.flatMap(({ invoice, after }) =>
      after === null ? [] : [`tl.transaction = ${invoice} AND tl.linesequencenumber > ${after}`],
    ),
  ];
  return {
    columns: {
      id: 't.id',
      line: 'NVL(l.place, 0)',
      currency: 'cur.symbol',
      entity: 't.entity',
      position: 'l.position',
      sku: 'l.sku',
      memo: 'l.memo',
      quantity: 'l.quantity',
      rate: 'l.rate',
      amount: 'l.amount',
    },
    from: `transaction t LEFT JOIN currency cur ON cur.id = t.currency
    LEFT JOIN (SELECT n.* FROM (SELECT tl.transaction AS invoice, tl.linesequencenumber AS position, i.itemid AS sku,
        tl.memo AS memo, tl.quantity AS quantity, tl.rate AS rate, tl.foreignamount AS amount,
        ROW_NUMBER() OVER (PARTITION BY tl.transaction ORDER BY tl.linesequencenumber) AS place
      FROM transactionline tl JOIN item i ON i.id = tl.item
      WHERE ${CHARGES} AND ((${conditions.join(') OR (')}))) n WHERE n.place <= ${most + 1}) l ON l.invoice = t.id
    WHERE t.type = 'CustInvc' AND t.id IN (${[...new Set(starts.map(({ invoice }) => invoice))].join(', ')})`,
  };
}
