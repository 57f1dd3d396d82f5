import { amountText, money } from '../../platform/money.ts';
import { netsuite } from '../../sandbox/data/keys.ts';
import type { InvoicedAccount } from '../../sandbox/data/large-account.ts';

const PAGE = `fragment Page on InvoiceLineConnection {
  nodes { position sku quantity product { name } unitPrice { amount currency } netAmount { amount currency } }
  pageInfo { hasNextPage endCursor }
}`;
const INVOICES = `query ($id: ID!, $first: Int!, $after: String) { customer(id: $id) {
  invoices(first: $first, after: $after) { nodes { id number lines(first: 25) { ...Page } } pageInfo { hasNextPage endCursor } } } }
${PAGE}`;
const LINES = `query ($id: ID!, $after: String) { invoice(id: $id) { lines(first: 100, after: $after) { ...Page } } } ${PAGE}`;

/** Invoices on a page, of 25 lines each: a hundred lines. */
const INVOICES_OF_A_PAGE = 4;

/** Everything that is invoiced to a customer, asked for in one page: more than one operation may cost. */
export const EVERYTHING_IN_ONE_PAGE: readonly string[] = [
  `query ($customer: ID!) { customer(id: $customer) { invoices(first: 100) { nodes { id lines(first: 100) { ...Page } } } } } ${PAGE}`,
  `query ($invoice: ID!) { invoice(id: $invoice) { lines(first: 10000) { ...Page } } } ${PAGE}`,
];

/** One line of one invoice. */
export interface WalkedLine {
  /** Invoice and place on it. Example: `80000000/1`. */
  readonly name: string;
  /** Decimal text, before tax. */
  readonly net: string;
}

/** Answers the data of one page. @throws what ends the walk */
export type AskPage = (query: string, variables: object) => Promise<unknown>;

interface Lines {
  readonly nodes: readonly { readonly position: number; readonly netAmount: { readonly amount: string } }[];
  readonly pageInfo: PageInfo;
}

interface PageInfo {
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

/**
 * Reads every invoice line of a customer as an app does that shows an account: pages of a hundred lines, newest invoice first, and
 * of an invoice with more lines its further pages before the next invoice. Answers them in the order in which they came.
 * @param firstPage invoices on the first page, so that walkers who begin together ask for other pages
 */
export async function walkAccount(customerId: string, ask: AskPage, firstPage = INVOICES_OF_A_PAGE) {
  const walked: WalkedLine[] = [];
  const take = (invoice: string, { nodes }: Lines): void => {
    for (const { position, netAmount } of nodes) walked.push({ name: `${invoice}/${position}`, net: netAmount.amount });
  };
  let first = firstPage;
  let page: PageInfo = { hasNextPage: true, endCursor: null };
  while (page.hasNextPage) {
    const { customer } = (await ask(INVOICES, { id: customerId, first, after: page.endCursor })) as {
      customer: { invoices: { nodes: readonly { id: string; lines: Lines }[]; pageInfo: PageInfo } };
    }; // as asked above
    for (const { id, lines } of customer.invoices.nodes) {
      take(id, lines);
      let rest = lines.pageInfo;
      while (rest.hasNextPage) {
        const { invoice } = (await ask(LINES, { id, after: rest.endCursor })) as { invoice: { lines: Lines } }; // as asked above
        take(id, invoice.lines);
        rest = invoice.lines.pageInfo;
      }
    }
    page = customer.invoices.pageInfo;
    first = INVOICES_OF_A_PAGE;
  }
  return walked;
}

/** Of a walk the lines of the account's invoices, without what else the customer was invoiced. */
export function ofAccount(walk: readonly WalkedLine[], { invoices }: InvoicedAccount): WalkedLine[] {
  const ids = new Set(invoices.map((_invoice, nth) => String(netsuite.largeInvoice(nth))));
  return walk.filter(({ name }) => ids.has(name.slice(0, name.indexOf('/'))));
}

/** What a walk through it has to tell: newest invoice first, of one day the one with the higher id. */
export const linesInOrder = ({ customer, invoices }: InvoicedAccount): WalkedLine[] =>
  invoices
    .map((invoice, nth) => ({ ...invoice, id: netsuite.largeInvoice(nth) }))
    .sort((a, b) => (a.issuedOn === b.issuedOn ? b.id - a.id : a.issuedOn < b.issuedOn ? 1 : -1))
    .flatMap(({ id, lines }) =>
      lines.map(({ quantity, unitPrice }, at) => ({
        name: `${id}/${at + 1}`,
        net: amountText(money(quantity * unitPrice, customer.currency)),
      })),
    );
