import type { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import { emptyPage, type ListOf, type Page } from '../../../../platform/page.ts';
import type { ErpCustomerId } from '../../model.ts';
import { SYSTEM } from './failures.ts';
import { type Domain, isRecordId, type Records } from './records.ts';
import { asDate } from './values.ts';

/** Most heads in one answer; enough for the first pages of a hundred customers, small enough to come at once. */
const HEADS = 2_000;

/** What puts the entries of a list in order. */
export interface Head {
  readonly id: number;
  readonly party: number;
  readonly on: string;
}

export interface Listed<Row extends z.ZodType, T> {
  readonly model: string;
  /** The field whose day puts the newest first. */
  readonly dayField: string;
  readonly head: Row;
  readonly toHead: (row: z.infer<Row>) => Head;
  readonly domain: (status: string | null) => Domain;
  /** The whole entries behind some ids, in any order. */
  readonly entries: (ids: readonly number[], call: Call) => Promise<readonly T[]>;
  readonly keyOf: (entry: T) => string;
}

/**
 * Pages of many customers, newest first, in two calls: first the heads of all lists together, then the entries that are on
 * the pages. Tryton cannot say "the first five of each", so heads are read on until each list has what it asks for.
 */
export async function pagesOf<Row extends z.ZodType, T>(
  records: Records,
  listed: Listed<Row, T>,
  lists: readonly ListOf<ErpCustomerId>[],
  call: Call,
): Promise<Page<T>[]> {
  const asked = lists.map((list, at) => ({ list, at })).filter(({ list }) => isRecordId(list.of));
  const starts = await startsOf(
    records,
    listed,
    asked.map(({ list }) => list.after),
    call,
  );
  const wanted: Wanted[] = asked.map(({ list, at }) => ({
    at,
    party: Number(list.of),
    most: list.first + 1, // one more tells whether there are more
    status: list.status ?? null,
    after: list.after === null ? null : (starts.get(list.after) ?? unknownCursor()),
    heads: [],
  }));
  const groups = Map.groupBy(wanted, ({ status }) => status ?? '');
  await Promise.all([...groups.values()].map((group) => readHeads(records, listed, group, call)));

  const onPages = wanted.flatMap(({ heads, most }) => heads.slice(0, most - 1).map((head) => head.id));
  const ids = [...new Set(onPages)];
  const entries = ids.length === 0 ? [] : await listed.entries(ids, call);
  const byId = new Map(entries.map((entry) => [listed.keyOf(entry), entry]));
  const pages: Page<T>[] = lists.map(() => emptyPage);
  for (const { at, heads, most } of wanted) {
    const page = heads.slice(0, most - 1);
    pages[at] = {
      // An entry that changed between the two calls (it was cancelled, say) may be gone from the list.
      entries: page.flatMap(({ id }) => byId.get(String(id)) ?? []),
      hasMore: heads.length >= most,
      endCursor: page.length === 0 ? null : String(page.at(-1)?.id),
    };
  }
  return pages;
}

interface Wanted {
  readonly at: number;
  readonly party: number;
  readonly most: number;
  readonly status: string | null;
  readonly after: Head | null;
  heads: Head[];
}

/** Where each cursor stands. @throws INVALID for a cursor that is none */
async function startsOf<Row extends z.ZodType, T>(
  records: Records,
  { model, head, toHead, dayField }: Listed<Row, T>,
  cursors: readonly (string | null)[],
  call: Call,
): Promise<Map<string, Head>> {
  const known = [...new Set(cursors.filter((cursor) => cursor !== null))];
  if (known.some((cursor) => !isRecordId(cursor))) unknownCursor();
  if (known.length === 0) return new Map();
  const question = { domain: [['id', 'in', known.map(Number)]], fields: ['party', dayField], row: head };
  const heads = (await records.search(model, question, call)).map(toHead);
  return new Map(heads.map((start) => [String(start.id), start]));
}

async function readHeads<Row extends z.ZodType, T>(
  records: Records,
  { model, dayField, head, toHead, domain }: Listed<Row, T>,
  group: readonly Wanted[],
  call: Call,
): Promise<void> {
  let last: Head | null = null;
  let open = group;
  while (open.length > 0) {
    const scopes = scopesOf(open, dayField);
    const older: Domain[] = last === null ? [] : [olderThan(last, dayField)];
    const rows = await records.search(
      model,
      {
        domain: [domain(group[0]?.status ?? null), ['OR', ...scopes], ...older],
        fields: ['party', dayField],
        row: head,
        order: [
          [dayField, 'DESC'],
          ['id', 'DESC'],
        ],
        limit: HEADS,
      },
      call,
    );
    const heads = rows.map(toHead);
    for (const wanted of open) {
      const own = heads.filter(({ party }) => party === wanted.party);
      wanted.heads.push(...own.filter((entry) => wanted.after === null || isOlder(entry, wanted.after)));
    }
    last = heads.at(-1) ?? null;
    if (heads.length < HEADS) return;
    open = open.filter(({ heads: found, most }) => found.length < most);
  }
}

/** First pages are one condition for all customers; a later page has its own. */
function scopesOf(group: readonly Wanted[], dayField: string): Domain[] {
  const first = group.filter(({ after }) => after === null).map(({ party }) => party);
  const later = group.flatMap(({ party, after }) =>
    after === null ? [] : [[['party', '=', party], olderThan(after, dayField)]],
  );
  return first.length === 0 ? later : [['party', 'in', [...new Set(first)]], ...later];
}

const olderThan = ({ on, id }: Head, dayField: string): Domain => [
  'OR',
  [dayField, '<', asDate(on)],
  [
    [dayField, '=', asDate(on)],
    ['id', '<', id],
  ],
];

const isOlder = (a: Head, b: Head): boolean => (a.on === b.on ? a.id < b.id : a.on < b.on);

export function unknownCursor(): never {
  throw new HubError('INVALID', 'the cursor is none that this list gave out; pass endCursor of the page before', {
    system: SYSTEM,
    field: 'after',
  });
}
