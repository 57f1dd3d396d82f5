/**
 * The objects of this org and their fields: standard ones as in the Object Reference v66.0, and the custom fields (`__c`)
 * that an administrator adds for the hub. Everything else (selecting, filtering, validating, describing) reads this table.
 */
export const OBJECTS = {
  Account: {
    prefix: '001',
    fields: {
      ...system('MasterRecordId', 'MasterRecord', 'Account'),
      Name: text(255, { required: true }),
      ParentId: reference('Account', 'Parent'),
      OwnerId: reference('User', 'Owner', { required: true }),
      Industry: text(255),
      Website: text(255),
      Phone: text(40),
      BillingStreet: text(255),
      BillingCity: text(40),
      BillingState: text(80),
      BillingPostalCode: text(20),
      BillingCountry: text(80),
      CurrencyIsoCode: currencyCode(),
      Hub_Id__c: text(40, { externalId: true }),
      Hub_Key__c: text(255),
      Segment__c: picklist(['ENTERPRISE', 'MID_MARKET', 'SMALL_BUSINESS']),
      Region__c: picklist(['EMEA', 'AMER', 'APAC']),
      Contracted_Monthly__c: number('currency'),
      Health__c: picklist(['GOOD', 'AT_RISK', 'CRITICAL']),
      Health_Reason__c: text(255),
    },
    children: {
      Contacts: ['Contact', 'AccountId'],
      Opportunities: ['Opportunity', 'AccountId'],
      Quotes: ['Quote', 'AccountId'],
      ChildAccounts: ['Account', 'ParentId'],
      AccountPartnersFrom: ['AccountPartner', 'AccountFromId'],
      AccountPartnersTo: ['AccountPartner', 'AccountToId'],
      Tasks: ['Task', 'WhatId'],
    },
  },
  /** Written through the object Partner, which nobody needs here. */
  AccountPartner: {
    prefix: '00I',
    fields: {
      ...system(),
      AccountFromId: { ...reference('Account', 'AccountFrom'), readOnly: true },
      AccountToId: { ...reference('Account', 'AccountTo'), readOnly: true },
      Role: readOnly('string'),
      IsPrimary: readOnly('boolean'),
    },
    children: {},
  },
  Contact: {
    prefix: '003',
    fields: {
      ...system('MasterRecordId', 'MasterRecord', 'Contact'),
      AccountId: reference('Account', 'Account'),
      FirstName: text(40),
      LastName: text(80, { required: true }),
      Name: readOnly('string'),
      Title: text(128),
      Email: text(80, { kind: 'email' }),
      Phone: text(40),
      HasOptedOutOfEmail: boolean(),
      Email_Opt_In__c: boolean(),
      Hub_Key__c: text(255, { externalId: true }),
      OwnerId: reference('User', 'Owner', { required: true }),
    },
    children: {},
  },
  Opportunity: {
    prefix: '006',
    fields: {
      ...system(),
      AccountId: reference('Account', 'Account'),
      Name: text(120, { required: true }),
      StageName: picklist(
        [
          'Prospecting',
          'Qualification',
          'Needs Analysis',
          'Value Proposition',
          'Id. Decision Makers',
          'Perception Analysis',
          'Proposal/Price Quote',
          'Negotiation/Review',
          'Closed Won',
          'Closed Lost',
        ],
        { required: true },
      ),
      Amount: number('currency'),
      Probability: number('percent'),
      CloseDate: { kind: 'date', required: true },
      CurrencyIsoCode: currencyCode(),
      IsClosed: readOnly('boolean'),
      IsWon: readOnly('boolean'),
      OwnerId: reference('User', 'Owner', { required: true }),
      SyncedQuoteId: reference('Quote', 'SyncedQuote'),
      Sales_Order_Number__c: text(40),
      Stage_Before_Win__c: text(40),
    },
    children: {
      Quotes: ['Quote', 'OpportunityId'],
      OpportunityLineItems: ['OpportunityLineItem', 'OpportunityId'],
      Tasks: ['Task', 'WhatId'],
    },
  },
  Quote: {
    prefix: '0Q0',
    fields: {
      ...system(),
      QuoteNumber: readOnly('string'),
      Name: text(255, { required: true }),
      AccountId: { ...reference('Account', 'Account'), readOnly: true },
      OpportunityId: reference('Opportunity', 'Opportunity', { required: true }),
      Status: picklist([
        'Draft',
        'Needs Review',
        'In Review',
        'Approved',
        'Rejected',
        'Presented',
        'Accepted',
        'Denied',
      ]),
      ExpirationDate: { kind: 'date' },
      GrandTotal: readOnly('currency'),
      CurrencyIsoCode: { ...currencyCode(), readOnly: true },
    },
    children: { QuoteLineItems: ['QuoteLineItem', 'QuoteId'] },
  },
  /** "QuoteLineItem" and "Product2", Object Reference v66.0. Sales keeps them in its own tool: here they are only read. */
  QuoteLineItem: {
    prefix: '0QL',
    fields: {
      ...system(),
      QuoteId: { ...reference('Quote', 'Quote'), readOnly: true },
      Product2Id: { ...reference('Product2', 'Product2'), readOnly: true },
      LineNumber: readOnly('string'),
      Quantity: readOnly('currency'),
      UnitPrice: readOnly('currency'),
      ListPrice: readOnly('currency'),
      Discount: readOnly('percent'),
      CurrencyIsoCode: { ...currencyCode(), readOnly: true },
    },
    children: {},
  },
  /** "OpportunityLineItem", Object Reference v66.0: while a quote is synced, the same lines as that quote's. Only read here. */
  OpportunityLineItem: {
    prefix: '00k',
    fields: {
      ...system(),
      OpportunityId: { ...reference('Opportunity', 'Opportunity'), readOnly: true },
      Product2Id: { ...reference('Product2', 'Product2'), readOnly: true },
      SortOrder: readOnly('currency'),
      Quantity: readOnly('currency'),
      UnitPrice: readOnly('currency'),
      ListPrice: readOnly('currency'),
      Discount: readOnly('percent'),
      CurrencyIsoCode: { ...currencyCode(), readOnly: true },
    },
    children: {},
  },
  Product2: {
    prefix: '01t',
    fields: {
      ...system(),
      Name: readOnly('string'),
      ProductCode: readOnly('string'),
      IsActive: readOnly('boolean'),
    },
    children: {},
  },
  Task: {
    prefix: '00T',
    fields: {
      ...system(),
      WhatId: reference(['Account', 'Opportunity'], 'What'),
      OwnerId: reference('User', 'Owner', { required: true }),
      Subject: text(255),
      Description: text(32_000),
      Status: picklist(['Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred'], {
        required: true,
      }),
      Priority: picklist(['High', 'Normal', 'Low'], { required: true }),
      ActivityDate: { kind: 'date' },
      Hub_Key__c: text(255, { externalId: true }),
    },
    children: {},
  },
  User: {
    prefix: '005',
    fields: {
      Id: readOnly('id'),
      CreatedDate: readOnly('datetime'),
      LastModifiedDate: readOnly('datetime'),
      SystemModstamp: readOnly('datetime'),
      Name: readOnly('string'),
      Email: text(128, { kind: 'email', required: true }),
      IsActive: boolean(),
    },
    children: {},
  },
} as const satisfies Record<string, ObjectShape>;

export type ObjectName = keyof typeof OBJECTS;

export type FieldKind =
  | 'id'
  | 'reference'
  | 'string'
  | 'email'
  | 'picklist'
  | 'boolean'
  | 'currency'
  | 'percent'
  | 'date'
  | 'datetime';

export interface FieldShape {
  readonly kind: FieldKind;
  readonly length?: number;
  /** Values of a restricted picklist. */
  readonly values?: readonly string[];
  readonly refersTo?: readonly string[];
  /** Name under which a query walks to the parent. Example: `Owner` for `OwnerId`. */
  readonly relationship?: string;
  /** Must have a value; the org fills in what `withDefaults` knows. */
  readonly required?: boolean;
  /** Indexed, unique without regard to case, and usable in the path of an upsert. */
  readonly externalId?: boolean;
  readonly readOnly?: boolean;
}

export interface ObjectShape {
  /** First three characters of the ids of this object. */
  readonly prefix: string;
  readonly fields: Readonly<Record<string, FieldShape>>;
  /** Child relationships by name: the child object and its field that refers here. */
  readonly children: Readonly<Record<string, readonly [string, string]>>;
}

export const shapeOf = (name: ObjectName): ObjectShape => OBJECTS[name];

const BY_LOWER = new Map(Object.keys(OBJECTS).map((name) => [name.toLowerCase(), name as ObjectName])); // keys of OBJECTS

/** Names are case-insensitive, as in the vendor's API. */
export const objectNamed = (name: string): ObjectName | undefined => BY_LOWER.get(name.toLowerCase());

const FIELDS = new Map(
  Object.entries(OBJECTS).map(([name, shape]) => [
    name,
    new Map(Object.keys(shape.fields).map((field) => [field.toLowerCase(), field])),
  ]),
);

/** The field's name as the org spells it. */
export const fieldNamed = (object: ObjectName, field: string): string | undefined =>
  FIELDS.get(object)?.get(field.toLowerCase());

export const fieldShape = (object: ObjectName, field: string): FieldShape => {
  const shape = shapeOf(object).fields[field];
  if (!shape) throw new Error(`${object} has no ${field}`);
  return shape;
};

const PARENTS = new Map(
  Object.entries<ObjectShape>(OBJECTS).map(([name, shape]) => [
    name,
    Object.entries(shape.fields).flatMap(([field, { relationship, refersTo }]) => {
      const parent = refersTo?.[0] === undefined ? undefined : objectNamed(refersTo[0]);
      return relationship === undefined || parent === undefined ? [] : [{ relationship, field, parent }];
    }),
  ]),
);

/** The field and the object behind a relationship's name. Example: `OwnerId` and `User` for `Owner`. */
export const parentNamed = (object: ObjectName, relationship: string) =>
  PARENTS.get(object)?.find((each) => each.relationship === relationship) ??
  PARENTS.get(object)?.find((each) => each.relationship.toLowerCase() === relationship.toLowerCase());

function system(mergedField?: string, mergedRelationship?: string, mergedObject?: string) {
  return {
    Id: readOnly('id'),
    IsDeleted: readOnly('boolean'),
    CreatedDate: readOnly('datetime'),
    LastModifiedDate: readOnly('datetime'),
    SystemModstamp: readOnly('datetime'),
    LastModifiedById: { ...reference('User', 'LastModifiedBy'), readOnly: true },
    ...(mergedField && mergedRelationship && mergedObject
      ? { [mergedField]: { ...reference(mergedObject, mergedRelationship), readOnly: true } }
      : {}),
  };
}

function readOnly(kind: FieldKind): FieldShape {
  return { kind, readOnly: true };
}

function text(length: number, more: Partial<FieldShape> = {}): FieldShape {
  return { kind: 'string', length, ...more };
}

function picklist(values: readonly string[], more: Partial<FieldShape> = {}): FieldShape {
  return { kind: 'picklist', values, length: 255, ...more };
}

function number(kind: 'currency' | 'percent'): FieldShape {
  return { kind };
}

function boolean(): FieldShape {
  return { kind: 'boolean' };
}

function currencyCode(): FieldShape {
  return picklist(['EUR', 'USD', 'GBP', 'CHF', 'JPY', 'AUD', 'CAD', 'SGD', 'SEK', 'DKK', 'NOK', 'PLN'], {
    required: true,
  });
}

function reference(refersTo: string | readonly string[], relationship: string, more: Partial<FieldShape> = {}) {
  return {
    kind: 'reference',
    refersTo: typeof refersTo === 'string' ? [refersTo] : refersTo,
    relationship,
    ...more,
  } satisfies FieldShape;
}
