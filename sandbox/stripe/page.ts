import { StripeFault } from './errors.ts';
import { type List, listOf } from './objects/wire.ts';

export interface Paging {
  readonly limit: number;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
}

/** A page of records that are sorted newest first: https://docs.stripe.com/api/pagination. @throws StripeFault for an unknown cursor */
export function pageOf<Of extends { readonly id: string }, Wire>(
  url: string,
  kind: string,
  records: readonly Of[],
  paging: Paging,
  toWire: (record: Of) => Wire,
): List<Wire> {
  const place = (id: string, param: string): number => {
    const at = records.findIndex((record) => record.id === id);
    if (at >= 0) return at;
    throw new StripeFault(400, `No such ${kind}: '${id}'`, { code: 'resource_missing', param, beforeExecution: true });
  };
  if (paging.ending_before !== undefined) {
    const end = place(paging.ending_before, 'ending_before');
    const start = Math.max(0, end - paging.limit);
    return listOf(url, records.slice(start, end).map(toWire), start > 0);
  }
  const start = paging.starting_after === undefined ? 0 : place(paging.starting_after, 'starting_after') + 1;
  const end = start + paging.limit;
  return listOf(url, records.slice(start, end).map(toWire), end < records.length);
}

/** Newest first; of the same second, the one made later. */
export const newestFirst = <T extends { readonly created: number }>(records: readonly T[]): T[] =>
  records.toReversed().sort((a, b) => b.created - a.created);
