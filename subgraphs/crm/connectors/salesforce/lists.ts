import { HubError } from '../../../../platform/errors.ts';
import { isDay } from '../../../../platform/subgraph/scalars.ts';
import { contactCursor, opportunityCursor, placeOf, quoteCursor } from '../../cursor.ts';
import type { Contact, Opportunity, Quote } from '../../model.ts';
import { read, SYSTEM } from './failures.ts';
import { type IdObject, isIdOf, listed, quoted } from './soql.ts';
import { contactOf, opportunityOf, quoteOf, quoteStatusWords, stageWords } from './translate.ts';
import { ContactRow, OpportunityRow, QuoteRow } from './wire.ts';

/** A list that belongs to an account: how it is found, sorted and paged. */
export interface List<Entry> {
  readonly object: Extract<IdObject, 'Contact' | 'Opportunity' | 'Quote'>;
  /** The child relationship of Account. */
  readonly relationship: string;
  /** The id last, so that no two places are the same. */
  readonly orderBy: string;
  readonly sortField: string;
  readonly descending: boolean;
  /** Writes the sort value of a cursor; undefined for one that cannot be of this list. */
  readonly literal: (sortedBy: string) => string | undefined;
  readonly statusFilter: (status: string | null) => readonly string[];
  readonly entryOf: (row: unknown) => Entry;
  readonly cursorOf: (entry: Entry) => string;
}

export const CONTACTS: List<Contact> = {
  object: 'Contact',
  relationship: 'Contacts',
  orderBy: 'Name ASC, Id ASC',
  sortField: 'Name',
  descending: false,
  literal: quoted,
  statusFilter: () => [],
  entryOf: (row) => contactOf(read(ContactRow, row, 'Contact')),
  cursorOf: contactCursor,
};

export const OPPORTUNITIES: List<Opportunity> = {
  object: 'Opportunity',
  relationship: 'Opportunities',
  orderBy: 'CloseDate DESC, Id DESC',
  sortField: 'CloseDate',
  descending: true,
  literal: (day) => (isDay(day) ? day : undefined), // a date literal stands without quotes: nothing else may get there
  statusFilter: (status) => oneOf('StageName', status, stageWords),
  entryOf: (row) => opportunityOf(read(OpportunityRow, row, 'Opportunity')),
  cursorOf: opportunityCursor,
};

export const QUOTES: List<Quote> = {
  object: 'Quote',
  relationship: 'Quotes',
  orderBy: 'QuoteNumber DESC, Id DESC', // the number counts up: the highest is the newest
  sortField: 'QuoteNumber',
  descending: true,
  literal: quoted,
  statusFilter: (status) => oneOf('Status', status, quoteStatusWords),
  entryOf: (row) => quoteOf(read(QuoteRow, row, 'Quote')),
  cursorOf: quoteCursor,
};

function oneOf(field: string, status: string | null, words: (status: string) => string[]): string[] {
  if (status === null) return [];
  const vendorWords = words(status);
  if (vendorWords.length === 0) {
    throw new HubError('INVALID', `${status} is no status of this list`, { system: SYSTEM, field: 'status' });
  }
  return [`${field} IN ${listed(vendorWords)}`];
}

/** The condition that a row comes after the cursor's place. @throws INVALID */
export function placeIn<Entry>(list: List<Entry>, cursor: string): string {
  const place = placeOf(cursor);
  const literal = place && list.literal(place.sortedBy);
  if (!place || literal === undefined || !isIdOf(list.object, place.id)) {
    throw new HubError('INVALID', 'after must be an endCursor of the same list', { system: SYSTEM, field: 'after' });
  }
  const beyond = list.descending ? '<' : '>';
  const { sortField } = list;
  return `(${sortField} ${beyond} ${literal} OR (${sortField} = ${literal} AND Id ${beyond} ${quoted(place.id)}))`;
}
