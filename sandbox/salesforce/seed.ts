import type { World, WorldCustomer } from '../data/world.ts';
import { objectOfId, type SalesforceId, seededPosition } from './ids.ts';
import type { ObjectName } from './objects.ts';
import { customerOfLine, opportunityLineRecords, productRecords, quoteLineRecords } from './quote-lines.ts';
import {
  accountPartnerRecords,
  accountRecord,
  contactRecords,
  opportunityRecords,
  quoteRecords,
  RANGE,
  type SObject,
  userRecords,
} from './records.ts';

const KEPT_CUSTOMERS = 10_000;
/** Relations between customers reach no further. */
const NEIGHBOURS = 50;

/**
 * The records that the generated company gives this org. They are made when they are asked for, customer by customer, so
 * that a hundred thousand accounts cost nothing at start; an id tells which customer it belongs to.
 */
export class Seed {
  readonly #world: World;
  readonly #bundles = new Map<number, Bundle | null>();
  readonly #absorbed = new Map<number, readonly number[]>();
  /** Records of the company's own, by id: they belong to no customer. */
  readonly #own: Readonly<Record<'User' | 'Product2', ReadonlyMap<SalesforceId, SObject>>>;

  constructor(world: World) {
    this.#world = world;
    const byId = (records: readonly SObject[]) => new Map(records.map((record) => [String(record.Id), record]));
    this.#own = { User: byId(userRecords(world)), Product2: byId(productRecords(world)) };
  }

  record(id: SalesforceId): SObject | undefined {
    const object = objectOfId(id);
    const position = seededPosition(id);
    if (object === undefined || position === undefined) return undefined;
    if (object === 'User' || object === 'Product2') return this.#own[object].get(id);
    if (object === 'Task') return undefined;
    const customer = customerAt(object, position);
    return this.#bundle(customer)
      ?.of(object)
      .find((record) => record.Id === id);
  }

  /** Records of the object that belong to this account, those of accounts merged into it too; in the order of their ids. */
  ofAccount(object: ObjectName, accountId: SalesforceId): readonly SObject[] {
    if (!isOfCustomers(object) || objectOfId(accountId) !== 'Account') return [];
    const index = seededPosition(accountId) ?? -1;
    return [...this.#absorbedBy(index), index]
      .sort((a, b) => a - b)
      .flatMap((each) => this.#bundle(each)?.of(object) ?? []);
  }

  /** Customers that were merged into this one: the generated company keeps them among the neighbours. */
  #absorbedBy(index: number): readonly number[] {
    if (index < 0 || index >= this.#world.size) return [];
    const kept = this.#absorbed.get(index);
    if (kept !== undefined) return kept;
    const found: number[] = [];
    if (this.#world.customer(index).traits.includes('merge-survivor')) {
      const last = Math.min(this.#world.size - 1, index + NEIGHBOURS);
      for (let each = Math.max(0, index - NEIGHBOURS); each <= last; each += 1) {
        if (this.#world.customer(each).mergedIntoIndex === index) found.push(each);
      }
    }
    this.#absorbed.set(index, found);
    return found;
  }

  accountByHubId(hubId: string): SObject | undefined {
    const index = this.#world.indexOf(hubId);
    return index < 0 ? undefined : this.#bundle(index)?.of('Account')[0];
  }

  /** All records of an object in the order of their ids, from the first whose id is not below `from`. */
  *all(object: ObjectName, from: SalesforceId | null): Generator<SObject> {
    if (object === 'Task') return;
    if (object === 'User' || object === 'Product2') {
      yield* this.#own[object].values();
      return;
    }
    const position = from === null ? 0 : (seededPosition(from) ?? 0);
    const first = Math.max(0, customerAt(object, position));
    for (let index = first; index < this.#world.size; index += 1) {
      yield* this.#bundle(index)?.of(object) ?? [];
    }
  }

  #bundle(index: number): Bundle | null {
    if (index < 0 || index >= this.#world.size) return null;
    const kept = this.#bundles.get(index);
    if (kept !== undefined) return kept;
    const customer = this.#world.customer(index);
    const made = customer.known.crm ? new Bundle(customer, this.#world) : null;
    if (this.#bundles.size >= KEPT_CUSTOMERS) {
      const oldest = this.#bundles.keys().next().value;
      if (oldest !== undefined) this.#bundles.delete(oldest);
    }
    this.#bundles.set(index, made);
    return made;
  }
}

const RECORDS = {
  Account: (customer: WorldCustomer, world: World): readonly SObject[] => [accountRecord(customer, world)],
  AccountPartner: accountPartnerRecords,
  Contact: contactRecords,
  Opportunity: opportunityRecords,
  Quote: quoteRecords,
  QuoteLineItem: quoteLineRecords,
  OpportunityLineItem: opportunityLineRecords,
};

const isOfCustomers = (object: ObjectName): object is keyof typeof RECORDS => Object.hasOwn(RECORDS, object);

/** The customer to whom the record at this position of its object's range belongs. */
function customerAt(object: ObjectName, position: number): number {
  if (object === 'Account') return position;
  const isLine = object === 'QuoteLineItem' || object === 'OpportunityLineItem';
  return isLine ? customerOfLine(position) : Math.floor(position / RANGE);
}

/** The records of one customer, each kind made when it is first asked for. */
class Bundle {
  readonly #customer: WorldCustomer;
  readonly #world: World;
  readonly #made = new Map<keyof typeof RECORDS, readonly SObject[]>();

  constructor(customer: WorldCustomer, world: World) {
    this.#customer = customer;
    this.#world = world;
  }

  of(object: keyof typeof RECORDS): readonly SObject[] {
    const made = this.#made.get(object) ?? RECORDS[object](this.#customer, this.#world);
    this.#made.set(object, made);
    return made;
  }
}
