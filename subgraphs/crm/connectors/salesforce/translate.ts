import { id } from '../../../../platform/ids.ts';
import { amountText, type Money, moneyOf } from '../../../../platform/money.ts';
import type { DirectoryEntry } from '../../../../platform/page.ts';
import type {
  Contact,
  CrmAccount,
  CrmAccountChange,
  Opportunity,
  OpportunityStage,
  Quote,
  QuoteLine,
  QuoteStatus,
} from '../../model.ts';
import { broken } from './failures.ts';
import type {
  AccountPartnerRow,
  AccountRow,
  ContactRow,
  DirectoryRow,
  OfferedLineRow,
  OpportunityRow,
  QuoteRow,
} from './wire.ts';

/** The standard sales process. Several vendor stages may be one of ours; the first of each is the one that is written. */
const STAGE = {
  Prospecting: 'PROSPECTING',
  Qualification: 'QUALIFICATION',
  'Needs Analysis': 'QUALIFICATION',
  'Value Proposition': 'QUALIFICATION',
  'Id. Decision Makers': 'QUALIFICATION',
  'Perception Analysis': 'QUALIFICATION',
  'Proposal/Price Quote': 'PROPOSAL',
  'Negotiation/Review': 'NEGOTIATION',
  'Closed Won': 'CLOSED_WON',
  'Closed Lost': 'CLOSED_LOST',
} as const satisfies Record<string, OpportunityStage>;

/** `Approved` and `Needs Review` are steps inside the seller; `Denied` is the customer's no, `Rejected` the seller's own. */
const QUOTE_STATUS = {
  Draft: 'DRAFT',
  'Needs Review': 'IN_REVIEW',
  'In Review': 'IN_REVIEW',
  Approved: 'IN_REVIEW',
  Presented: 'PRESENTED',
  Accepted: 'ACCEPTED',
  Rejected: 'REJECTED',
  Denied: 'REJECTED',
} as const satisfies Record<string, QuoteStatus>;

function known<Table extends Record<string, string>>(table: Table, word: string, field: string): Table[keyof Table] {
  return Object.hasOwn(table, word) ? (table[word] as Table[keyof Table]) : broken(`${field}: unknown value`, field); // an own key, as just asked
}

const wordsFor = (table: Record<string, string>, ours: string): string[] =>
  Object.keys(table).filter((word) => table[word] === ours);

export const stageOf = (word: string): OpportunityStage => known(STAGE, word, 'Opportunity.StageName');

/** Vendor words that mean this status; empty for a status that is none of ours. */
export const stageWords = (stage: string): string[] => wordsFor(STAGE, stage);
export const quoteStatusWords = (status: string): string[] => wordsFor(QUOTE_STATUS, status);

const amountOf = (amount: number | null, currency: string): Money | null =>
  amount === null ? null : moneyOf(amount, currency);

/** The number that Salesforce takes for an amount; its currency goes beside it. */
export const vendorAmount = (amount: Money): number => Number(amountText(amount));

export function accountOf(row: AccountRow, asOf: string): CrmAccount {
  return {
    id: id(row.Id),
    hubId: row.Hub_Id__c,
    name: row.Name,
    segment: row.Segment__c,
    industry: row.Industry,
    region: row.Region__c,
    website: row.Website,
    accountOwner: row.Owner && { name: row.Owner.Name, email: row.Owner.Email },
    salesParentId: row.ParentId === null ? null : id(row.ParentId),
    contractedMonthly: amountOf(row.Contracted_Monthly__c, row.CurrencyIsoCode),
    health: row.Health__c,
    healthReason: row.Health_Reason__c,
    billingAddress: addressOf(row),
    asOf,
  };
}

/** One text field holds all lines of the street; null when the account has no address at all. */
function addressOf(row: AccountRow): CrmAccount['billingAddress'] {
  const [line1 = null, ...more] = row.BillingStreet?.split(/\r?\n/).filter((line) => line.trim() !== '') ?? [];
  const address = {
    line1,
    line2: more.length > 0 ? more.join(', ') : null,
    city: row.BillingCity,
    region: row.BillingState,
    postalCode: row.BillingPostalCode,
    country: row.BillingCountry,
  };
  return Object.values(address).every((part) => part === null) ? null : address;
}

export function contactOf(row: ContactRow): Contact {
  return {
    id: id(row.Id),
    accountId: row.AccountId === null ? null : id(row.AccountId),
    name: row.Name,
    title: row.Title,
    email: row.Email,
    phone: row.Phone,
    // Opted out wins over an older yes; neither box ticked means that nobody asked.
    emailConsent: row.HasOptedOutOfEmail ? false : row.Email_Opt_In__c ? true : null,
  };
}

export function opportunityOf(row: OpportunityRow): Opportunity {
  return {
    id: id(row.Id),
    accountId: row.AccountId === null ? null : id(row.AccountId),
    name: row.Name,
    stage: stageOf(row.StageName),
    amount: amountOf(row.Amount, row.CurrencyIsoCode),
    closesOn: row.CloseDate,
    probabilityPercent: row.Probability === null ? null : Math.round(row.Probability),
    salesOrderNumber: row.Sales_Order_Number__c,
    quoteId: row.SyncedQuoteId === null ? null : id(row.SyncedQuoteId),
  };
}

export function quoteOf(row: QuoteRow): Quote {
  return {
    id: id(row.Id),
    accountId: row.AccountId === null ? null : id(row.AccountId),
    number: row.QuoteNumber,
    status: known(QUOTE_STATUS, row.Status, 'Quote.Status'),
    total: amountOf(row.GrandTotal, row.CurrencyIsoCode),
    expiresOn: row.ExpirationDate,
    opportunityId: row.OpportunityId === null ? null : id(row.OpportunityId),
  };
}

/** A line without a product code names nothing that the ERP knows: its SKU is empty, and a verdict says so. */
export function quoteLineOf({ Quantity, UnitPrice, Discount, CurrencyIsoCode, Product2 }: OfferedLineRow): QuoteLine {
  if (!Number.isInteger(Quantity)) broken('Quantity of a line: not a whole number', 'Quantity');
  const full = moneyOf(UnitPrice, CurrencyIsoCode);
  const hundredths = BigInt(Math.round((Discount ?? 0) * 100)); // of a percent
  const unitPrice = { ...full, minor: (full.minor * (10_000n - hundredths) + 5_000n) / 10_000n };
  return { sku: Product2?.ProductCode ?? '', quantity: Quantity, unitPrice };
}

/** Role of the partner relation that makes an account the partner of record of another; a standard value of the picklist. */
export const PARTNER_OF_RECORD = 'VAR/Reseller';

export function directoryEntryOf(row: DirectoryRow, partners: readonly AccountPartnerRow[]): DirectoryEntry {
  return {
    externalId: row.Id,
    hubId: row.Hub_Id__c,
    name: row.Name,
    email: null, // an account has no address of its own; its contacts have
    parentExternalId: row.ParentId,
    mergedIntoExternalId: row.MasterRecordId,
    rows: { region: row.Region__c, partnersOfRecord: partners.map(({ AccountToId }) => AccountToId) },
  };
}

/** The fields of an account that the change names, as they are written. */
export function accountFields(change: CrmAccountChange): Record<string, string | null> {
  const { segment, industry, website, billingAddress: address, health, healthReason } = change;
  return {
    ...(segment === undefined ? {} : { Segment__c: segment }),
    ...(industry === undefined ? {} : { Industry: industry }),
    ...(website === undefined ? {} : { Website: website }),
    ...(health === undefined ? {} : { Health__c: health }),
    ...(healthReason === undefined ? {} : { Health_Reason__c: healthReason?.slice(0, 255) ?? null }),
    ...(address === undefined
      ? {}
      : {
          BillingStreet: [address.line1, address.line2].filter(Boolean).join('\n') || null,
          BillingCity: address.city,
          BillingState: address.region,
          BillingPostalCode: address.postalCode,
          BillingCountry: address.country,
        }),
  };
}
