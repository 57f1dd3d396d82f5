import type { LedgerEntry } from '../core/vendor.ts';
import type { World } from '../data/world.ts';
import { idAt, objectOfId, type SalesforceId } from './ids.ts';
import { fieldShape, OBJECTS, type ObjectName, shapeOf } from './objects.ts';
import { type SObject, system, type Value } from './records.ts';
import { Seed } from './seed.ts';

/**
 * The org's records: what was seeded, overlaid by what was written since. A transaction either stays with its ledger
 * entries or leaves no trace, counters included: the journal holds no refused request, so its replay must give the same ids.
 */
export class Store {
  readonly #world: World;
  readonly #record: (entry: LedgerEntry) => void;
  #seed: Seed;
  #written = new Map<SalesforceId, SObject>();
  /** Written records by an indexed field's value, as `Contact.AccountId=001…`. May name records that have moved on. */
  #index = new Map<string, Set<SalesforceId>>();
  #counters = new Map<ObjectName, number>();
  #undo: (() => void)[] | null = null;
  #effects: LedgerEntry[] = [];
  #actor: SalesforceId | null = null;

  constructor(world: World, record: (entry: LedgerEntry) => void) {
    this.#world = world;
    this.#record = record;
    this.#seed = new Seed(world);
  }

  reset(): void {
    this.#seed = new Seed(this.#world);
    this.#written = new Map();
    this.#index = new Map();
    this.#counters = new Map();
  }

  /** The record as it is now, deleted ones too. */
  record(id: SalesforceId): SObject | undefined {
    return this.#written.get(id) ?? this.#seed.record(id);
  }

  /** Whoever makes the next request; requests are answered one after the other. */
  actAs(user: SalesforceId): void {
    this.#actor = user;
  }

  /** When every seeded record was last changed: what changed later was written here. */
  get seededAt(): string {
    return system(this.#world).SystemModstamp;
  }

  /** Records of the object that were written since they were seeded, in the order of their ids, deleted ones too. */
  written(object: ObjectName): readonly SObject[] {
    return [...this.#written.values()]
      .filter((record) => objectOfId(String(record.Id)) === object)
      .sort((a, b) => (String(a.Id) < String(b.Id) ? -1 : 1));
  }

  /** All records of the object in the order of their ids, deleted ones too. */
  *all(object: ObjectName, from: SalesforceId | null = null): Generator<SObject> {
    for (const seeded of this.#seed.all(object, from)) yield this.#written.get(String(seeded.Id)) ?? seeded;
    for (let position = 1; position <= (this.#counters.get(object) ?? 0); position += 1) {
      const made = this.#written.get(idAt(object, position, 'Q9'));
      if (made) yield made;
    }
  }

  /** Records whose indexed field has this value; in the order of their ids; deleted ones too. */
  having(object: ObjectName, field: string, value: string): readonly SObject[] {
    const candidates = new Map<string, SObject>();
    for (const record of this.#seeded(object, field, value)) candidates.set(String(record.Id), record);
    for (const id of this.#index.get(indexKey(object, field, value)) ?? []) {
      const record = this.#written.get(id);
      if (record) candidates.set(id, record);
    }
    return [...candidates.keys()]
      .map((id) => this.record(id))
      .filter((record) => record !== undefined)
      .filter((record) => String(record[field] ?? '').toLowerCase() === value.toLowerCase())
      .sort((a, b) => (String(a.Id) < String(b.Id) ? -1 : 1));
  }

  /** Whether `having` answers for this field without looking at every record. */
  indexed(object: ObjectName, field: string): boolean {
    return isIndexed(object, field) && seededIndexes.has(`${object}.${field}`);
  }

  #seeded(object: ObjectName, field: string, value: string): readonly SObject[] {
    if (field === 'AccountId' || field === 'AccountFromId') return this.#seed.ofAccount(object, value);
    if (object === 'Account' && field === 'Hub_Id__c') {
      const found = this.#seed.accountByHubId(value);
      return found ? [found] : [];
    }
    if (object === 'Quote' && field === 'OpportunityId') {
      const account = this.#seed.record(value)?.AccountId;
      return account ? this.#seed.ofAccount('Quote', String(account)).filter((q) => q.OpportunityId === value) : [];
    }
    if (LINES_OF[object] === field) {
      const account = this.#seed.record(value)?.AccountId;
      return account ? this.#seed.ofAccount(object, String(account)).filter((line) => line[field] === value) : [];
    }
    return [];
  }

  /** Runs the change as a whole: after an error nothing of it remains. */
  transaction<T>(change: () => T): T {
    if (this.#undo) return change(); // part of the transaction around it
    const counters = new Map(this.#counters);
    this.#undo = [];
    this.#effects = [];
    try {
      const result = change();
      for (const effect of this.#effects) this.#record(effect);
      return result;
    } catch (error) {
      for (const undo of this.#undo.reverse()) undo();
      this.#counters = counters;
      throw error;
    } finally {
      this.#undo = null;
      this.#effects = [];
    }
  }

  /** Inside a transaction: the ledger gets the entry when the transaction stays. */
  note(effect: LedgerEntry): void {
    this.#effects.push(effect);
  }

  nextId(object: ObjectName): { id: SalesforceId; position: number } {
    const position = (this.#counters.get(object) ?? 0) + 1;
    this.#counters.set(object, position);
    return { id: idAt(object, position, 'Q9'), position };
  }

  write(written: SObject): void {
    if (!this.#undo) throw new Error('records are written inside a transaction');
    const record = 'LastModifiedById' in written ? { ...written, LastModifiedById: this.#actor } : written;
    const id = String(record.Id);
    const before = this.#written.get(id);
    const indexedUnder = this.#addToIndex(record);
    this.#written.set(id, record);
    this.#undo.push(() => {
      for (const key of indexedUnder) this.#index.get(key)?.delete(id);
      if (before) this.#written.set(id, before);
      else this.#written.delete(id);
    });
  }

  /** @returns the keys under which the record was not known before */
  #addToIndex(record: SObject): string[] {
    const object = objectOfId(String(record.Id));
    if (!object) return [];
    const added: string[] = [];
    for (const field of Object.keys(shapeOf(object).fields)) {
      const value: Value | undefined = record[field];
      if (typeof value !== 'string' || !isIndexed(object, field)) continue;
      const key = indexKey(object, field, value);
      const ids = this.#index.get(key) ?? new Set();
      if (ids.has(String(record.Id))) continue;
      ids.add(String(record.Id));
      this.#index.set(key, ids);
      added.push(key);
    }
    return added;
  }
}

/** The field by which a line belongs to its record. */
const LINES_OF: Partial<Record<ObjectName, string>> = {
  QuoteLineItem: 'QuoteId',
  OpportunityLineItem: 'OpportunityId',
};

const indexKey = (object: ObjectName, field: string, value: string): string =>
  `${object}.${field}=${value.toLowerCase()}`;

const isIndexed = (object: ObjectName, field: string): boolean => {
  const shape = fieldShape(object, field);
  return shape.kind === 'reference' || shape.externalId === true;
};

/** Indexed fields whose seeded records are found without a scan. */
const seededIndexes: ReadonlySet<string> = new Set([
  'AccountPartner.AccountFromId',
  'Contact.AccountId',
  'Opportunity.AccountId',
  'Quote.AccountId',
  'Quote.OpportunityId',
  ...Object.entries(LINES_OF).map(([object, field]) => `${object}.${field}`),
  'Account.Hub_Id__c',
  'Contact.Hub_Key__c', // none is seeded
  ...Object.keys(OBJECTS.Task.fields).map((field) => `Task.${field}`), // no task is seeded
]);
