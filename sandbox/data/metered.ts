import { MINOR_PER_EURO_CENT } from './legal-entities.ts';

/** What is sold by use: so much a month is included, what goes beyond is charged by the unit. */
export interface MeteredProduct {
  readonly sku: string;
  readonly name: string;
  /** Name under which use is counted. */
  readonly eventName: string;
  /** Units a month. */
  readonly included: number;
  /** Tenths of a euro cent for one unit beyond. */
  readonly tenths: number;
}

export const METERED: readonly MeteredProduct[] = [
  { sku: 'USE-API-CALLS', name: 'API calls', eventName: 'api_calls', included: 10_000, tenths: 2 },
  { sku: 'USE-SMS', name: 'Alerts by text message', eventName: 'sms_sent', included: 500, tenths: 70 },
];

/** What of the customer's first subscription is metered: calls for every fourth customer, messages too for every eighth. */
export const meteredOf = (index: number, subscription: number): readonly MeteredProduct[] =>
  subscription !== 0 || index % 4 !== 1 ? [] : METERED.slice(0, index % 8 === 1 ? 2 : 1);

/** Used since the period began, before anybody records more: 60 % of what is included, and up to 15 % more by customer. */
export const usedAtFirst = ({ included }: MeteredProduct, index: number): number =>
  Math.floor((included * (60 + (index % 16))) / 100);

/** Price of one unit beyond what is included, as decimal text in the currency's smallest unit. */
export const overagePrice = ({ tenths }: MeteredProduct, currency: string): string =>
  String(Math.round(tenths * (MINOR_PER_EURO_CENT[currency] ?? 1)) / 10);
