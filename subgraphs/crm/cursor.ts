import { HubError } from '../../platform/errors.ts';
import { pageSize } from '../../platform/page.ts';
import { isDay } from '../../platform/subgraph/scalars.ts';
import type { Contact, Opportunity, Quote } from './model.ts';

/**
 * Where a page ended, in words of the domain: what the list is sorted by, and the id. The next page begins behind that
 * place even when the entry itself was changed or deleted since.
 */
export interface Place {
  readonly sortedBy: string;
  readonly id: string;
}

const cursorOf = (sortedBy: string, id: string): string =>
  Buffer.from(JSON.stringify([sortedBy, id])).toString('base64url');

export const contactCursor = ({ name, id }: Contact): string => cursorOf(name, id);
export const opportunityCursor = ({ closesOn, id }: Opportunity): string => cursorOf(closesOn, id);
export const quoteCursor = ({ number, id }: Quote): string => cursorOf(number, id);

/** Reads a cursor; undefined for text that is none. */
export function placeOf(cursor: string): Place | undefined {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(read) || read.length !== 2) return undefined;
    const [sortedBy, id]: unknown[] = read;
    return typeof sortedBy === 'string' && typeof id === 'string' ? { sortedBy, id } : undefined;
  } catch {
    return undefined;
  }
}

/** The arguments of a list, checked before anything is asked. @throws INVALID */
export function checkedPage(
  args: { first: number; after?: string | null },
  sortedBy: 'text' | 'day',
): { first: number; after: string | null } {
  const { after = null } = args;
  const first = pageSize(args.first);
  if (after === null) return { first, after };
  const place = placeOf(after);
  if (!place || (sortedBy === 'day' && !isDay(place.sortedBy))) {
    throw new HubError('INVALID', 'after must be an endCursor of the same list', { field: 'after' });
  }
  return { first, after };
}
