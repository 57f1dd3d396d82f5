import type { LedgerEntry } from '../core/vendor.ts';
import { idAt } from './ids.ts';
import type { ObjectName } from './objects.ts';
import type { SObject, Value } from './records.ts';
import { refuse } from './refusal.ts';
import type { Store } from './store.ts';

/** Probability that the org gives a stage when the request names none (the standard sales process). */
const PROBABILITY: Record<string, number> = {
  Prospecting: 10,
  Qualification: 10,
  'Needs Analysis': 20,
  'Value Proposition': 50,
  'Id. Decision Makers': 60,
  'Perception Analysis': 70,
  'Proposal/Price Quote': 75,
  'Negotiation/Review': 90,
  'Closed Won': 100,
  'Closed Lost': 0,
};

const DEFAULTS: Partial<Record<ObjectName, Readonly<Record<string, Value>>>> = {
  Account: { CurrencyIsoCode: 'EUR' },
  Opportunity: { CurrencyIsoCode: 'EUR' },
  Quote: { Status: 'Draft' },
  Task: { Status: 'Not Started', Priority: 'Normal' },
};

/** What the org fills in on creation: the calling user as owner, and each object's defaults. */
export function withDefaults(object: ObjectName, input: SObject, store: Store): Record<string, Value> {
  const owner: Record<string, Value> =
    object === 'User' || object === 'Quote' ? {} : { OwnerId: idAt('User', 0, 'Q8') };
  const parentCurrency: Record<string, Value> =
    object === 'Opportunity' && typeof input.AccountId === 'string'
      ? { CurrencyIsoCode: store.record(input.AccountId)?.CurrencyIsoCode ?? 'EUR' }
      : {};
  return { ...owner, ...DEFAULTS[object], ...parentCurrency, ...input };
}

/** Fills in what the org computes: stage flags, probability, full names, numbers. `given` are the fields of the request. */
export function derived(
  object: ObjectName,
  record: SObject,
  before: SObject | null,
  position: number,
  store: Store,
  given: ReadonlySet<string> = new Set(Object.keys(record).filter((field) => record[field] !== null)),
): SObject {
  if (object === 'Contact') {
    return { ...record, Name: [record.FirstName, record.LastName].filter(Boolean).join(' ') };
  }
  if (object === 'Opportunity') {
    const stage = String(record.StageName);
    const moved = before === null || before.StageName !== stage;
    return {
      ...record,
      IsClosed: stage === 'Closed Won' || stage === 'Closed Lost',
      IsWon: stage === 'Closed Won',
      Probability: moved && !given.has('Probability') ? (PROBABILITY[stage] ?? null) : (record.Probability ?? null),
    };
  }
  if (object === 'Quote' && before === null) {
    const opportunity = store.record(String(record.OpportunityId));
    return {
      ...record,
      QuoteNumber: String(90_000_000 + position),
      AccountId: opportunity?.AccountId ?? null,
      CurrencyIsoCode: opportunity?.CurrencyIsoCode ?? null,
      GrandTotal: opportunity?.Amount ?? null,
    };
  }
  return record;
}

/** The org's own validation rules. @throws Refusal FIELD_CUSTOM_VALIDATION_EXCEPTION */
export function checkRules(object: ObjectName, record: SObject, before: SObject | null): void {
  if (object === 'Opportunity' && before?.StageName === 'Closed Lost' && record.StageName === 'Closed Won') {
    refuse(
      400,
      'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      'A lost opportunity cannot be won. Put it back into an open stage first.',
      ['StageName'],
    );
  }
}

/** What the change means to the business, for the ledger. */
export function effectOf(object: ObjectName, record: SObject, before: SObject | null, store: Store): LedgerEntry {
  const changed = Object.keys(record).filter((field) => !SYSTEM.has(field) && before?.[field] !== record[field]);
  const { effect, businessKey, details } = meaning(object, record, before, store);
  const written: LedgerEntry['details'] =
    before === null || record.IsDeleted === true ? {} : { changed: changed.sort().join(',') };
  return { effect, id: String(record.Id), businessKey, idempotencyKey: null, details: { ...details, ...written } };
}

const SYSTEM: ReadonlySet<string> = new Set(['LastModifiedDate', 'SystemModstamp']);

type Meaning = Pick<LedgerEntry, 'effect' | 'businessKey' | 'details'>;

function meaning(object: ObjectName, record: SObject, before: SObject | null, store: Store): Meaning {
  const act = before === null ? 'created' : record.IsDeleted === true ? 'deleted' : 'updated';
  if (object === 'Opportunity') {
    const order = text(record.Sales_Order_Number__c) ?? text(before?.Sales_Order_Number__c);
    const turned = Boolean(record.IsWon) !== Boolean(before?.IsWon) && act !== 'deleted';
    return {
      effect: turned ? (record.IsWon ? 'opportunity.closed-won' : 'opportunity.reopened') : `opportunity.${act}`,
      businessKey: order,
      details: {
        account: record.AccountId ?? null,
        stage: record.StageName ?? null,
        amount: record.Amount ?? null,
        currency: record.CurrencyIsoCode ?? null,
      },
    };
  }
  if (object === 'Task') {
    const key = text(record.Hub_Key__c);
    const account = typeof record.WhatId === 'string' ? store.record(record.WhatId) : undefined;
    const note = key !== null && act !== 'updated';
    const what = record.Subject === 'Contract' ? 'contract' : 'activity';
    // A note says what was done; a task is to be done by a day.
    const [made, gone] =
      record.ActivityDate === null ? [`${what}.noted`, `${what}.retracted`] : ['task.opened', 'task.withdrawn'];
    return {
      effect: note ? (act === 'created' ? made : gone) : `task.${act}`,
      businessKey: key,
      details: {
        account: record.WhatId ?? null,
        contractedMonthly: account?.Contracted_Monthly__c ?? null,
        currency: account?.CurrencyIsoCode ?? null,
      },
    };
  }
  // Of what the hub made, its beginning and its end carry the key that made it.
  const key = act === 'updated' ? null : text(record.Hub_Key__c);
  return { effect: `${object.toLowerCase()}.${act}`, businessKey: key ?? text(record.Hub_Id__c), details: {} };
}

const text = (value: Value | undefined): string | null => (typeof value === 'string' ? value : null);
