import { z } from 'zod';

/**
 * What Salesforce REST API v66.0 sends, as far as the hub reads it. Pages of developer.salesforce.com:
 * - token: help.salesforce.com "OAuth 2.0 Client Credentials Flow for Server-to-Server Integration"
 * - query: api_rest/resources_query.htm; more rows: resources_query_more_results.htm
 * - composite: api_rest/resources_composite_composite_post.htm
 * - errors: api_rest/errorcodes.htm
 * - fields: object_reference (Account, AccountPartner, Contact, Opportunity, OpportunityLineItem, Product2, Quote, QuoteLineItem)
 */

export const Token = z.object({ access_token: z.string().min(1), instance_url: z.url({ protocol: /^https?$/ }) });
export type Token = z.infer<typeof Token>;

export const Problems = z
  .array(z.object({ errorCode: z.string(), message: z.string(), fields: z.array(z.string()).optional() }))
  .min(1);

/** Only a path below the API: a broken answer must not send the hub, with its token, elsewhere. */
const nextRecordsUrl = z.string().regex(/^\/services\/data\/v\d\d\.0\/query(All)?\/[\w-]+$/);

/** Done, or a place where there is more: never neither. */
export const QueryAnswer = z.discriminatedUnion('done', [
  z.object({ done: z.literal(true), records: z.array(z.unknown()) }),
  z.object({ done: z.literal(false), records: z.array(z.unknown()), nextRecordsUrl }),
]);
export type QueryAnswer = z.infer<typeof QueryAnswer>;

export const CompositeAnswer = z.object({
  compositeResponse: z.array(
    z.object({ referenceId: z.string(), httpStatusCode: z.number().int(), body: z.unknown() }),
  ),
});

const id = z.string().regex(/^[A-Za-z0-9]{18}$/);
const text = z.string().nullable();
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const currency = z.string().regex(/^[A-Z]{3}$/);

export const AccountRow = z.object({
  Id: id,
  Name: z.string(),
  ParentId: id.nullable(),
  Industry: text,
  Website: text,
  BillingStreet: text,
  BillingCity: text,
  BillingState: text,
  BillingPostalCode: text,
  BillingCountry: text,
  CurrencyIsoCode: currency,
  Hub_Id__c: text,
  Segment__c: text,
  Region__c: text,
  Contracted_Monthly__c: z.number().nullable(),
  Health__c: z.enum(['GOOD', 'AT_RISK', 'CRITICAL']).nullable(),
  Health_Reason__c: text,
  Owner: z.object({ Name: z.string(), Email: text }).nullable(),
});
export type AccountRow = z.infer<typeof AccountRow>;

export const ContactRow = z.object({
  Id: id,
  AccountId: id.nullable(),
  Name: z.string(),
  Title: text,
  Email: text,
  Phone: text,
  HasOptedOutOfEmail: z.boolean(),
  Email_Opt_In__c: z.boolean(),
});
export type ContactRow = z.infer<typeof ContactRow>;

export const OpportunityRow = z.object({
  Id: id,
  AccountId: id.nullable(),
  Name: z.string(),
  StageName: z.string(),
  Amount: z.number().nullable(),
  CloseDate: day,
  Probability: z.number().nullable(),
  CurrencyIsoCode: currency,
  SyncedQuoteId: id.nullable(),
  Sales_Order_Number__c: text,
  Stage_Before_Win__c: text,
});
export type OpportunityRow = z.infer<typeof OpportunityRow>;

export const QuoteRow = z.object({
  Id: id,
  AccountId: id.nullable(),
  QuoteNumber: z.string(),
  Status: z.string(),
  GrandTotal: z.number().nullable(),
  ExpirationDate: day.nullable(),
  OpportunityId: id.nullable(),
  CurrencyIsoCode: currency,
});
export type QuoteRow = z.infer<typeof QuoteRow>;

/** `Discount` is in percent of `UnitPrice`; null: none is given. */
const OfferedLineRow = z.object({
  Quantity: z.number(),
  UnitPrice: z.number(),
  Discount: z.number().min(0).max(100).nullable(),
  CurrencyIsoCode: currency,
  Product2: z.object({ ProductCode: text }).nullable(),
});
export type OfferedLineRow = z.infer<typeof OfferedLineRow>;
export const QuoteLineRow = OfferedLineRow.extend({ QuoteId: id });
export const OpportunityLineRow = OfferedLineRow.extend({ OpportunityId: id });

export const DirectoryRow = z.object({
  Id: id,
  Name: z.string(),
  ParentId: id.nullable(),
  Hub_Id__c: text,
  MasterRecordId: id.nullable(),
  IsDeleted: z.boolean(),
  Region__c: text,
  /** A nested answer; null where there is no such relation. */
  AccountPartnersFrom: z.unknown().nullable(),
});
export type DirectoryRow = z.infer<typeof DirectoryRow>;

/** To whom a partner relation of an account goes. */
export const AccountPartnerRow = z.object({ AccountToId: id });
export type AccountPartnerRow = z.infer<typeof AccountPartnerRow>;
