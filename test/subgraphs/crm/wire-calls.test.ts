import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Call, WriteCall } from '../../../platform/call.ts';
import { systemClock } from '../../../platform/clock.ts';
import { errorCode, HubError } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import { money } from '../../../platform/money.ts';
import { salesforce as salesforceKeys } from '../../../sandbox/data/keys.ts';
import { readSalesforceConfig } from '../../../subgraphs/crm/connectors/salesforce/config.ts';
import { salesforce } from '../../../subgraphs/crm/connectors/salesforce/connector.ts';
import type { CrmAccountId, Opportunity } from '../../../subgraphs/crm/model.ts';
import { apiCalls, openOrg } from './org.ts';

/** What goes over the wire, and what each way of failing there becomes. */
describe('the Salesforce connector on the wire', () => {
  let org: Awaited<ReturnType<typeof openOrg>>;
  before(async () => {
    org = await openOrg(150, { SALESFORCE_TIMEOUT_MS: '400' });
  });
  after(() => org.close());
  beforeEach(() => {
    org.sandbox.removeFaults();
    org.sandbox.clearCalls();
  });

  let asked = 0;
  const call = (signal = AbortSignal.timeout(10_000)): Call => {
    asked += 1;
    return { correlationId: `request-${asked}`, signal };
  };
  const writing = (key: string): WriteCall => ({ ...call(), key, actingFor: 'CRM' });
  const account = (at: number): CrmAccountId => id(org.accounts[at]?.id ?? '');
  const list = (of: CrmAccountId, first = 10) => ({ of, first, after: null });
  const fault = (kind: 'status' | 'hang' | 'refuse' | 'apply-then-time-out' | 'time-out-without-applying', more = {}) =>
    org.sandbox.addFault({ vendor: 'salesforce', kind, match: '/services/data/', count: 1, ...more });
  const refusal = (errorCode: string, message = 'said the org') => ({
    contentType: 'application/json',
    body: JSON.stringify([{ errorCode, message }]),
  });

  test('one customer with contacts, opportunities and quotes is one call', async () => {
    const c = call();
    const [accounts, contacts, opportunities, quotes] = await Promise.all([
      org.port.accounts([account(0)], c),
      org.port.contactsOf([list(account(0))], c),
      org.port.opportunitiesOf([list(account(0))], c),
      org.port.quotesOf([list(account(0))], c),
    ]);
    assert.ok(accounts[0] && contacts[0] && opportunities[0] && quotes[0]);
    const calls = apiCalls(org.sandbox);
    assert.deepEqual(
      calls.map(({ method, path, correlationId }) => [method, path, correlationId]),
      [['POST', '/services/data/v66.0/composite', c.correlationId]],
    );
  });

  test('the directory tells through whom each customer buys, and its region, in the same call', async () => {
    const page = await org.port.directory({ first: 60, after: null }, call());
    assert.equal(apiCalls(org.sandbox).length, 1);
    const told = new Map(page.entries.map(({ hubId, rows }) => [hubId, rows]));
    for (const { hubId, partnerIndex, region } of [...org.world.customers()].slice(0, 60)) {
      const partnersOfRecord = partnerIndex === null ? [] : [salesforceKeys.account(partnerIndex)];
      assert.deepEqual(told.get(hubId), { region, partnersOfRecord }, hubId);
    }
    assert.ok([...told.values()].some((rows) => rows?.partnersOfRecord?.length === 1));
  });

  test('fifty customers are as many calls as one', async () => {
    const c = call();
    const ids = Array.from({ length: 50 }, (_, at) => account(at));
    const lists = ids.map((of) => list(of));
    await Promise.all([
      org.port.accounts(ids, c),
      org.port.contactsOf(lists, c),
      org.port.opportunitiesOf(lists, c),
      org.port.quotesOf(lists, c),
    ]);
    assert.equal(apiCalls(org.sandbox).length, 1);
  });

  test('one question alone goes as a plain query', async () => {
    await org.port.accounts([account(0)], call());
    assert.deepEqual(
      apiCalls(org.sandbox).map(({ method, path }) => [method, path]),
      [['GET', '/services/data/v66.0/query']],
    );
  });

  test('long pages of a hundred accounts stay within the rows and queries that one call takes', async () => {
    const ids = Array.from({ length: 100 }, (_, at) => account(at));
    const pages = await org.port.contactsOf(
      ids.map((of) => list(of, 100)),
      call(),
    );
    assert.ok(pages.every((page) => page.entries.length > 0));
    assert.equal(apiCalls(org.sandbox).length, 2); // 19 accounts a query, 5 queries a call
  });

  test('requests of different clients are not mixed', async () => {
    await Promise.all([org.port.accounts([account(0)], call()), org.port.accounts([account(1)], call())]);
    assert.equal(apiCalls(org.sandbox).length, 2);
  });

  test('a part that fails takes no other along', async () => {
    const c = call();
    const field = 'compositeResponse.0.body.records.0.Name';
    org.sandbox.addFault({ vendor: 'salesforce', kind: 'shape-change', count: 1, match: 'composite', field });
    const [accounts, contacts] = await Promise.allSettled([
      org.port.accounts([account(0)], c),
      org.port.contactsOf([list(account(0))], c),
    ]);
    assert.equal(accounts.status === 'rejected' && errorCode(accounts.reason), 'CONTRACT_BROKEN');
    assert.equal(contacts.status === 'fulfilled' && contacts.value.length, 1);
  });

  test('who leaves takes nobody along who waits for the same call', async () => {
    const leaving = new AbortController();
    const c = call();
    org.sandbox.addFault({ vendor: 'salesforce', kind: 'latency', ms: 100, count: 1, match: 'composite' });
    const left = org.port.accounts([account(0)], { ...c, signal: leaving.signal });
    const stays = org.port.contactsOf([list(account(0))], c);
    setTimeout(() => leaving.abort(), 30);
    await assert.rejects(left, (error) => errorCode(error) === 'TIMEOUT');
    assert.equal((await stays).length, 1);
    assert.equal(apiCalls(org.sandbox).length, 1);
  });

  test('a token is asked for once, and once more when the org forgets it', async () => {
    const fresh = salesforce(readSalesforceConfig(org.sandbox.environment), systemClock);
    await Promise.all([fresh.accounts([account(0)], call()), fresh.accounts([account(1)], call())]);
    const tokens = () => org.sandbox.calls().filter(({ path }) => path === '/services/oauth2/token').length;
    assert.equal(tokens(), 1);
    fault('status', { status: 401, ...refusal('INVALID_SESSION_ID', 'Session expired or invalid') });
    assert.equal((await fresh.accounts([account(0)], call()))[0]?.id, account(0));
    assert.equal(tokens(), 2);
    fault('status', { status: 401, count: 2, ...refusal('INVALID_SESSION_ID', 'Session expired or invalid') });
    await assert.rejects(fresh.accounts([account(0)], call()), (error) => errorCode(error) === 'CREDENTIAL');
    assert.equal((await fresh.accounts([account(0)], call()))[0]?.id, account(0));
    await fresh.close();
  });

  test('a wrong client secret is CREDENTIAL, and the secret is in no message', async () => {
    const env = { ...org.sandbox.environment, SALESFORCE_CLIENT_SECRET: 'not-the-secret' };
    const wrong = salesforce(readSalesforceConfig(env), systemClock);
    await assert.rejects(wrong.accounts([account(0)], call()), (error) => {
      assert.equal(errorCode(error), 'CREDENTIAL');
      assert.doesNotMatch(String(error), /not-the-secret|127\.0\.0\.1/);
      return true;
    });
    await wrong.close();
  });

  const READ_FAILURES = [
    ['a 503', () => fault('status', { status: 503 }), 'UNAVAILABLE'],
    ['a 500 with a body', () => fault('status', { status: 500, ...refusal('UNKNOWN_EXCEPTION') }), 'UNAVAILABLE'],
    ['silence', () => fault('hang'), 'TIMEOUT'],
    ['a cut connection', () => fault('refuse'), 'UNAVAILABLE'],
    ['a used-up quota', () => fault('status', { status: 403, ...refusal('REQUEST_LIMIT_EXCEEDED') }), 'THROTTLED'],
    ['a missing right', () => fault('status', { status: 403, ...refusal('API_DISABLED_FOR_ORG') }), 'CREDENTIAL'],
    [
      'a field the org does not have',
      () => fault('status', { status: 400, ...refusal('INVALID_FIELD') }),
      'CONTRACT_BROKEN',
    ],
    [
      'a page instead of JSON',
      () =>
        org.sandbox.addFault({
          vendor: 'salesforce',
          kind: 'wrong-content-type',
          count: 1,
          match: '/query',
          body: '<html>',
        }),
      'CONTRACT_BROKEN',
    ],
    [
      'half an answer',
      () => org.sandbox.addFault({ vendor: 'salesforce', kind: 'cut-body', count: 1, match: '/query' }),
      undefined,
    ],
    [
      'another shape',
      () =>
        org.sandbox.addFault({
          vendor: 'salesforce',
          kind: 'shape-change',
          count: 1,
          match: '/query',
          field: 'records.0.CurrencyIsoCode',
        }),
      'CONTRACT_BROKEN',
    ],
  ] as const;
  for (const [what, arrange, expected] of READ_FAILURES) {
    test(`a read that meets ${what} is ${expected ?? 'an error of the hub'}`, async () => {
      arrange();
      await assert.rejects(org.port.accounts([account(0)], call()), (error) => {
        assert.ok(error instanceof HubError);
        if (expected !== undefined) assert.equal(error.code, expected, error.message);
        assert.equal(error.system, 'CRM');
        assert.doesNotMatch(error.message, /127\.0\.0\.1|Bearer|html/);
        return true;
      });
    });
  }

  test('Retry-After is kept, in seconds', async () => {
    fault('status', { status: 429, retryAfter: '7' });
    await assert.rejects(org.port.accounts([account(0)], call()), (error) => {
      assert.ok(error instanceof HubError);
      assert.deepEqual([error.code, error.retryAfterMs], ['THROTTLED', 7_000]);
      return true;
    });
  });

  test('a broken contract names the field and not its value', async () => {
    org.sandbox.addFault({
      vendor: 'salesforce',
      kind: 'shape-change',
      count: 1,
      match: '/query',
      field: 'records.0.Name',
    });
    await assert.rejects(org.port.accounts([account(0)], call()), (error) => {
      assert.match(String(error), /Account\.Name/);
      assert.ok(!String(error).includes(org.accounts[0]?.name ?? ''));
      return true;
    });
  });

  const WRITE_FAILURES = [
    ['a 503', () => fault('status', { status: 503, match: 'PATCH' }), 'IN_DOUBT'],
    ['silence', () => fault('time-out-without-applying', { match: 'PATCH' }), 'IN_DOUBT'],
    ['silence after it took effect', () => fault('apply-then-time-out', { match: 'PATCH' }), 'IN_DOUBT'],
    [
      'a locked row',
      () => fault('status', { status: 400, match: 'PATCH', ...refusal('UNABLE_TO_LOCK_ROW') }),
      'UNAVAILABLE',
    ],
    [
      'a rule of the org',
      () => fault('status', { status: 400, match: 'PATCH', ...refusal('FIELD_CUSTOM_VALIDATION_EXCEPTION') }),
      'REFUSED',
    ],
  ] as const;
  for (const [what, arrange, expected] of WRITE_FAILURES) {
    test(`a write that meets ${what} is ${expected}`, async () => {
      arrange();
      const change = { accountId: account(5), industry: `Industry of ${what}` };
      await assert.rejects(
        org.port.updateAccount(change, writing('w:account')),
        (error) => errorCode(error) === expected,
      );
      await org.port.updateAccount(change, writing('w:account')); // the same again settles it
      const effects = org.sandbox.ledger('salesforce').filter(({ details }) => details.changed === 'Industry');
      assert.equal((await org.port.accounts([account(5)], call()))[0]?.industry, change.industry);
      assert.equal(
        effects.filter(({ id: of }) => of === account(5)).length,
        WRITE_FAILURES.findIndex(([w]) => w === what) + 1,
      );
    });
  }

  test('a write whose connection is refused is UNAVAILABLE: it is known not to have happened', async () => {
    const gone = await openOrg(10);
    const env = { ...gone.sandbox.environment };
    const [first] = gone.accounts;
    await gone.port.accounts([id(first?.id ?? '')], call()); // signed in
    await gone.sandbox.close();
    await assert.rejects(gone.port.accounts([id(first?.id ?? '')], call())); // finds the kept connection dead
    const change = { accountId: account(0), industry: 'X' };
    await assert.rejects(gone.port.updateAccount(change, writing('w:refused')), (e) => errorCode(e) === 'UNAVAILABLE');
    await gone.port.close();
    const never = salesforce(readSalesforceConfig(env), systemClock);
    await assert.rejects(
      never.updateAccount(change, writing('w:never')),
      (error) => errorCode(error) === 'UNAVAILABLE',
    );
    await never.close();
  });

  test('news of a contract is one call that takes effect as a whole, once', async () => {
    const accountId = account(7);
    const news = { accountId, subscriptionId: 'sub_1', contractedMonthly: money(4_200n, 'EUR'), summary: '2 seats' };
    const key = 'p-42:note-contract';
    fault('apply-then-time-out', { match: 'composite' });
    await assert.rejects(org.port.noteContract(news, writing(key)), (error) => errorCode(error) === 'IN_DOUBT');
    await org.port.noteContract(news, writing(key));
    assert.equal(apiCalls(org.sandbox).length, 2);
    const noted = () => org.sandbox.ledger('salesforce').filter(({ businessKey }) => businessKey === key);
    assert.deepEqual(
      noted().map(({ effect, details }) => [effect, details.contractedMonthly]),
      [['contract.noted', 42]],
    );
    await org.port.retractContract({ accountId, before: null }, writing(key));
    await org.port.retractContract({ accountId, before: null }, writing(key));
    assert.deepEqual(
      noted().map(({ effect }) => effect),
      ['contract.noted', 'contract.retracted'],
    );
  });

  test('a win and its undo are one effect each in the ledger, under the order’s number', async () => {
    const pages = await org.port.opportunitiesOf(
      org.accounts.slice(0, 60).map((each) => list(id(each.id))),
      call(),
    );
    const before: Opportunity | undefined = pages
      .flatMap((page) => page.entries)
      .find(({ stage }) => stage === 'PROPOSAL');
    assert.ok(before?.amount && before.accountId);
    const won = {
      opportunityId: before.id,
      accountId: before.accountId,
      salesOrderNumber: 'SO-LEDGER',
      amount: before.amount,
      closedOn: '2026-10-05',
    };
    fault('apply-then-time-out', { match: 'PATCH' });
    await assert.rejects(org.port.closeWon(won, writing('p:won')), (error) => errorCode(error) === 'IN_DOUBT');
    await org.port.closeWon(won, writing('p:won'));
    await org.port.reopen({ before, salesOrderNumber: 'SO-LEDGER' }, writing('p:won'));
    await org.port.reopen({ before, salesOrderNumber: 'SO-LEDGER' }, writing('p:won'));
    const effects = org.sandbox.ledger('salesforce').filter(({ businessKey }) => businessKey === 'SO-LEDGER');
    assert.deepEqual(
      effects.map(({ effect }) => effect),
      ['opportunity.closed-won', 'opportunity.reopened'],
    );
  });
});
