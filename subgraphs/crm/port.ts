import type { Call, WriteCall } from '../../platform/call.ts';
import { type DirectoryEntry, emptyPage, type ListOf, type Page } from '../../platform/page.ts';
import { type CustomerOfBatch, listKey, type MethodsOf } from '../../platform/port/methods.ts';
import type {
  Activity,
  ClosedWon,
  Contact,
  ContactId,
  ContractNews,
  CrmAccount,
  CrmAccountChange,
  CrmAccountDraft,
  CrmAccountId,
  FollowUpTask,
  Opportunity,
  OpportunityId,
  Quote,
  QuoteId,
  QuoteLine,
} from './model.ts';
import { CRM_SCAN_METHODS, type CrmScanPort } from './scan-port.ts';

/** What the graph and the processes ask of any CRM. */
export interface CrmPort extends CrmScanPort {
  readonly capabilities: CrmCapabilities;

  /** One entry per id, in the order asked; `null` where the CRM holds none. At most 100 ids in each batch below. */
  accounts(ids: readonly CrmAccountId[], call: Call): Promise<readonly (CrmAccount | null)[]>;
  contacts(ids: readonly ContactId[], call: Call): Promise<readonly (Contact | null)[]>;
  opportunities(ids: readonly OpportunityId[], call: Call): Promise<readonly (Opportunity | null)[]>;
  quotes(ids: readonly QuoteId[], call: Call): Promise<readonly (Quote | null)[]>;
  /** The lines of each quote in its own order; `null` where there is no such quote, or the CRM keeps none. */
  quoteLines(ids: readonly QuoteId[], call: Call): Promise<readonly (OfferedLines | null)[]>;
  /** The products of each opportunity in its own order; `null` where there is no such opportunity. */
  opportunityLines(ids: readonly OpportunityId[], call: Call): Promise<readonly (OfferedLines | null)[]>;
  /** Pages of an account's contacts, by name. The cursors of all three lists are those of `cursor.ts`. */
  contactsOf(lists: readonly ListOf<CrmAccountId>[], call: Call): Promise<readonly Page<Contact>[]>;
  /** Pages of an account's opportunities, newest close date first. */
  opportunitiesOf(lists: readonly ListOf<CrmAccountId>[], call: Call): Promise<readonly Page<Opportunity>[]>;
  /** Pages of an account's quotes, newest first. */
  quotesOf(lists: readonly ListOf<CrmAccountId>[], call: Call): Promise<readonly Page<Quote>[]>;

  /** Accounts in the order of their ids, for the identity register; those merged away come with what they were merged into. */
  directory(page: { first: number; after: string | null }, call: Call): Promise<Page<DirectoryEntry>>;

  /** Closes the opportunity as won and notes the order. The same change twice is the same as once. @throws REFUSED when it was lost */
  closeWon(change: ClosedWon, call: WriteCall): Promise<void>;
  /**
   * Takes back what `closeWon` did: puts the opportunity back to `before`. Does nothing when it is not won now, or when
   * `salesOrderNumber` is given and another order won it.
   */
  reopen(change: { before: Opportunity; salesOrderNumber?: string }, call: WriteCall): Promise<void>;
  /** Tells the CRM what is contracted now, and leaves one note under `call.key` for sales to see. */
  noteContract(news: ContractNews, call: WriteCall): Promise<void>;
  /** Takes back what `noteContract` with this key told: the note goes, the value is again `before`. */
  retractContract(
    change: { accountId: CrmAccountId; before: CrmAccount['contractedMonthly'] },
    call: WriteCall,
  ): Promise<void>;
  /** Opens the account with its contact under its hub id; one that is there already is answered. @throws REFUSED */
  openAccount(draft: CrmAccountDraft, call: WriteCall): Promise<CrmAccountId>;
  /** Deletes the account and the contact opened under `call.key`; does nothing without them. */
  closeAccount(account: { hubId: string }, call: WriteCall): Promise<void>;
  updateAccount(change: CrmAccountChange, call: WriteCall): Promise<void>;
  /** Leaves one note under `call.key` on the account for sales to see. */
  noteActivity(activity: Activity, call: WriteCall): Promise<void>;
  /** Takes away the note left under `call.key`; does nothing without one. */
  retractActivity(account: { accountId: CrmAccountId }, call: WriteCall): Promise<void>;
  /** Opens one task under `call.key` for whoever owns the account. Saying it twice is the same as once. @throws REFUSED, NOT_FOUND */
  openTask(task: FollowUpTask, call: WriteCall): Promise<void>;
  /** Takes away the task opened under `call.key`, done or not; does nothing without one. */
  withdrawTask(account: { accountId: CrmAccountId }, call: WriteCall): Promise<void>;
}

/** Whose quote or opportunity it is decides who may read its lines. */
export interface OfferedLines {
  readonly accountId: CrmAccountId | null;
  readonly lines: readonly QuoteLine[];
}

export interface CrmCapabilities {
  /** Keeps quotes. */
  readonly quotes: boolean;
}

const ofAccount = (list: ListOf) => `account:${list.of}`;
const inAnswer: CustomerOfBatch = {
  ofAnswer: ({ accountId }: { readonly accountId: CrmAccountId | null }) => accountId,
};
const pagesByAccount: CustomerOfBatch = { ofKey: ({ of }: ListOf<CrmAccountId>) => of, none: emptyPage };
const touchesAccount = ({ accountId }: { accountId: CrmAccountId }) => [`account:${accountId}`];

export const CRM_METHODS = {
  accounts: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 300,
    subjectOf: (id: CrmAccountId) => `account:${id}`,
    customer: { ofKey: (id: CrmAccountId) => id, none: null },
  },
  contacts: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 300,
    subjectOf: (id: ContactId) => `contact:${id}`,
    customer: inAnswer,
  },
  opportunities: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: OpportunityId) => `opportunity:${id}`,
    customer: inAnswer,
  },
  quotes: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: QuoteId) => `quote:${id}`,
    customer: inAnswer,
  },
  quoteLines: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: QuoteId) => `quote:${id}`,
    customer: inAnswer,
  },
  opportunityLines: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: OpportunityId) => `opportunity:${id}`,
    customer: inAnswer,
  },
  contactsOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 300,
    keyOf: listKey,
    subjectOf: ofAccount,
    customer: pagesByAccount,
  },
  opportunitiesOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    keyOf: listKey,
    subjectOf: ofAccount,
    customer: pagesByAccount,
  },
  quotesOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    keyOf: listKey,
    subjectOf: ofAccount,
    customer: pagesByAccount,
  },
  directory: { kind: 'read', customer: 'HUB_ONLY' },
  closeWon: {
    kind: 'write',
    touches: ({ accountId, opportunityId }: ClosedWon) => [`account:${accountId}`, `opportunity:${opportunityId}`],
  },
  reopen: {
    kind: 'write',
    touches: ({ before }: { before: Opportunity }) => [
      ...(before.accountId === null ? [] : [`account:${before.accountId}`]),
      `opportunity:${before.id}`,
    ],
  },
  noteContract: { kind: 'write', touches: touchesAccount },
  retractContract: { kind: 'write', touches: touchesAccount },
  openAccount: { kind: 'write', touches: (_draft: CrmAccountDraft, id: CrmAccountId) => [`account:${id}`] },
  closeAccount: { kind: 'write', touches: () => [] },
  updateAccount: { kind: 'write', touches: touchesAccount },
  noteActivity: { kind: 'write', touches: touchesAccount },
  retractActivity: { kind: 'write', touches: touchesAccount },
  ...CRM_SCAN_METHODS,
  openTask: { kind: 'write', touches: touchesAccount },
  withdrawTask: { kind: 'write', touches: touchesAccount },
} satisfies MethodsOf<CrmPort>;
