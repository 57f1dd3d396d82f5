import { amountText, type MoneyText } from '../../../platform/money.ts';
import type { CustomerFacts, KeptDocument } from '../facts.ts';
import type { Found } from '../found.ts';
import { moneyIn } from './at-stake.ts';

/** Days within which the books have to be right; what is younger is on its way. */
export interface Grace {
  /** From an order to its invoice. */
  readonly invoiceDays: number;
  /** From a payment to its entry. */
  readonly paymentDays: number;
}

/** Orders, invoices and payments of a customer against one another, `today` as `YYYY-MM-DD`. */
export function booksThatDiffer(facts: CustomerFacts, { today, grace }: { today: string; grace: Grace }): Found[] {
  const documents = facts.books.flatMap(({ customerId, documents: own }) => own.map((one) => ({ ...one, customerId })));
  const credited = new Set(documents.filter(({ kind }) => kind === 'CREDIT_NOTE').map(({ from }) => from));
  const posted = documents.filter(({ kind, state }) => kind === 'INVOICE' && state === 'POSTED');
  const invoices = posted.filter(({ id }) => !credited.has(id));
  const tell = (kind: Found['kind'], document: Booked, more: Partial<Found> = {}): Found => ({
    kind,
    customerId: facts.customerId,
    customerName: facts.registered?.name ?? facts.customerId,
    system: 'ERP',
    owner: 'ERP',
    field: 'Invoice.total',
    subject: document.id,
    ownerValue: text(document.amount),
    observedValue: null,
    atStake: document.amount,
    about: { erpCustomerId: document.customerId, id: document.id, number: document.number },
    ...more,
  });
  return [
    ...documents
      .filter(({ kind, state, on, id }) => {
        const due = state === 'INVOICED' || (state === 'DELIVERED' && on <= daysBefore(today, grace.invoiceDays));
        return kind === 'ORDER' && due && !posted.some(({ from }) => from === id);
      })
      .map((order) => tell('ORDER_NOT_INVOICED', order, { about: { ...aboutOf(order), delivered: order.state } })),
    ...invoices
      .filter(({ from, reference }) => from === null && reference === null)
      .map((invoice) =>
        tell('INVOICE_WITHOUT_ORDER', invoice, { ownerValue: null, observedValue: text(invoice.amount) }),
      ),
    ...tooMany(invoices, documents).map((invoice) =>
      tell('INVOICE_POSTED_TWICE', invoice, { observedValue: invoice.number }),
    ),
    ...payments(facts, documents, daysBefore(today, grace.paymentDays)),
  ];
}

type Booked = KeptDocument & { readonly customerId: string };

const aboutOf = ({ customerId, id, number }: Booked) => ({ erpCustomerId: customerId, id, number });

/** Invoices of an order beyond the first of the same amount, where together they come to more than was ordered. */
function tooMany(invoices: readonly Booked[], documents: readonly Booked[]): Booked[] {
  const ofOrder = Map.groupBy(
    invoices.filter(({ from }) => from !== null),
    ({ from }) => from,
  );
  return [...ofOrder].flatMap(([from, own]) => {
    const order = documents.find(({ kind, id }) => kind === 'ORDER' && id === from);
    const total = own.reduce((all, { amount }) => all + moneyIn(amount).minor, 0n);
    if (order === undefined || own.length < 2 || total <= moneyIn(order.amount).minor) return [];
    const same = Map.groupBy(own, ({ amount }) => amount.amount);
    return [...same.values()].flatMap((equal) => equal.toSorted((a, b) => Number(a.id) - Number(b.id)).slice(1));
  });
}

/** What billing took against what the ERP has booked; who is not in the ERP is another finding. */
function payments(facts: CustomerFacts, documents: readonly Booked[], until: string): Found[] {
  const entries = new Map(
    documents.filter(({ kind, state }) => kind === 'PAYMENT' && state !== 'VOID').map((one) => [one.reference, one]),
  );
  const home = documents[0]?.customerId;
  if (home === undefined) return [];
  return facts.payments.flatMap((payment): Found[] => {
    const day = payment.attemptedAt.slice(0, 10);
    if (payment.status !== 'SUCCEEDED' || day > until) return [];
    const entry = entries.get(payment.id);
    const about = { erpCustomerId: home, paymentId: payment.id, amount: payment.amount, paidOn: day };
    const found = {
      customerId: facts.customerId,
      customerName: facts.registered?.name ?? facts.customerId,
      system: 'ERP' as const,
      owner: 'BILLING' as const,
      field: 'Payment.amount',
      subject: payment.id,
      ownerValue: text(payment.amount),
      about,
    };
    if (entry === undefined) {
      return [{ ...found, kind: 'PAYMENT_NOT_POSTED', observedValue: null, atStake: payment.amount }];
    }
    if (text(entry.amount) === text(payment.amount)) return [];
    return [{ ...found, kind: 'PAYMENT_DIFFERS', observedValue: text(entry.amount), atStake: payment.amount }];
  });
}

const text = (value: MoneyText): string => `${amountText(moneyIn(value))} ${value.currency}`;

const DAY_MS = 86_400_000;
export const daysBefore = (day: string, days: number): string =>
  new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);
