import { amountText, money } from '../../platform/money.ts';
import type { CustomerFacts } from './facts.ts';
import { moneyIn } from './judges/at-stake.ts';

/** Sums over everything that was compared, beside the findings: what finance signs at the end of a month. */
export interface Totals {
  /** Customers that were compared, and those left for the next run because something was under way for them. */
  readonly customers: number;
  readonly postponed: number;
  /** Records of each system, and how many of them the register links. */
  readonly systems: Readonly<Record<string, { readonly records: number; readonly linked: number }>>;
  /** What billing took and what the ERP has booked of it, by month and currency. */
  readonly payments: readonly {
    readonly month: string;
    readonly currency: string;
    readonly billing: string;
    readonly erp: string;
    readonly difference: string;
  }[];
}

/** Adds up customer by customer. */
export function createTotals(since: string) {
  const systems = new Map<string, { records: number; linked: number }>();
  const months = new Map<string, { billing: bigint; erp: bigint }>();
  let customers = 0;
  let postponed = 0;
  const month = (on: string, currency: string) => {
    const key = `${on.slice(0, 7)}|${currency}`;
    const sums = months.get(key) ?? { billing: 0n, erp: 0n };
    months.set(key, sums);
    return sums;
  };
  return {
    postpone: () => {
      postponed += 1;
    },
    add({ registered, erp, crm, billing, support, books, payments }: CustomerFacts): void {
      customers += 1;
      for (const [system, records] of Object.entries({ ERP: erp, CRM: crm, BILLING: billing, SUPPORT: support })) {
        const sums = systems.get(system) ?? { records: 0, linked: 0 };
        systems.set(system, sums);
        sums.records += records.filter(({ state }) => state === 'STANDS').length;
        sums.linked += registered?.links.filter((link) => link.system === system).length ?? 0;
      }
      for (const { status, attemptedAt, amount } of payments) {
        if (status === 'SUCCEEDED') month(attemptedAt, amount.currency).billing += moneyIn(amount).minor;
      }
      for (const { kind, state, on, amount, reference } of books.flatMap(({ documents }) => documents)) {
        if (kind !== 'PAYMENT' || state === 'VOID' || reference === null || on < since) continue;
        month(on, amount.currency).erp += moneyIn(amount).minor;
      }
    },
    all: (): Totals => ({
      customers,
      postponed,
      systems: Object.fromEntries(systems),
      payments: [...months]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, { billing, erp }]) => {
          const [name = '', currency = ''] = key.split('|');
          const text = (minor: bigint) => amountText(money(minor, currency));
          return { month: name, currency, billing: text(billing), erp: text(erp), difference: text(billing - erp) };
        }),
    }),
  };
}
