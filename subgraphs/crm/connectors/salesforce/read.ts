import { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import { type Clock, instant } from '../../../../platform/clock.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { DirectoryEntry, ListOf, Page } from '../../../../platform/page.ts';
import type { CrmAccountId, QuoteLine } from '../../model.ts';
import type { CrmPort, OfferedLines } from '../../port.ts';
import { read, SYSTEM } from './failures.ts';
import { selectList } from './fields.ts';
import { CONTACTS, type List, OPPORTUNITIES, placeIn, QUOTES } from './lists.ts';
import type { ReadBatch } from './read-batch.ts';
import { type IdObject, isIdOf, listed, quoted, recordKey } from './soql.ts';
import {
  accountOf,
  contactOf,
  directoryEntryOf,
  opportunityOf,
  PARTNER_OF_RECORD,
  quoteLineOf,
  quoteOf,
} from './translate.ts';
import {
  AccountPartnerRow,
  AccountRow,
  ContactRow,
  DirectoryRow,
  OpportunityLineRow,
  OpportunityRow,
  QueryAnswer,
  QuoteLineRow,
  QuoteRow,
} from './wire.ts';

/** Rows of one answer; child rows count. More would come in pages, one call each. */
const MAX_ROWS = 2_000;

type Reads = Pick<
  CrmPort,
  | 'accounts'
  | 'contacts'
  | 'opportunities'
  | 'quotes'
  | 'quoteLines'
  | 'opportunityLines'
  | 'contactsOf'
  | 'opportunitiesOf'
  | 'quotesOf'
  | 'directory'
>;

/** The reading half of the port. All reads of one turn leave as one HTTP call (read-batch.ts). */
export function createReads(batch: ReadBatch, clock: Clock): Reads {
  /** One entry per id, `null` for what there is not; what is no id of this object is never asked for. */
  async function byId<Schema extends z.ZodType<{ Id: string }>, Entry>(
    object: IdObject,
    ids: readonly string[],
    schema: Schema,
    translate: (row: z.infer<Schema>) => Entry,
    call: Call,
  ): Promise<(Entry | null)[]> {
    const asked = [...new Set(ids.filter((id) => isIdOf(object, id)))];
    if (asked.length === 0) return ids.map(() => null);
    const rows = await batch.query(`SELECT ${selectList(object)} FROM ${object} WHERE Id IN ${listed(asked)}`, call);
    const found = new Map<string, Entry>();
    for (const each of rows) {
      const row = read(schema, each, object);
      found.set(recordKey(row.Id), translate(row));
    }
    return ids.map((id) => found.get(recordKey(id)) ?? null);
  }

  /** First pages of many accounts as nested queries of one; further pages one query each, all in the same call. */
  async function pagesOf<Entry>(
    list: List<Entry>,
    lists: readonly ListOf<CrmAccountId>[],
    call: Call,
  ): Promise<Page<Entry>[]> {
    const pages = new Map<number, Page<Entry>>();
    const firstPages = new Map<string, number[]>();
    const work: Promise<void>[] = [];

    lists.forEach(({ of, first, after, status = null }, at) => {
      if (!isIdOf('Account', of)) pages.set(at, cut(list, [], first));
      else if (after === null) {
        const group = `${first}|${status ?? ''}`;
        firstPages.set(group, [...(firstPages.get(group) ?? []), at]);
      } else {
        const where = [`AccountId = ${quoted(of)}`, placeIn(list, after), ...list.statusFilter(status)].join(' AND ');
        const soql = `SELECT ${selectList(list.object)} FROM ${list.object} WHERE ${where} ORDER BY ${list.orderBy} LIMIT ${first + 1}`;
        work.push(batch.query(soql, call).then((rows) => void pages.set(at, cut(list, rows, first))));
      }
    });
    for (const positions of firstPages.values()) {
      const { first, status = null } = lists[positions[0] ?? 0] ?? { first: 1 };
      const accountsAtOnce = Math.floor(MAX_ROWS / (first + 2));
      for (let start = 0; start < positions.length; start += accountsAtOnce) {
        const some = positions.slice(start, start + accountsAtOnce);
        work.push(firstPagesOf(list, some, lists, { first, status }, call, pages));
      }
    }
    const settled = await Promise.allSettled(work); // so that none is left behind without anyone waiting for it
    for (const each of settled) if (each.status === 'rejected') throw each.reason;
    return lists.map(({ first }, at) => pages.get(at) ?? cut(list, [], first));
  }

  async function firstPagesOf<Entry>(
    list: List<Entry>,
    positions: readonly number[],
    lists: readonly ListOf<CrmAccountId>[],
    { first, status }: { first: number; status: string | null },
    call: Call,
    pages: Map<number, Page<Entry>>,
  ): Promise<void> {
    const filter = list.statusFilter(status);
    const where = filter.length > 0 ? ` WHERE ${filter.join(' AND ')}` : '';
    const nested = `SELECT ${selectList(list.object)} FROM ${list.relationship}${where} ORDER BY ${list.orderBy} LIMIT ${first + 1}`;
    const ids = [...new Set(positions.map((at) => lists[at]?.of ?? ''))];
    const rows = await batch.query(`SELECT Id, (${nested}) FROM Account WHERE Id IN ${listed(ids)}`, call);
    const children = new Map<string, readonly unknown[]>();
    for (const row of rows) {
      const parent = read(ParentRow, row, 'Account');
      const answer = parent[list.relationship] ?? null;
      const rowsOfParent =
        answer === null ? [] : await batch.rest(read(QueryAnswer, answer, `Account.${list.relationship}`), call);
      children.set(recordKey(parent.Id), rowsOfParent);
    }
    for (const at of positions) pages.set(at, cut(list, children.get(recordKey(lists[at]?.of ?? '')) ?? [], first));
  }

  /** The lines of quotes or of opportunities; `null` where there is no such record. Two queries, one call (read-batch.ts). */
  async function linesOf(
    ids: readonly string[],
    of: {
      readonly object: 'Quote' | 'Opportunity';
      readonly lines: 'QuoteLineItem' | 'OpportunityLineItem';
      readonly orderBy: string;
      parents(asked: readonly string[]): Promise<({ id: string; accountId: CrmAccountId | null } | null)[]>;
      /** With the id of its parent. */
      lineIn(row: unknown): [string, QuoteLine];
    },
    call: Call,
  ): Promise<(OfferedLines | null)[]> {
    const asked = [...new Set(ids.filter((id) => isIdOf(of.object, id)))];
    if (asked.length === 0) return ids.map(() => null);
    const parentId = `${of.object}Id`;
    const soql = `SELECT ${selectList(of.lines)} FROM ${of.lines} WHERE ${parentId} IN ${listed(asked)} ORDER BY ${parentId}, ${of.orderBy}`;
    const [parents, rows] = await Promise.all([of.parents(asked), batch.query(soql, call)]);
    const byParent = Map.groupBy(rows.map(of.lineIn), ([parent]) => recordKey(parent));
    const owned = new Map(
      parents.flatMap((parent) => (parent === null ? [] : [[recordKey(parent.id), parent.accountId] as const])),
    );
    return ids.map((id) => {
      const accountId = owned.get(recordKey(id));
      if (accountId === undefined) return null;
      return { accountId, lines: (byParent.get(recordKey(id)) ?? []).map(([, line]) => line) };
    });
  }

  async function partnersIn({ AccountPartnersFrom: answer }: DirectoryRow, call: Call): Promise<AccountPartnerRow[]> {
    if (answer === null) return [];
    const found = await batch.rest(read(QueryAnswer, answer, 'Account.AccountPartnersFrom'), call);
    return found.map((row) => read(AccountPartnerRow, row, 'AccountPartner'));
  }

  return {
    accounts: (ids, call) => byId('Account', ids, AccountRow, (row) => accountOf(row, instant(clock)), call),
    contacts: (ids, call) => byId('Contact', ids, ContactRow, contactOf, call),
    opportunities: (ids, call) => byId('Opportunity', ids, OpportunityRow, opportunityOf, call),
    quotes: (ids, call) => byId('Quote', ids, QuoteRow, quoteOf, call),
    quoteLines: (ids, call) =>
      linesOf(
        ids,
        {
          ...{ object: 'Quote', lines: 'QuoteLineItem', orderBy: 'LineNumber, Id' },
          parents: (asked) => byId('Quote', asked, QuoteRow, quoteOf, call),
          lineIn: (row) => {
            const line = read(QuoteLineRow, row, 'QuoteLineItem');
            return [line.QuoteId, quoteLineOf(line)];
          },
        },
        call,
      ),
    opportunityLines: (ids, call) =>
      linesOf(
        ids,
        {
          ...{ object: 'Opportunity', lines: 'OpportunityLineItem', orderBy: 'SortOrder, Id' },
          parents: (asked) => byId('Opportunity', asked, OpportunityRow, opportunityOf, call),
          lineIn: (row) => {
            const line = read(OpportunityLineRow, row, 'OpportunityLineItem');
            return [line.OpportunityId, quoteLineOf(line)];
          },
        },
        call,
      ),
    contactsOf: (lists, call) => pagesOf(CONTACTS, lists, call),
    opportunitiesOf: (lists, call) => pagesOf(OPPORTUNITIES, lists, call),
    quotesOf: (lists, call) => pagesOf(QUOTES, lists, call),

    async directory({ first, after }, call) {
      if (after !== null && !isIdOf('Account', after)) {
        throw new HubError('INVALID', 'after must be the externalId of an account', { system: SYSTEM, field: 'after' });
      }
      // Deleted ones only where something took their place: what was merged away still has to be found.
      const where = [
        '(IsDeleted = FALSE OR MasterRecordId != null)',
        ...(after === null ? [] : [`Id > ${quoted(after)}`]),
      ];
      const partners = `SELECT AccountToId FROM AccountPartnersFrom WHERE Role = ${quoted(PARTNER_OF_RECORD)} AND IsDeleted = FALSE`;
      const soql = `SELECT Id, Name, ParentId, Hub_Id__c, MasterRecordId, IsDeleted, Region__c, (${partners}) FROM Account WHERE ${where.join(' AND ')} ORDER BY Id LIMIT ${first + 1}`;
      const rows = await batch.query(soql, call, { deletedToo: true });
      const entries: DirectoryEntry[] = [];
      for (const each of rows.slice(0, first)) {
        const row = read(DirectoryRow, each, 'Account');
        entries.push(directoryEntryOf(row, await partnersIn(row, call)));
      }
      return { entries, hasMore: rows.length > first, endCursor: entries.at(-1)?.externalId ?? null };
    },
  };
}

const ParentRow = z.looseObject({ Id: z.string() });

/** One row more than a page was asked for: it tells whether there is another page. */
function cut<Entry>(list: List<Entry>, rows: readonly unknown[], first: number): Page<Entry> {
  const entries = rows.slice(0, first).map(list.entryOf);
  const last = entries.at(-1);
  return { entries, hasMore: rows.length > first, endCursor: last === undefined ? null : list.cursorOf(last) };
}
