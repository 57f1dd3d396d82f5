import { laterDay } from '../data/calendar.ts';
import { netsuite, salesforce } from '../data/keys.ts';
import type { World, WorldCustomer } from '../data/world.ts';
import { idAt, type SalesforceId } from './ids.ts';

export type Value = string | number | boolean | null;
export type SObject = Readonly<Record<string, Value>>;

/** Most opportunities, contacts and quotes of one customer: the width of their ranges in `keys.salesforce`. */
export const RANGE = 20;

const STAGE: Record<WorldCustomer['opportunities'][number]['stage'], string> = {
  PROSPECTING: 'Prospecting',
  QUALIFICATION: 'Qualification',
  PROPOSAL: 'Proposal/Price Quote',
  NEGOTIATION: 'Negotiation/Review',
  CLOSED_WON: 'Closed Won',
  CLOSED_LOST: 'Closed Lost',
};

const QUOTE_STATUS = { DRAFT: 'Draft', PRESENTED: 'Presented', ACCEPTED: 'Accepted' } as const;

export const userId = (index: number): SalesforceId => idAt('User', index, 'Q8');

const ownerOf = (customer: WorldCustomer, world: World): SalesforceId =>
  userId(customer.salesRep % Math.max(1, world.salesReps.length));

/** All was last changed the day before: at any hour of the world's day that is past, and no change that a feed has yet to find. */
export function system(world: World) {
  const at = `${laterDay(world.today, -1)}T06:00:00.000+0000`;
  return { IsDeleted: false, CreatedDate: at, LastModifiedDate: at, SystemModstamp: at, LastModifiedById: userId(0) };
}

/** The account that holds what belongs to the customer: a merge moves it. */
const holderOf = ({ index, mergedIntoIndex }: WorldCustomer): SalesforceId =>
  salesforce.account(mergedIntoIndex ?? index);

export function userRecords(world: World): SObject[] {
  const { IsDeleted: _, LastModifiedById: __, ...times } = system(world);
  return world.salesReps.map(({ name, email }, index) => ({
    Id: userId(index),
    Name: name,
    Email: email,
    IsActive: true,
    ...times,
  }));
}

export function accountRecord(customer: WorldCustomer, world: World): SObject {
  const merged = customer.mergedIntoIndex;
  return {
    Id: salesforce.account(customer.index),
    ...system(world),
    IsDeleted: merged !== null,
    MasterRecordId: merged === null ? null : salesforce.account(merged),
    Name: customer.crmName,
    ParentId: customer.parentIndex === null ? null : salesforce.account(customer.parentIndex),
    OwnerId: ownerOf(customer, world),
    Industry: customer.industry,
    Website: customer.website,
    Phone: customer.phone,
    BillingStreet: customer.address.line1,
    BillingCity: customer.address.city,
    BillingState: customer.address.region,
    BillingPostalCode: customer.address.postalCode,
    BillingCountry: customer.address.country,
    CurrencyIsoCode: customer.currency,
    Hub_Id__c: customer.hubId,
    Segment__c: customer.segment,
    Region__c: customer.region,
    Contracted_Monthly__c: contractedMonthly(customer, world),
    Health__c: null,
    Health_Reason__c: null,
  };
}

/** Through whom the customer buys: the customer's account is where the relation comes from, the partner's where it goes to. */
export function accountPartnerRecords(customer: WorldCustomer, world: World): SObject[] {
  if (customer.partnerIndex === null) return [];
  return [
    {
      Id: salesforce.accountPartner(customer.index),
      ...system(world),
      AccountFromId: salesforce.account(customer.index),
      AccountToId: salesforce.account(customer.partnerIndex),
      Role: 'VAR/Reseller',
      IsPrimary: false,
    },
  ];
}

export function contactRecords(customer: WorldCustomer, world: World): SObject[] {
  const { index } = customer;
  return customer.contacts.map((contact, position) => ({
    Id: salesforce.contact(index, position),
    ...system(world),
    MasterRecordId: null,
    AccountId: holderOf(customer),
    FirstName: contact.firstName,
    LastName: contact.lastName,
    Name: `${contact.firstName} ${contact.lastName}`,
    Title: contact.title,
    Email: contact.email,
    Phone: contact.phone,
    HasOptedOutOfEmail: contact.emailConsent === false,
    Email_Opt_In__c: contact.emailConsent === true,
    OwnerId: ownerOf(customer, world),
  }));
}

export function opportunityRecords(customer: WorldCustomer, world: World): SObject[] {
  const { index, currency } = customer;
  return customer.opportunities.map((opportunity, position) => ({
    Id: salesforce.opportunity(index, position),
    ...system(world),
    AccountId: holderOf(customer),
    Name: opportunity.name,
    StageName: STAGE[opportunity.stage],
    Amount: decimal(opportunity.amount, currency),
    Probability: opportunity.probabilityPercent,
    CloseDate: opportunity.closesOn,
    CurrencyIsoCode: currency,
    IsClosed: opportunity.stage === 'CLOSED_WON' || opportunity.stage === 'CLOSED_LOST',
    IsWon: opportunity.stage === 'CLOSED_WON',
    OwnerId: ownerOf(customer, world),
    SyncedQuoteId: syncedQuote(customer, position),
    Sales_Order_Number__c: opportunity.order === null ? null : netsuite.salesOrderNumber(index, opportunity.order),
    Stage_Before_Win__c: null,
  }));
}

/** The newest quote of an opportunity is the one that sales keeps in step with it. */
function syncedQuote({ index, quotes }: WorldCustomer, opportunity: number): SalesforceId | null {
  const quote = quotes.findLastIndex((one) => one.opportunity === opportunity);
  return quote < 0 ? null : salesforce.quote(index, quote);
}

export function quoteRecords(customer: WorldCustomer, world: World): SObject[] {
  const { index, currency } = customer;
  return customer.quotes.map((quote, position) => ({
    Id: salesforce.quote(index, position),
    ...system(world),
    QuoteNumber: String(index * RANGE + position + 1).padStart(8, '0'),
    Name: `Quote for ${customer.opportunities[quote.opportunity]?.name ?? customer.crmName}`,
    AccountId: holderOf(customer),
    OpportunityId: salesforce.opportunity(index, quote.opportunity),
    Status: QUOTE_STATUS[quote.status],
    ExpirationDate: quote.expiresOn,
    GrandTotal: decimal(quote.total, currency),
    CurrencyIsoCode: currency,
  }));
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
export function decimal(minor: number, currency: string): number {
  const kept = decimals.get(currency);
  const digits =
    kept ?? new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  if (kept === undefined) decimals.set(currency, digits);
  return minor / 10 ** digits;
}
