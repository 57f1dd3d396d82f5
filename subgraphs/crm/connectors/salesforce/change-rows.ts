import { z } from 'zod';
import { versionOf } from '../../../../platform/feeds/place.ts';
import type { Inbound } from '../../../../platform/webhooks/webhook-source.ts';
import { FIELDS } from './fields.ts';

/**
 * The objects whose changes are looked for. Five, because a composite request takes no more queries. A quote's lines roll up into
 * the quote, whose `SystemModstamp` moves with them.
 */
export const FEED_OBJECTS = ['Account', 'AccountPartner', 'Contact', 'Opportunity', 'Quote'] as const;
export type FeedObject = (typeof FEED_OBJECTS)[number];

const reference = z.string().nullish();
const Row = z.looseObject({
  Id: z.string().regex(/^[A-Za-z0-9]{18}$/),
  SystemModstamp: z.iso.datetime({ offset: true }).or(z.string().regex(/^[\d-]{10}T[\d:.]+\+0000$/)),
  IsDeleted: z.boolean(),
  LastModifiedById: reference,
  AccountId: reference,
  AccountFromId: reference,
  AccountToId: reference,
  MasterRecordId: reference,
});
export type ChangedRow = z.infer<typeof Row>;

interface Changed {
  /** What is asked for: where it belongs, and what the hub reads of it, so that two states of one second differ. */
  readonly fields: readonly string[];
  readonly row: typeof Row;
  /** As the port's methods name their subjects. */
  readonly subjects: (row: ChangedRow) => readonly (string | null)[];
  readonly account: (row: ChangedRow) => string | null;
  readonly tells: string | null;
}

const SYSTEM = ['SystemModstamp', 'IsDeleted', 'LastModifiedById'];
const read = (object: keyof typeof FIELDS): readonly string[] => {
  const { standard, multiCurrency, custom, owner } = FIELDS[object];
  return [...standard, ...multiCurrency, ...custom, ...owner.map((field) => `Owner.${field}`)];
};
const asked = (...fields: readonly (string | readonly string[])[]) => [...new Set(fields.flat())];
const named = (kind: string, id: string | null | undefined) => (id ? `${kind}:${id}` : null);

export const CHANGED: Readonly<Record<FeedObject, Changed>> = {
  Account: {
    fields: asked(read('Account'), SYSTEM, ['MasterRecordId']),
    row: Row,
    subjects: ({ Id, MasterRecordId }) => [named('account', Id), named('account', MasterRecordId)],
    account: ({ Id }) => Id,
    tells: 'CustomerChanged',
  },
  AccountPartner: {
    fields: asked(['Id', 'AccountFromId', 'AccountToId', 'Role'], SYSTEM),
    row: Row,
    subjects: ({ AccountFromId, AccountToId }) => [named('account', AccountFromId), named('account', AccountToId)],
    account: ({ AccountFromId }) => AccountFromId ?? null,
    tells: 'CustomerChanged',
  },
  Contact: {
    fields: asked(read('Contact'), SYSTEM),
    row: Row,
    subjects: ({ Id, AccountId }) => [named('contact', Id), named('account', AccountId)],
    account: ({ AccountId }) => AccountId ?? null,
    tells: 'CustomerChanged',
  },
  Opportunity: {
    fields: asked(read('Opportunity'), SYSTEM),
    row: Row,
    subjects: ({ Id, AccountId }) => [named('opportunity', Id), named('account', AccountId)],
    account: ({ AccountId }) => AccountId ?? null,
    tells: null,
  },
  Quote: {
    fields: asked(read('Quote'), SYSTEM),
    row: Row,
    subjects: ({ Id, AccountId }) => [named('quote', Id), named('account', AccountId)],
    account: ({ AccountId }) => AccountId ?? null,
    tells: null,
  },
};

/** A row as the inbox keeps it: ids, and of its values only a mark by which two states differ. */
export function changeOf(object: FeedObject, row: ChangedRow, hubUser: string | null): Inbound {
  const { subjects, account, tells } = CHANGED[object];
  const occurredAt = new Date(row.SystemModstamp).toISOString();
  const { attributes: _, ...facts } = row;
  return {
    eventId: `${object}:${row.Id}:${occurredAt}:${versionOf(facts)}`,
    type: `${object}.${row.IsDeleted ? 'deleted' : 'changed'}`,
    occurredAt,
    entity: `${object}:${row.Id}`,
    subjects: subjects(row).filter((subject) => subject !== null),
    customerId: account(row),
    causedByKey: null, // `Hub_Key__c` says who made the record, not who changed it last
    ...(isHubs(row.LastModifiedById, hubUser) ? { byHub: true as const } : {}),
    tells,
  };
}

/** A record that is gone. It says nothing but its id, and nothing at all where a row of the recycle bin has told it. */
export const deletionOf = (object: FeedObject, id: string, deletedAt: string): Inbound => ({
  eventId: `${object}:${id}:gone:${deletedAt}`,
  type: `${object}.gone`,
  occurredAt: deletedAt,
  entity: `${object}:${id}`,
  subjects: object === 'AccountPartner' ? [] : [`${object.toLowerCase()}:${id}`],
  customerId: object === 'Account' ? id : null,
  causedByKey: null,
  tells: object === 'Account' ? 'CustomerChanged' : null,
  state: true,
});

/** Ids of either length name the same user. */
const isHubs = (userId: string | null | undefined, hubUser: string | null): boolean =>
  hubUser !== null && userId?.slice(0, 15) === hubUser.slice(0, 15);
