import { z } from 'zod';
import { type Place, versionOf } from '../../../../platform/feeds/place.ts';
import type { Inbound } from '../../../../platform/webhooks/webhook-source.ts';
import { secondLiteral, secondText } from './sql.ts';
import type { Select } from './suiteql.ts';

/** The tables in which changes are looked for. */
export const FEED_TABLES = ['customer', 'transaction', 'item', 'deletedrecord'] as const;
export type FeedTable = (typeof FEED_TABLES)[number];

/** Second by second, in the time zone of the hub's user (README, "Changes"); all a row says of its values is what differs. */
export const ChangedRow = z.looseObject({
  id: z.string().regex(/^\d+$/, 'must be an internal id'),
  at: z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/, 'must be a date with its time'),
  created: z.string().optional(),
  key: z.string().optional(),
  type: z.string().optional(),
  number: z.string().optional(),
  entity: z.string().optional(),
  status: z.string().optional(),
});
export type ChangedRow = z.infer<typeof ChangedRow>;

interface Table {
  readonly id: string;
  readonly at: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly also?: string;
}

/** Columns are those of the Records Catalog; a name means one type in all of them, as `UNION ALL` demands. */
const TABLES: Readonly<Record<FeedTable, Table>> = {
  customer: {
    id: 'x.id',
    at: 'x.lastmodifieddate',
    columns: {
      created: secondText('x.datecreated'),
      key: 'x.custentity_concord_key',
      name: 'x.companyname',
      email: 'x.email',
      terms: 'x.terms',
      creditlimit: 'x.creditlimit',
      hold: 'x.creditholdoverride',
      inactive: 'x.isinactive',
    },
  },
  transaction: {
    id: 'x.id',
    at: 'x.lastmodifieddate',
    columns: {
      created: secondText('x.createddate'),
      key: 'x.externalid',
      type: 'x.type',
      number: 'x.tranid',
      entity: 'x.entity',
      status: 'x.status',
      total: 'x.foreigntotal',
      unpaid: 'x.foreignamountunpaid',
    },
    also: ` AND x.type IN ('SalesOrd', 'CustInvc', 'CustCred', 'RtnAuth')`,
  },
  item: {
    id: 'x.id',
    at: 'x.lastmodifieddate',
    columns: { number: 'x.itemid', name: 'x.displayname', inactive: 'x.isinactive' },
  },
  deletedrecord: { id: 'x.recordid', at: 'x.deleteddate', columns: { type: 'x.type', name: 'x.name' } },
};

/** The next rows of a table behind a place, by time and id. */
export function changedSince(table: FeedTable, from: Place, most: number): Select {
  const { id, at, columns, also = '' } = TABLES[table];
  const since = secondLiteral(from.at);
  const behind = from.id === '' ? '' : ` AND (${at} > ${since} OR ${id} > ${from.id})`;
  return {
    columns: { id, line: '0', at: secondText(at), ...columns },
    from: `(SELECT n.* FROM (SELECT x.*, ROW_NUMBER() OVER (ORDER BY ${at}, ${id}) AS place
      FROM ${table} x WHERE ${at} >= ${since}${behind}${also}) n WHERE n.place <= ${most}) x`,
  };
}

/** As the port's methods name their subjects. */
const TRANSACTIONS: Readonly<Record<string, string>> = {
  SalesOrd: 'salesOrder',
  CustInvc: 'invoice',
  CustCred: 'creditNote',
  RtnAuth: 'return',
};
/** States that are news for the world, once for each record: delivered in whole, posted to the books. */
const MILESTONES: Readonly<Record<string, { readonly statuses: readonly string[]; readonly tells: string }>> = {
  SalesOrd: { statuses: ['F', 'G'], tells: 'OrderFulfilled' },
  CustInvc: { statuses: ['A', 'B'], tells: 'InvoicePosted' },
};
export const TELLS = ['CustomerChanged', ...Object.values(MILESTONES).map(({ tells }) => tells)];

/** What one row tells, oldest first; nothing for a record that the hub does not read. */
export function changesOf(table: FeedTable, row: ChangedRow): readonly Inbound[] {
  const occurredAt = `${row.at.replace(' ', 'T')}.000Z`;
  const of = (entity: string, subjects: readonly string[], about: Partial<Inbound>): Inbound => ({
    eventId: `${entity}:${occurredAt}:${versionOf(row)}`,
    type: `${table}.changed`,
    occurredAt,
    entity,
    subjects,
    customerId: null,
    causedByKey: madeByHub(row),
    tells: null,
    ...about,
  });
  if (table === 'item') return [of(`item:${row.id}`, [`product:${row.number ?? ''}`, 'catalogue'], {})];
  if (table === 'customer') {
    return [of(`customer:${row.id}`, [`customer:${row.id}`], { customerId: row.id, tells: 'CustomerChanged' })];
  }
  if (table === 'deletedrecord') return deletion(row, occurredAt);
  const kind = TRANSACTIONS[row.type ?? ''];
  if (kind === undefined) return [];
  const entity = `${kind}:${row.id}`;
  const customer = row.entity === undefined ? [] : [`customer:${row.entity}`];
  const number = kind === 'salesOrder' ? [`salesOrderNumber:${row.number ?? ''}`] : [];
  const about = { customerId: row.entity ?? null };
  const change = of(entity, [entity, ...number, ...customer], about);
  const milestone = MILESTONES[row.type ?? ''];
  if (milestone === undefined || !milestone.statuses.includes(row.status ?? '')) return [change];
  const { tells } = milestone;
  return [change, { ...change, eventId: `${entity}:${tells}`, type: `${table}.${tells}`, causedByKey: null, tells }];
}

/** The hub's key stays on a record for good: it made the record, and the change, while nobody changed it since. */
const madeByHub = ({ at, created, key }: ChangedRow): string | null => (created === at ? (key ?? null) : null);

const DELETED: Readonly<Record<string, string>> = {
  customer: 'customer',
  salesorder: 'salesOrder',
  invoice: 'invoice',
};

function deletion({ id, type = '' }: ChangedRow, occurredAt: string): readonly Inbound[] {
  const kind = DELETED[type.toLowerCase().replaceAll(/[^a-z]/g, '')];
  if (kind === undefined) return [];
  return [
    {
      eventId: `${kind}:${id}:gone:${occurredAt}`,
      type: `${kind}.gone`,
      occurredAt,
      entity: `${kind}:${id}`,
      subjects: [`${kind}:${id}`],
      customerId: kind === 'customer' ? id : null,
      causedByKey: null,
      tells: kind === 'customer' ? 'CustomerChanged' : null,
    },
  ];
}
