/**
 * The fields that the hub reads, by object. `standard` ones are those of every org, `multiCurrency` appears when an org
 * activates more than one currency, `custom` ones an administrator adds for the hub (README.md says how).
 */
export const FIELDS = {
  Account: {
    standard: [
      'Id',
      'Name',
      'ParentId',
      'Industry',
      'Website',
      'BillingStreet',
      'BillingCity',
      'BillingState',
      'BillingPostalCode',
      'BillingCountry',
    ],
    multiCurrency: ['CurrencyIsoCode'],
    custom: ['Hub_Id__c', 'Segment__c', 'Region__c', 'Contracted_Monthly__c', 'Health__c', 'Health_Reason__c'],
    /** Of the user who owns the record. */
    owner: ['Name', 'Email'],
  },
  Contact: {
    standard: ['Id', 'AccountId', 'Name', 'Title', 'Email', 'Phone', 'HasOptedOutOfEmail'],
    multiCurrency: [],
    custom: ['Email_Opt_In__c'],
    owner: [],
  },
  Opportunity: {
    standard: ['Id', 'AccountId', 'Name', 'StageName', 'Amount', 'CloseDate', 'Probability', 'SyncedQuoteId'],
    multiCurrency: ['CurrencyIsoCode'],
    custom: ['Sales_Order_Number__c', 'Stage_Before_Win__c'],
    owner: [],
  },
  Quote: {
    standard: ['Id', 'AccountId', 'QuoteNumber', 'Status', 'GrandTotal', 'ExpirationDate', 'OpportunityId'],
    multiCurrency: ['CurrencyIsoCode'],
    custom: [],
    owner: [],
  },
  OpportunityLineItem: {
    standard: ['Id', 'OpportunityId', 'Quantity', 'UnitPrice', 'Discount', 'Product2.ProductCode'],
    multiCurrency: ['CurrencyIsoCode'],
    custom: [],
    owner: [],
  },
  QuoteLineItem: {
    standard: ['Id', 'QuoteId', 'Quantity', 'UnitPrice', 'Discount', 'Product2.ProductCode'],
    multiCurrency: ['CurrencyIsoCode'],
    custom: [],
    owner: [],
  },
} as const;

export type ReadObject = keyof typeof FIELDS;

/** The fields as a SOQL select list. */
export const selectList = (object: ReadObject): string => {
  const { standard, multiCurrency, custom, owner } = FIELDS[object];
  return [...standard, ...multiCurrency, ...custom, ...owner.map((field) => `Owner.${field}`)].join(', ');
};
