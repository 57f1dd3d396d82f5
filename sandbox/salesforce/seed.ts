import { netsuite, salesforce } from '../data/keys.ts';
import type { World, WorldCustomer } from '../data/world.ts';
import { idAt, objectOfId, type SalesforceId, seededPosition } from './ids.ts';
import type { ObjectName } from './objects.ts';

export type Value = string | number | boolean | null;
export type SObject = Readonly<Record<string, Value>>;

/** Most opportunities, contacts and quotes of one customer: the width of their ranges in `keys.salesforce`. */
const RANGE = 20;
const KEPT_CUSTOMERS = 20_000;
/** Relations between customers reach no further. */
const NEIGHBOURS = 50;

export const STAGE: Record<WorldCustomer['opportunities'][number]['stage'], string> = {
  PROSPECTING: 'Prospecting',
  QUALIFICATION: 'Qualification',
  PROPOSAL: 'Proposal/Price Quote',
  NEGOTIATION: 'Negotiation/Review',
  CLOSED_WON: 'Closed Won',
  CLOSED_LOST: 'Closed Lost',
};

const QUOTE_STATUS = { DRAFT: 'Draft', PRESENTED: 'Presented', ACCEPTED: 'Accepted' } as const;

type Bundle = Readonly<Record<'Account' | 'Contact' | 'Opportunity' | 'Quote', readonly SObject[]>>;

/**
 * The records that the generated company gives this org. They are made when they are asked for, customer by customer, so
 * that a hundred thousand accounts cost nothing at start; an id tells which customer it belongs to.
 */
export class Seed {
  readonly #world: World;
  readonly #bundles = new Map<number, Bundle | null>();
  readonly #absorbed = new Map<number, readonly number[]>();
  readonly #users: ReadonlyMap<SalesforceId, SObject>;

  constructor(world: World) {
    this.#world = world;
    const at = `${world.today.slice(0, 4)}-01-01T06:00:00.000+0000`;
    this.#users = new Map(
      world.salesReps.map((rep, index) => {
        const id = userId(index);
        return [
          id,
          {
            Id: id,
            Name: rep.name,
            Email: rep.email,
            IsActive: true,
            CreatedDate: at,
            LastModifiedDate: at,
            SystemModstamp: at,
          },
        ];
      }),
    );
  }

  record(id: SalesforceId): SObject | undefined {
    const object = objectOfId(id);
    const position = seededPosition(id);
    if (object === undefined || position === undefined) return undefined;
    if (object === 'User') return this.#users.get(id);
    if (object === 'Task') return undefined;
    const customer = object === 'Account' ? position : Math.floor(position / RANGE);
    return this.#bundle(customer)?.[object].find((record) => record.Id === id);
  }

  /** Records of the object that belong to this account, those of accounts merged into it too; in the order of their ids. */
  ofAccount(object: ObjectName, accountId: SalesforceId): readonly SObject[] {
    if (object === 'User' || object === 'Task' || objectOfId(accountId) !== 'Account') return [];
    const index = seededPosition(accountId) ?? -1;
    return [...this.#absorbedBy(index), index]
      .sort((a, b) => a - b)
      .flatMap((each) => this.#bundle(each)?.[object] ?? []);
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
    const match = /^c-(\d{5,9})$/i.exec(hubId);
    return match ? this.#bundle(Number(match[1]) - 10_001)?.Account[0] : undefined;
  }

  /** All records of an object in the order of their ids, from the first whose id is not below `from`. */
  *all(object: ObjectName, from: SalesforceId | null): Generator<SObject> {
    if (object === 'Task') return;
    if (object === 'User') {
      yield* this.#users.values();
      return;
    }
    const position = from === null ? 0 : (seededPosition(from) ?? 0);
    const first = Math.max(0, object === 'Account' ? position : Math.floor(position / RANGE));
    for (let index = first; index < this.#world.size; index += 1) {
      yield* this.#bundle(index)?.[object] ?? [];
    }
  }

  #bundle(index: number): Bundle | null {
    if (index < 0 || index >= this.#world.size) return null;
    const kept = this.#bundles.get(index);
    if (kept !== undefined) return kept;
    const customer = this.#world.customer(index);
    const made = customer.known.crm ? bundleOf(customer, this.#world) : null;
    if (this.#bundles.size >= KEPT_CUSTOMERS) {
      const oldest = this.#bundles.keys().next().value;
      if (oldest !== undefined) this.#bundles.delete(oldest);
    }
    this.#bundles.set(index, made);
    return made;
  }
}

const userId = (index: number): SalesforceId => idAt('User', index, 'Q8');

function bundleOf(customer: WorldCustomer, world: World): Bundle {
  const { index, currency } = customer;
  const accountId = salesforce.account(index);
  const owner = userId(customer.salesRep % Math.max(1, world.salesReps.length));
  const createdAt = `${world.today}T06:00:00.000+0000`;
  const system = { IsDeleted: false, CreatedDate: createdAt, LastModifiedDate: createdAt, SystemModstamp: createdAt };
  const merged = customer.mergedIntoIndex;
  const holder = merged === null ? accountId : salesforce.account(merged); // a merge moves what belongs to the account

  const account: SObject = {
    Id: accountId,
    ...system,
    IsDeleted: merged !== null,
    MasterRecordId: merged === null ? null : salesforce.account(merged),
    Name: customer.crmName,
    ParentId: customer.parentIndex === null ? null : salesforce.account(customer.parentIndex),
    OwnerId: owner,
    Industry: customer.industry,
    Website: customer.website,
    Phone: customer.phone,
    BillingStreet: customer.address.line1,
    BillingCity: customer.address.city,
    BillingState: customer.address.region,
    BillingPostalCode: customer.address.postalCode,
    BillingCountry: customer.address.country,
    CurrencyIsoCode: currency,
    Hub_Id__c: customer.hubId,
    Segment__c: customer.segment,
    Region__c: customer.region,
    Contracted_Monthly__c: contractedMonthly(customer, world),
  };

  return {
    Account: [account],
    Contact: customer.contacts.map((contact, position) => ({
      Id: salesforce.contact(index, position),
      ...system,
      MasterRecordId: null,
      AccountId: holder,
      FirstName: contact.firstName,
      LastName: contact.lastName,
      Name: `${contact.firstName} ${contact.lastName}`,
      Title: contact.title,
      Email: contact.email,
      Phone: contact.phone,
      HasOptedOutOfEmail: contact.emailConsent === false,
      Email_Opt_In__c: contact.emailConsent === true,
      OwnerId: owner,
    })),
    Opportunity: customer.opportunities.map((opportunity, position) => ({
      Id: salesforce.opportunity(index, position),
      ...system,
      AccountId: holder,
      Name: opportunity.name,
      StageName: STAGE[opportunity.stage],
      Amount: decimal(opportunity.amount, currency),
      Probability: opportunity.probabilityPercent,
      CloseDate: opportunity.closesOn,
      CurrencyIsoCode: currency,
      IsClosed: opportunity.stage === 'CLOSED_WON' || opportunity.stage === 'CLOSED_LOST',
      IsWon: opportunity.stage === 'CLOSED_WON',
      OwnerId: owner,
      Sales_Order_Number__c: opportunity.order === null ? null : netsuite.salesOrderNumber(index, opportunity.order),
      Stage_Before_Win__c: null,
    })),
    Quote: customer.quotes.map((quote, position) => ({
      Id: salesforce.quote(index, position),
      ...system,
      QuoteNumber: String(index * RANGE + position + 1).padStart(8, '0'),
      Name: `Quote for ${customer.opportunities[quote.opportunity]?.name ?? customer.crmName}`,
      AccountId: holder,
      OpportunityId: salesforce.opportunity(index, quote.opportunity),
      Status: QUOTE_STATUS[quote.status],
      ExpirationDate: quote.expiresOn,
      GrandTotal: decimal(quote.total, currency),
      CurrencyIsoCode: currency,
    })),
  };
}

/** What sales was told of the running subscriptions: unit price by month times quantity; null where there is none. */
function contractedMonthly(customer: WorldCustomer, world: World): number | null {
  const running = customer.subscriptions.filter((subscription) => subscription.status !== 'CANCELLED');
  if (running.length === 0) return null;
  const total = running
    .flatMap((subscription) => subscription.items)
    .reduce((sum, item) => {
      const product = world.products.find((each) => each.sku === item.sku);
      return sum + item.quantity * (product?.prices[customer.currency] ?? 0);
    }, 0);
  return decimal(total, customer.currency);
}

const decimals = new Map<string, number>();

/** An amount as this API sends it: a JSON number in the currency's main unit. */
function decimal(minor: number, currency: string): number {
  const kept = decimals.get(currency);
  const digits =
    kept ?? new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  if (kept === undefined) decimals.set(currency, digits);
  return minor / 10 ** digits;
}
