import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Connection } from '@jsforce/jsforce-node';
import { createWorld } from '../../../sandbox/data/generate.ts';
import * as keys from '../../../sandbox/data/keys.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/start.ts';

/** jsforce, written by others against the real API, as a client that knows nothing of this sandbox. */
describe('the Salesforce sandbox, asked by jsforce', () => {
  const world = createWorld({ seed: 3, size: 700, today: '2026-10-05' });
  const known = [...world.customers()].filter((customer) => customer.known.crm);
  const standing = known.filter((customer) => customer.mergedIntoIndex === null);
  let sandbox: RunningSandbox;
  let connection: Connection;

  before(async () => {
    sandbox = await startSandbox({ customers: 700, seed: 3, latency: { minMs: 0, maxMs: 0 } });
    const { clientId, clientSecret } = sandbox.credentials.salesforce;
    const oauth2 = { clientId: clientId ?? '', clientSecret: clientSecret ?? '', loginUrl: sandbox.url.salesforce };
    connection = new Connection({ loginUrl: sandbox.url.salesforce, oauth2, version: '66.0' });
    await connection.authorize({ grant_type: 'client_credentials' });
  });
  after(() => sandbox.close());

  const refused = (errorCode: string) => (error: unknown) =>
    error instanceof Error && 'errorCode' in error && error.errorCode === errorCode;

  test('a token tells where the org is, and the limits are read from the answers', async () => {
    assert.equal(connection.instanceUrl, sandbox.url.salesforce);
    await connection.query('SELECT COUNT() FROM Account');
    assert.ok((connection.limitInfo.apiUsage?.limit ?? 0) > (connection.limitInfo.apiUsage?.used ?? 0));
  });

  test('counts, parents, children, order, limit and offset', async () => {
    const { totalSize } = await connection.query('SELECT COUNT() FROM Account');
    assert.equal(totalSize, standing.length);
    const page = await connection.query(
      'SELECT Name, Owner.Name, (SELECT Name FROM Contacts ORDER BY Name DESC LIMIT 2) FROM Account ORDER BY Name ASC LIMIT 5 OFFSET 3',
    );
    const byName = standing.toSorted((a, b) => (a.crmName.toLowerCase() < b.crmName.toLowerCase() ? -1 : 1));
    assert.deepEqual(
      page.records.map((record) => record.Name),
      byName.slice(3, 8).map((customer) => customer.crmName),
    );
    for (const [at, record] of page.records.entries()) {
      const customer = byName[at + 3];
      const names = (customer?.contacts ?? []).map(({ firstName, lastName }) => `${firstName} ${lastName}`);
      assert.equal(record.Owner.Name, world.salesReps[customer?.salesRep ?? 0]?.name);
      assert.deepEqual(
        (record.Contacts?.records ?? []).map((contact: { Name: string }) => contact.Name),
        names.toSorted().toReversed().slice(0, 2),
      );
    }
  });

  const CONDITIONS: readonly (readonly [string, (customer: (typeof standing)[number]) => boolean])[] = [
    ["Segment__c = 'ENTERPRISE'", (c) => c.segment === 'ENTERPRISE'],
    ["Segment__c != 'enterprise'", (c) => c.segment !== 'ENTERPRISE'],
    [
      "Segment__c IN ('ENTERPRISE', 'SMALL_BUSINESS') AND Region__c = 'EMEA'",
      (c) => c.segment !== 'MID_MARKET' && c.region === 'EMEA',
    ],
    ["Segment__c NOT IN ('ENTERPRISE')", (c) => c.segment !== 'ENTERPRISE'],
    [
      "(Region__c = 'APAC' OR Region__c = 'AMER') AND (NOT Segment__c = 'ENTERPRISE')",
      (c) => c.region !== 'EMEA' && c.segment !== 'ENTERPRISE',
    ],
    ["Name LIKE 'C%'", (c) => c.crmName.toLowerCase().startsWith('c')],
    ["Name LIKE '_e%'", (c) => c.crmName.charAt(1).toLowerCase() === 'e'],
    ["(NOT Name LIKE '%a%')", (c) => !c.crmName.toLowerCase().includes('a')],
    ['ParentId != null', (c) => c.parentIndex !== null],
    ['ParentId = null AND Contracted_Monthly__c = null', (c) => c.parentIndex === null && !hasContract(c)],
    [
      "Parent.Segment__c = 'ENTERPRISE'",
      (c) => c.parentIndex !== null && world.customer(c.parentIndex).segment === 'ENTERPRISE',
    ],
    [
      `Hub_Id__c IN ('${standing[5]?.hubId}', '${standing[9]?.hubId?.toLowerCase()}', 'none')`,
      (c) => c === standing[5] || c === standing[9],
    ],
  ];
  const hasContract = (c: (typeof standing)[number]) => c.subscriptions.some(({ status }) => status !== 'CANCELLED');
  for (const [where, expected] of CONDITIONS) {
    test(`WHERE ${where}`, async () => {
      const { records } = await connection.query(`SELECT Hub_Id__c FROM Account WHERE ${where}`);
      assert.deepEqual(
        records.map((record) => record.Hub_Id__c),
        standing.filter(expected).map((customer) => customer.hubId),
      );
    });
  }

  test('dates and amounts are compared as such, nulls come first or last as asked', async () => {
    const { records } = await connection.query(
      `SELECT CloseDate, Amount FROM Opportunity WHERE CloseDate >= ${world.today} AND Amount > 1000.5 AND IsClosed = FALSE ORDER BY CloseDate DESC, Amount`,
    );
    assert.ok(records.length > 10);
    for (const [at, record] of records.entries()) {
      assert.ok(record.CloseDate >= world.today && record.Amount > 1000.5);
      const next = records[at + 1];
      assert.ok(
        !next ||
          record.CloseDate > next.CloseDate ||
          (record.CloseDate === next.CloseDate && record.Amount <= next.Amount),
      );
    }
    const orderOf = async (nulls: string) => {
      const soql = `SELECT Contracted_Monthly__c FROM Account ORDER BY Contracted_Monthly__c ASC ${nulls}`;
      return (await connection.query(soql)).records.map((record) => record.Contracted_Monthly__c === null);
    };
    assert.deepEqual(
      await orderOf(''),
      (await orderOf('')).toSorted((a, b) => Number(b) - Number(a)),
    );
    assert.deepEqual(await orderOf('NULLS LAST'), (await orderOf('')).toReversed());
  });

  test('long answers come in pages, followed to the end by autoFetch', async () => {
    const contacts = known.reduce((sum, customer) => sum + customer.contacts.length, 0);
    sandbox.clearCalls();
    const all = await connection.query('SELECT Id FROM Contact', { autoFetch: true, maxFetch: 100_000 });
    assert.equal(all.records.length, contacts);
    assert.equal(new Set(all.records.map((record) => record.Id)).size, contacts);
    assert.ok(sandbox.calls().length >= Math.ceil(contacts / 2_000));
    const headers = { 'Sforce-Query-Options': 'batchSize=200' };
    const first = await connection.query('SELECT Id FROM Account', { headers });
    assert.deepEqual([first.done, first.records.length, first.totalSize], [false, 200, standing.length]);
    const second = await connection.queryMore(first.nextRecordsUrl ?? '');
    assert.equal(second.records.length, 200);
    await assert.rejects(async () => connection.queryMore('01gQ80000000009999-200'), refused('INVALID_QUERY_LOCATOR'));
  });

  test('what was merged away is only seen by queryAll', async () => {
    const merged = known.filter((customer) => customer.mergedIntoIndex !== null);
    assert.ok(merged.length > 0);
    const soql = 'SELECT Id, MasterRecordId FROM Account WHERE MasterRecordId != null';
    assert.equal((await connection.query(soql)).totalSize, 0);
    const { records } = await connection.query(soql, { scanAll: true });
    assert.deepEqual(
      records.map((record) => [record.Id, record.MasterRecordId]),
      merged.map(({ index, mergedIntoIndex }) => [
        keys.salesforce.account(index),
        keys.salesforce.account(mergedIntoIndex ?? 0),
      ]),
    );
  });

  test('a merge has moved what belonged to the account', async () => {
    const gone = known.find((customer) => customer.mergedIntoIndex !== null);
    assert.ok(gone && gone.contacts.length > 0);
    const of = async (index: number) => {
      const soql = `SELECT Email FROM Contact WHERE AccountId = '${keys.salesforce.account(index)}'`;
      return (await connection.query(soql)).records.map((record) => record.Email);
    };
    assert.deepEqual(await of(gone.index), []);
    const kept = await of(gone.mergedIntoIndex ?? 0);
    assert.ok(gone.contacts.every(({ email }) => kept.includes(email)));
  });

  test('records are retrieved in the order asked, null for a missing one; a bad field fails all', async () => {
    const ids = [
      keys.salesforce.account(standing[2]?.index ?? 0),
      keys.salesforce.account(900_000),
      keys.salesforce.account(standing[1]?.index ?? 0),
    ];
    const records = await connection.sobject('Account').retrieve(ids, { fields: ['Id', 'Name'] });
    assert.deepEqual(
      records.map((record) => record?.Name ?? null),
      [standing[2]?.crmName, null, standing[1]?.crmName],
    );
    await assert.rejects(
      connection.sobject('Account').retrieve(ids, { fields: ['Nothing'] }),
      refused('INVALID_FIELD'),
    );
  });

  test('a record is created, read, changed, upserted and deleted', async () => {
    const accountId = keys.salesforce.account(standing[0]?.index ?? 0);
    const tasks = connection.sobject('Task');
    const created = await tasks.create({ WhatId: accountId, Subject: 'Call', Hub_Key__c: 'k:1' });
    assert.ok(created.success && created.id.startsWith('00T') && created.id.length === 18);
    assert.equal((await tasks.retrieve(created.id)).Status, 'Not Started');
    await tasks.update({ Id: created.id, Status: 'Completed' });
    const again = await tasks.upsert({ Hub_Key__c: 'k:1', Subject: 'Called' }, 'Hub_Key__c');
    const fresh = await tasks.upsert({ Hub_Key__c: 'k:2', Subject: 'Other' }, 'Hub_Key__c');
    assert.ok(again.success && fresh.success);
    assert.equal(again.id, created.id);
    assert.notEqual(fresh.id, created.id);
    const { records } = await connection.query(`SELECT Subject, Status FROM Task WHERE WhatId = '${accountId}'`);
    assert.deepEqual(
      records.map(({ Subject, Status }) => [Subject, Status]),
      [['Called', 'Completed']],
    );
    await tasks.destroy(created.id);
    await assert.rejects(async () => tasks.retrieve(created.id), refused('ENTITY_IS_DELETED'));
    assert.equal((await connection.query("SELECT Id FROM Task WHERE Hub_Key__c = 'k:1'")).totalSize, 0);
  });

  test('a won opportunity is closed, and a lost one cannot be won', async () => {
    const { records } = await connection.query(
      "SELECT Id, StageName FROM Opportunity WHERE StageName IN ('Prospecting', 'Closed Lost') ORDER BY StageName DESC",
    );
    const [open, lost] = [records.at(0), records.at(-1)];
    assert.ok(open?.StageName === 'Prospecting' && lost?.StageName === 'Closed Lost' && open.Id && lost.Id);
    const opportunities = connection.sobject('Opportunity');
    await opportunities.update({ Id: open.Id, StageName: 'Closed Won' });
    const won = await opportunities.retrieve(open.Id);
    assert.deepEqual([won.IsClosed, won.IsWon, won.Probability], [true, true, 100]);
    await assert.rejects(
      async () => opportunities.update({ Id: lost.Id ?? '', StageName: 'Closed Won' }),
      refused('FIELD_CUSTOM_VALIDATION_EXCEPTION'),
    );
  });

  test('an object describes itself', async () => {
    const { fields, keyPrefix } = await connection.sobject('Account').describe();
    assert.equal(keyPrefix, '001');
    assert.equal(fields.find(({ name }) => name === 'Hub_Id__c')?.externalId, true);
  });

  const REFUSED_QUERIES = [
    ['SELECT Nothing FROM Account', 'INVALID_FIELD'],
    ['SELECT Nothing.Name FROM Account', 'INVALID_FIELD'],
    ['SELECT Id FROM Nothing', 'INVALID_TYPE'],
    ['SELECT Id, (SELECT Id FROM Nothing) FROM Account', 'INVALID_TYPE'],
    ['SELECT Id FROM', 'MALFORMED_QUERY'],
    ["SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", 'MALFORMED_QUERY'],
    ['SELECT Id FROM Account WHERE Name = 5', 'INVALID_FIELD'],
    ["SELECT Id FROM Opportunity WHERE CloseDate = '2026-01-01'", 'INVALID_FIELD'],
    ["SELECT Id FROM Account WHERE Id = 'x'", 'INVALID_QUERY_FILTER_OPERATOR'],
    ['SELECT Id FROM Account LIMIT 1 OFFSET 3000', 'NUMBER_OUTSIDE_VALID_RANGE'],
  ] as const;
  for (const [soql, errorCode] of REFUSED_QUERIES) {
    test(`${soql} is ${errorCode}`, () => assert.rejects(async () => connection.query(soql), refused(errorCode)));
  }

  const REFUSED_CHANGES: readonly (readonly [string, object, string])[] = [
    ['a field that is not there', { Nothing: 1 }, 'INVALID_FIELD'],
    ['a computed field', { IsDeleted: true }, 'INVALID_FIELD_FOR_INSERT_UPDATE'],
    ['too long a text', { Name: 'x'.repeat(256) }, 'STRING_TOO_LONG'],
    ['a word that is not in the picklist', { Segment__c: 'HUGE' }, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'],
    ['a name taken away', { Name: null }, 'REQUIRED_FIELD_MISSING'],
    ['a parent that is not there', { ParentId: keys.salesforce.account(900_000) }, 'INVALID_CROSS_REFERENCE_KEY'],
    ['a parent of another kind', { ParentId: keys.salesforce.contact(1, 0) }, 'MALFORMED_ID'],
    ['text for a number', { Contracted_Monthly__c: 'much' }, 'JSON_PARSER_ERROR'],
    ['another account’s external id', { Hub_Id__c: standing[1]?.hubId }, 'DUPLICATE_VALUE'],
  ];
  for (const [what, change, errorCode] of REFUSED_CHANGES) {
    test(`${what} is ${errorCode}`, async () => {
      const Id = keys.salesforce.account(standing[0]?.index ?? 0);
      const before = sandbox.ledger('salesforce').length;
      await assert.rejects(async () => connection.sobject('Account').update({ Id, ...change }), refused(errorCode));
      assert.equal(sandbox.ledger('salesforce').length, before);
    });
  }

  test('creating without what is required names every missing field', async () => {
    await assert.rejects(
      async () => connection.sobject('Opportunity').create({ Amount: 5 }),
      (error) => refused('REQUIRED_FIELD_MISSING')(error) && /Name, StageName, CloseDate/.test(String(error)),
    );
  });

  test('a change that changes nothing is no effect', async () => {
    const Id = keys.salesforce.account(standing[4]?.index ?? 0);
    const before = sandbox.ledger('salesforce').length;
    await connection.sobject('Account').update({ Id, Industry: 'ENERGY & WATER' });
    await connection.sobject('Account').update({ Id, Industry: 'ENERGY & WATER' });
    const entries = sandbox.ledger('salesforce').slice(before);
    assert.deepEqual(
      entries.map(({ effect, id, businessKey, details }) => [effect, id, businessKey, details]),
      [['account.updated', Id, standing[4]?.hubId, { changed: 'Industry' }]],
    );
  });

  test('a bad token is INVALID_SESSION_ID, bad credentials no token at all', async () => {
    const stranger = new Connection({ instanceUrl: sandbox.url.salesforce, accessToken: 'x!1.y', version: '66.0' });
    await assert.rejects(async () => stranger.query('SELECT Id FROM Account'), refused('INVALID_SESSION_ID'));
    const oauth2 = { clientId: 'x', clientSecret: 'y', loginUrl: sandbox.url.salesforce };
    const nobody = new Connection({ oauth2, version: '66.0' });
    await assert.rejects(nobody.authorize({ grant_type: 'client_credentials' }), /client identifier invalid/);
  });
});
