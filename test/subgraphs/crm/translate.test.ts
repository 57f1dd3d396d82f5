import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorCode } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import { money } from '../../../platform/money.ts';
import { FIELDS } from '../../../subgraphs/crm/connectors/salesforce/fields.ts';
import { isIdOf, quoted, withoutReferences } from '../../../subgraphs/crm/connectors/salesforce/soql.ts';
import {
  accountFields,
  accountOf,
  contactOf,
  opportunityOf,
  quoteOf,
  stageWords,
  vendorAmount,
} from '../../../subgraphs/crm/connectors/salesforce/translate.ts';
import {
  AccountRow,
  type ContactRow,
  OpportunityRow,
  type QuoteRow,
} from '../../../subgraphs/crm/connectors/salesforce/wire.ts';

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/salesforce/composite-360.json', import.meta.url), 'utf8'),
);
const [accounts, nested] = fixture.compositeResponse;
const account = AccountRow.parse(accounts.body.records[0]);
const opportunities: OpportunityRow[] = nested.body.records[0].Opportunities.records.map((row: unknown) =>
  OpportunityRow.parse(row),
);

test('an account in our words', () => {
  assert.deepEqual(accountOf(account, '2026-10-05T08:00:00.000Z'), {
    id: '001Q80000004C95IAE',
    hubId: 'C-10001',
    name: 'Burlington Textiles Corp of America',
    segment: 'ENTERPRISE',
    industry: 'Apparel',
    region: 'AMER',
    website: 'www.burlington.example',
    accountOwner: { name: 'Amelie Rossi', email: 'amelie.rossi@meridian.example' },
    salesParentId: '001Q80000004C96IAE',
    contractedMonthly: money(124_980n, 'USD'),
    health: null,
    healthReason: null,
    billingAddress: {
      line1: '525 S. Lexington Ave',
      line2: 'Building 4',
      city: 'Burlington',
      region: 'NC',
      postalCode: '27215',
      country: 'US',
    },
    asOf: '2026-10-05T08:00:00.000Z',
  });
});

test('an account without an address, an owner or a contract has none, not empty ones', () => {
  const bare = { ...account, Owner: null, Contracted_Monthly__c: null, ParentId: null };
  for (const part of ['BillingStreet', 'BillingCity', 'BillingState', 'BillingPostalCode', 'BillingCountry'] as const) {
    bare[part] = null;
  }
  const { billingAddress, accountOwner, contractedMonthly, salesParentId } = accountOf(bare, '');
  assert.deepEqual([billingAddress, accountOwner, contractedMonthly, salesParentId], [null, null, null, null]);
});

test('opportunities in our words, whole percents and no amount where there is none', () => {
  assert.deepEqual(
    opportunities
      .map(opportunityOf)
      .map(({ stage, amount, probabilityPercent, salesOrderNumber, quoteId }) => [
        ...[stage, amount, probabilityPercent, salesOrderNumber, quoteId],
      ]),
    [
      ['QUALIFICATION', money(23_500_000n, 'USD'), 60, null, null],
      ['CLOSED_WON', null, 100, 'SO100000', '0Q0Q80000004C95EAE'],
    ],
  );
});

test('amounts have the decimals of their currency, both ways', () => {
  for (const [amount, currency, minor] of [
    [0.1, 'EUR', 10n],
    [1.005, 'EUR', 101n],
    [1_234_567_890.12, 'USD', 123_456_789_012n],
    [5000, 'JPY', 5000n],
    [-2.5, 'GBP', -250n],
  ] as const) {
    const [opportunity] = opportunities;
    assert.ok(opportunity);
    assert.deepEqual(
      opportunityOf({ ...opportunity, Amount: amount, CurrencyIsoCode: currency }).amount,
      money(minor, currency),
    );
  }
  assert.deepEqual([vendorAmount(money(124_980n, 'USD')), vendorAmount(money(5000n, 'JPY'))], [1249.8, 5000]);
});

test('a stage or status that nobody agreed on is an error that names the field, never a default', () => {
  const [opportunity] = opportunities;
  assert.ok(opportunity);
  for (const StageName of ['Negotiating', '', 'constructor', '__proto__', 'closed won']) {
    assert.throws(
      () => opportunityOf({ ...opportunity, StageName }),
      (error) => errorCode(error) === 'CONTRACT_BROKEN' && /Opportunity\.StageName/.test(String(error)),
      StageName,
    );
  }
  const quote: QuoteRow = {
    Id: '0Q0Q80000004C95KAE',
    AccountId: null,
    QuoteNumber: '1',
    Status: 'Denied',
    GrandTotal: null,
    ExpirationDate: null,
    OpportunityId: null,
    CurrencyIsoCode: 'EUR',
  };
  assert.equal(quoteOf(quote).status, 'REJECTED');
  assert.throws(
    () => quoteOf({ ...quote, Status: 'Sent' }),
    (error) => errorCode(error) === 'CONTRACT_BROKEN',
  );
});

test('each stage of ours is written as the first of the vendor’s', () => {
  const stages = ['PROSPECTING', 'QUALIFICATION', 'PROPOSAL', 'NEGOTIATION', 'CLOSED_WON', 'CLOSED_LOST'];
  assert.deepEqual(
    stages.map((stage) => stageWords(stage)[0]),
    ['Prospecting', 'Qualification', 'Proposal/Price Quote', 'Negotiation/Review', 'Closed Won', 'Closed Lost'],
  );
});

test('consent: opted out is no, opted in is yes, neither was never asked', () => {
  const contact = (HasOptedOutOfEmail: boolean, Email_Opt_In__c: boolean): ContactRow => ({
    Id: '003Q80000004CA3IAM',
    AccountId: '001Q80000004C95IAE',
    Name: 'A B',
    Title: null,
    Email: null,
    Phone: null,
    HasOptedOutOfEmail,
    Email_Opt_In__c,
  });
  const consent = (out: boolean, yes: boolean) => contactOf(contact(out, yes)).emailConsent;
  assert.deepEqual(
    [consent(true, false), consent(true, true), consent(false, true), consent(false, false)],
    [false, false, true, null],
  );
});

test('only what a change names is written', () => {
  const accountId = id<'CrmAccount'>('001Q80000004C95IAE');
  assert.deepEqual(accountFields({ accountId }), {});
  assert.deepEqual(accountFields({ accountId, industry: '' }), { Industry: '' });
  const billingAddress = { line1: null, line2: null, city: 'Graz', region: null, postalCode: null, country: 'AT' };
  assert.deepEqual(accountFields({ accountId, billingAddress }), {
    BillingStreet: null,
    BillingCity: 'Graz',
    BillingState: null,
    BillingPostalCode: null,
    BillingCountry: 'AT',
  });
});

test('text stays text inside a query', () => {
  for (const [text, literal] of [
    ["O'Hara", "'O\\'Hara'"],
    ["\\' OR Id != null", "'\\\\\\' OR Id != null'"],
    ['a\nb\r\t"', "'a\\nb\\r\\t\\\"'"],
    ['', "''"],
  ] as const) {
    assert.equal(quoted(text), literal);
  }
  assert.equal(withoutReferences('pay @{account.id} @{{'), 'pay @ {account.id} @ {{');
});

test('only ids of the right object, in both lengths, count as ids', () => {
  assert.ok(isIdOf('Account', '001Q80000004C95') && isIdOf('Account', '001Q80000004C95IAE'));
  for (const text of [
    '003Q80000004C95IAE',
    '001Q80000004C9',
    '001Q80000004C95I',
    "001Q80000004C9'IAE",
    ' 001Q80000004C95',
    '001Q80000004C95\n',
    '',
  ]) {
    assert.ok(!isIdOf('Account', text), JSON.stringify(text));
  }
});

/**
 * jsforce's types of the standard objects. They were made in an org without quotes, where nothing leads to one, and whose user may
 * not see the discounts of opportunity products; both fields are in the Object Reference.
 */
const NOT_IN_THAT_ORG = ['SyncedQuoteId', 'Discount'];

test('every standard field that is read exists in jsforce’s schema of the standard objects', () => {
  const types = readFileSync(
    new URL('../../../node_modules/@jsforce/jsforce-node/lib/types/standard-schema.d.ts', import.meta.url),
    'utf8',
  );
  const fieldsOf = (object: string): string[] => {
    const block = new RegExp(`type Fields\\$${object} = \\{([^}]*)\\}`).exec(types)?.[1] ?? '';
    return [...block.matchAll(/^ {4}(\w+)\??:/gm)].map((match) => match[1] ?? '');
  };
  assert.ok(fieldsOf('Account').length > 40);
  const unknown = (object: string, fields: readonly string[]) =>
    fields.filter((field) => !fieldsOf(object).includes(field));
  for (const object of ['Account', 'Contact', 'Opportunity', 'OpportunityLineItem'] as const) {
    const own = FIELDS[object].standard.filter((field) => !NOT_IN_THAT_ORG.includes(field) && !field.includes('.'));
    assert.deepEqual(unknown(object, own), [], object);
    assert.ok(FIELDS[object].custom.every((field) => field.endsWith('__c')));
    assert.deepEqual(unknown('User', FIELDS[object].owner), []);
  }
  assert.deepEqual(fieldsOf('Quote'), [], 'jsforce knows Quote now: check its fields too');
  assert.deepEqual(unknown('Product2', ['ProductCode']), []);
  const account = ['MasterRecordId', 'IsDeleted'];
  const task = ['WhatId', 'Subject', 'Description', 'Status'];
  assert.deepEqual([...unknown('Account', account), ...unknown('Task', task)], []);
});
