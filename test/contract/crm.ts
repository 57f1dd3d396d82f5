import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Call, WriteCall } from '../../platform/call.ts';
import { errorCode } from '../../platform/errors.ts';
import { id } from '../../platform/ids.ts';
import { money, sum, times } from '../../platform/money.ts';
import type { ListOf, Page } from '../../platform/page.ts';
import { contactCursor, opportunityCursor, quoteCursor } from '../../subgraphs/crm/cursor.ts';
import type { ClosedWon, CrmAccountId, Opportunity, OpportunityStage } from '../../subgraphs/crm/model.ts';
import type { CrmPort } from '../../subgraphs/crm/port.ts';

/** A CRM and what its keeper knows about it, to hold a connector against. */
export interface CrmUnderTest {
  readonly port: CrmPort;
  /** At least 40 accounts that stand; among them some with three or more contacts, opportunities and quotes. */
  readonly accounts: readonly { readonly id: string; readonly hubId: string | null; readonly name: string }[];
  /** Accounts that were merged into another one. */
  readonly merged: readonly { readonly id: string; readonly into: string }[];
  /** Ids in the CRM's own form of an account and an opportunity that do not exist. */
  readonly unknown: { readonly account: string; readonly opportunity: string };
  close(): Promise<void>;
}

/** Text that a careless connector would take for part of a query, a path or a template. */
export const HOSTILE = [
  "' OR Name LIKE '%",
  "\\' OR Id != null --",
  "001000000000001' LIMIT 1",
  '../../sobjects/User',
  '@{account.id}',
  'a"b\nc\td\u0000',
  '%27%20OR%201=1',
  '',
  'Ω — 漢字 🙂',
];

const call = (): Call => ({ correlationId: 'contract', signal: AbortSignal.timeout(10_000) });
const writing = (key: string): WriteCall => ({ ...call(), key, actingFor: 'CRM' });
const code = (expected: string) => (error: unknown) => errorCode(error) === expected;

const list = (of: string, first = 10, after: string | null = null, status: string | null = null) =>
  ({ of: id<'CrmAccount'>(of), first, after, status }) satisfies ListOf<CrmAccountId>;

/** What every CRM connector must do. What it writes it takes back. */
export function crmContract(name: string, open: () => Promise<CrmUnderTest>): void {
  describe(`CRM contract: ${name}`, () => {
    let crm: CrmUnderTest;
    before(async () => {
      crm = await open();
    });
    after(() => crm.close());

    test('accounts come in the order asked, null where there is none', async () => {
      const [first, second] = crm.accounts;
      const wanted = [second?.id, crm.unknown.account, first?.id, ...HOSTILE, second?.id];
      const accounts = await crm.port.accounts(
        wanted.map((of) => id<'CrmAccount'>(of ?? '')),
        call(),
      );
      assert.deepEqual(
        accounts.map((each) => each && { id: each.id, hubId: each.hubId, name: each.name }),
        [second, null, first, ...HOSTILE.map(() => null), second],
      );
      assert.ok(accounts.every((each) => each === null || !Number.isNaN(Date.parse(each.asOf))));
    });

    test('no keys give no answers', async () => {
      const { port } = crm;
      const asked = [
        port.accounts,
        port.contacts,
        port.opportunities,
        port.quotes,
        port.quoteLines,
        port.opportunityLines,
      ];
      for (const ask of asked) assert.deepEqual(await ask([], call()), []);
      for (const ask of [port.contactsOf, port.opportunitiesOf, port.quotesOf])
        assert.deepEqual(await ask([], call()), []);
    });

    test('a merged account is no account any more', async () => {
      const gone = crm.merged[0]?.id ?? '';
      assert.deepEqual(await crm.port.accounts([id(gone)], call()), [null]);
      assert.deepEqual(await crm.port.contactsOf([list(gone)], call()), [EMPTY]);
    });

    test('contacts are in the order of their names, and the same by id as in the list', async () => {
      const { entries } = await accountWith(crm.port.contactsOf, 3);
      const names = entries.map((contact) => contact.name.toLowerCase());
      assert.deepEqual(names, names.toSorted());
      const asked = [...entries.map((contact) => contact.id), ...HOSTILE.map((text) => id<'Contact'>(text))];
      assert.deepEqual(await crm.port.contacts(asked, call()), [...entries, ...HOSTILE.map(() => null)]);
    });

    test('opportunities are newest close date first, and the same by id as in the list', async () => {
      const { of, entries } = await accountWith(crm.port.opportunitiesOf, 3);
      const days = entries.map((opportunity) => opportunity.closesOn);
      assert.deepEqual(days, days.toSorted().toReversed());
      assert.ok(entries.every((opportunity) => opportunity.accountId === of));
      const asked = [...entries.map((opportunity) => opportunity.id), id<'Opportunity'>(crm.unknown.opportunity)];
      assert.deepEqual(await crm.port.opportunities(asked, call()), [...entries, null]);
    });

    test('quotes are newest first, name their opportunity, and are the same by id as in the list', async () => {
      if (!crm.port.capabilities.quotes) return;
      const { of, entries } = await accountWith(crm.port.quotesOf, 2);
      const [opportunities] = await crm.port.opportunitiesOf([list(of, 100)], call());
      for (const quote of entries) {
        assert.ok(opportunities?.entries.some((opportunity) => opportunity.id === quote.opportunityId));
      }
      assert.deepEqual(
        await crm.port.quotes(
          entries.map((quote) => quote.id),
          call(),
        ),
        entries,
      );
    });

    test('the lines of a quote come in its order and are its total', async () => {
      if (!crm.port.capabilities.quotes) return;
      const { of, entries } = await accountWith(crm.port.quotesOf, 2);
      const ids = [...entries.map((quote) => quote.id), ...HOSTILE.map((text) => id<'Quote'>(text))];
      const answers = await crm.port.quoteLines(ids, call());
      assert.deepEqual(
        answers.slice(entries.length),
        HOSTILE.map(() => null),
      );
      for (const [nr, { total }] of entries.entries()) {
        const quoted = answers[nr];
        assert.ok(quoted && quoted.accountId === of && quoted.lines.length > 0, `quote ${nr} has lines`);
        const { currency } = total ?? { currency: '' };
        const amounts = quoted.lines.map(({ unitPrice, quantity }) => times(unitPrice, quantity));
        assert.deepEqual(sum(currency, amounts), total);
      }
    });

    test('the products of an opportunity come in its order; those of one with a synced quote are the quote’s', async () => {
      const lists = crm.accounts.slice(0, 40).map((account) => list(account.id, 100));
      const opportunities = (await crm.port.opportunitiesOf(lists, call())).flatMap(({ entries }) => entries);
      const ids = [
        ...opportunities.slice(0, 90).map((one) => one.id),
        ...HOSTILE.map((text) => id<'Opportunity'>(text)),
      ];
      const answers = await crm.port.opportunityLines([...ids, id(crm.unknown.opportunity)], call());
      assert.ok(answers.slice(ids.length - HOSTILE.length).every((answer) => answer === null));
      const synced = opportunities.flatMap(({ quoteId }, at) => (quoteId !== null && at < 90 ? [{ quoteId, at }] : []));
      assert.ok(!crm.port.capabilities.quotes || synced.length > 1, 'no opportunity has a synced quote');
      const quoted = await crm.port.quoteLines(
        synced.slice(0, 90).map(({ quoteId }) => quoteId),
        call(),
      );
      for (const [nr, { at }] of synced.entries()) assert.deepEqual(answers[at], quoted[nr]);
      const bare = opportunities.findIndex(({ quoteId }, at) => quoteId === null && answers[at]?.lines.length);
      assert.ok(bare >= 0, 'no opportunity has products and no quote');
      assert.equal(answers[bare]?.accountId, opportunities[bare]?.accountId);
    });

    test('an account opened twice under its hub id is one, and closed by another key it stays', async () => {
      const hubId = 'C-contract1';
      const contact = { firstName: 'Ada', lastName: 'Lund', email: 'ada@contract.example' };
      const draft = { hubId, name: 'Contract & Söhne', currency: 'EUR', region: null, fields: {}, contact };
      const opened = await crm.port.openAccount(draft, writing('run:open'));
      assert.equal(await crm.port.openAccount(draft, writing('run:open')), opened);
      const [contacts] = await crm.port.contactsOf([list(opened)], call());
      assert.deepEqual(
        contacts?.entries.map(({ email }) => email),
        [contact.email],
      );
      await crm.port.closeAccount({ hubId }, writing('another:open'));
      assert.equal((await crm.port.accounts([opened], call()))[0]?.hubId, hubId);
      await crm.port.closeAccount({ hubId }, writing('run:open'));
      await crm.port.closeAccount({ hubId }, writing('run:open'));
      assert.deepEqual(await crm.port.accounts([opened], call()), [null]);
    });

    test('a status restricts the opportunities', async () => {
      const { of, entries } = await accountWith(crm.port.opportunitiesOf, 3);
      for (const stage of STAGES) {
        const [page] = await crm.port.opportunitiesOf([list(of, 100, null, stage)], call());
        assert.deepEqual(
          page?.entries,
          entries.filter((each) => each.stage === stage),
          stage,
        );
      }
      await assert.rejects(crm.port.opportunitiesOf([list(of, 10, null, 'NO_SUCH')], call()), code('INVALID'));
    });

    test('pages follow one another without gap or double', async () => {
      const { port } = crm;
      await walkedTwice(port.contactsOf, contactCursor);
      await walkedTwice(port.opportunitiesOf, opportunityCursor);
      await walkedTwice(port.quotesOf, quoteCursor);
    });

    test('lists of many accounts are those of each alone', async () => {
      const many = [...crm.accounts.slice(0, 40).map((account) => account.id), crm.unknown.account, 'no id'];
      for (const ask of [crm.port.contactsOf, crm.port.opportunitiesOf, crm.port.quotesOf]) {
        const pages: readonly Page<unknown>[] = await ask(
          many.map((of) => list(of, 2)),
          call(),
        );
        for (const [at, of] of many.entries()) assert.deepEqual([pages[at]], await ask([list(of, 2)], call()), of);
        assert.deepEqual(pages.slice(-2), [EMPTY, EMPTY]);
      }
    });

    test('different lists of one account may be asked for at once', async () => {
      const { of, entries } = await accountWith(crm.port.contactsOf, 3);
      const [first] = entries;
      assert.ok(first);
      const pages = await crm.port.contactsOf(
        [list(of, 1), list(of, 100), list(of, 100, contactCursor(first))],
        call(),
      );
      assert.deepEqual(
        pages.map((page) => [page.entries, page.hasMore]),
        [
          [[first], true],
          [entries, false],
          [entries.slice(1), false],
        ],
      );
    });

    test('an after that no page gave is refused', async () => {
      const of = crm.accounts[0]?.id ?? '';
      const forged = (sortedBy: unknown, entry: unknown) =>
        Buffer.from(JSON.stringify([sortedBy, entry])).toString('base64url');
      for (const text of HOSTILE.filter((each) => each !== '')) {
        await assert.rejects(crm.port.contactsOf([list(of, 10, text)], call()), code('INVALID'), text);
        await assert.rejects(crm.port.contactsOf([list(of, 10, forged('A', text))], call()), code('INVALID'), text);
        await assert.rejects(
          crm.port.opportunitiesOf([list(of, 10, forged(text, crm.unknown.opportunity))], call()),
          code('INVALID'),
          text,
        );
      }
      await assert.rejects(crm.port.quotesOf([list(of, 10, forged(1, 2))], call()), code('INVALID'));
    });

    test('hostile text in a cursor is compared, not run', async () => {
      const { of, entries } = await accountWith(crm.port.contactsOf, 3);
      const contact = entries[0];
      assert.ok(contact);
      for (const name of HOSTILE) {
        const [page] = await crm.port.contactsOf([list(of, 100, contactCursor({ ...contact, name }))], call());
        assert.ok(
          page?.entries.every((each) => entries.some((known) => known.id === each.id)),
          name,
        );
      }
    });

    test('a note on an account may be left and taken away again and again', async () => {
      const accountId = id<'CrmAccount'>(crm.accounts[0]?.id ?? '');
      const activity = { accountId, subject: 'Service order', text: "SO1 for SN-1: d'Arc, @{it}" };
      for (let times = 0; times < 2; times += 1) await crm.port.noteActivity(activity, writing('contract-note:set'));
      for (let times = 0; times < 2; times += 1) {
        await crm.port.retractActivity({ accountId }, writing('contract-note:set'));
      }
      await crm.port.retractActivity({ accountId }, writing('contract-note:never'));
      const nobody = { ...activity, accountId: id<'CrmAccount'>('no id') };
      await assert.rejects(crm.port.noteActivity(nobody, writing('contract-note:none')), code('INVALID'));
    });

    test('a task for whoever owns the account is opened once and taken away again and again', async () => {
      const accountId = id<'CrmAccount'>(crm.accounts[0]?.id ?? '');
      const task = { accountId, subject: 'Payment failed', text: "d'Arc, @{it}", dueOn: '2027-02-03', urgent: true };
      for (let times = 0; times < 2; times += 1) await crm.port.openTask(task, writing('contract-task:open'));
      for (let times = 0; times < 2; times += 1) {
        await crm.port.withdrawTask({ accountId }, writing('contract-task:open'));
      }
      const nobody = { ...task, accountId: id<'CrmAccount'>(crm.unknown.account) };
      await assert.rejects(crm.port.openTask(nobody, writing('contract-task:none')), code('NOT_FOUND'));
    });

    test('the health of an account is said, and unsaid', async () => {
      const accountId = id<'CrmAccount'>(crm.accounts[0]?.id ?? '');
      const health = async () => {
        const [account] = await crm.port.accounts([accountId], call());
        return [account?.health, account?.healthReason];
      };
      const said = { accountId, health: 'AT_RISK', healthReason: 'A payment failed' } as const;
      await crm.port.updateAccount(said, writing('contract-health:set'));
      assert.deepEqual(await health(), ['AT_RISK', 'A payment failed']);
      await crm.port.updateAccount({ ...said, health: null, healthReason: null }, writing('contract-health:set:undo'));
      assert.deepEqual(await health(), [null, null]);
    });

    test('an opportunity closed as won twice is won once, and reopened it is as before', async () => {
      const before = await openOpportunity();
      const change = wonBy(before, 'SO-CONTRACT-1');
      await crm.port.closeWon(change, writing('contract-won:close'));
      await crm.port.closeWon(change, writing('contract-won:close'));
      const won = await opportunity(before);
      assert.deepEqual(won, {
        ...before,
        stage: 'CLOSED_WON',
        amount: change.amount,
        closesOn: change.closedOn,
        probabilityPercent: 100,
        salesOrderNumber: 'SO-CONTRACT-1',
      });
      await crm.port.reopen({ before }, writing('contract-won:close'));
      assert.deepEqual(await opportunity(before), before);
      await crm.port.reopen({ before }, writing('contract-won:close'));
      assert.deepEqual(await opportunity(before), before);
    });

    test('what another order won is neither won again nor reopened', async () => {
      const before = await openOpportunity();
      await crm.port.closeWon(wonBy(before, 'SO-CONTRACT-2'), writing('contract-other:first'));
      const won = await opportunity(before);
      await assert.rejects(
        crm.port.closeWon(wonBy(before, 'SO-CONTRACT-3'), writing('contract-other:second')),
        code('REFUSED'),
      );
      await crm.port.reopen({ before, salesOrderNumber: 'SO-CONTRACT-3' }, writing('contract-other:second'));
      assert.deepEqual(await opportunity(before), won);
      await crm.port.reopen({ before, salesOrderNumber: 'SO-CONTRACT-2' }, writing('contract-other:first'));
      assert.deepEqual(await opportunity(before), before);
    });

    test('a lost opportunity is not won, and reopening what was never won does nothing', async () => {
      const lost = await opportunityIn('CLOSED_LOST');
      await assert.rejects(
        crm.port.closeWon(wonBy(lost, 'SO-CONTRACT-4'), writing('contract-lost:close')),
        code('REFUSED'),
      );
      await crm.port.reopen({ before: { ...lost, stage: 'PROSPECTING' } }, writing('contract-lost:close'));
      assert.deepEqual(await opportunity(lost), lost);
    });

    test('an opportunity that is not there cannot be won, and needs no reopening', async () => {
      const nobody = { ...(await openOpportunity()), id: id<'Opportunity'>(crm.unknown.opportunity) };
      await assert.rejects(
        crm.port.closeWon(wonBy(nobody, 'SO-CONTRACT-5'), writing('contract-none:close')),
        code('NOT_FOUND'),
      );
      await crm.port.reopen({ before: nobody }, writing('contract-none:close'));
      for (const text of HOSTILE) {
        const hostile = { ...nobody, id: id<'Opportunity'>(text) };
        await assert.rejects(
          crm.port.closeWon(wonBy(hostile, 'SO'), writing('contract-none:hostile')),
          code('INVALID'),
        );
      }
    });

    test('news of a contract changes the value once per key, and is taken back under the same key', async () => {
      const { accountId, before, of } = await contracted();
      await crm.port.noteContract(of(200n), writing('contract-news:note'));
      await crm.port.noteContract(of(300n), writing('contract-news:later'));
      await crm.port.noteContract(of(200n), writing('contract-news:note')); // a late repetition
      assert.deepEqual(await contractedNow(accountId), money(300n, before.currency));
      const earlier = money(200n, before.currency);
      await crm.port.retractContract({ accountId, before: earlier }, writing('contract-news:later'));
      assert.deepEqual(await contractedNow(accountId), earlier);
      await crm.port.retractContract({ accountId, before }, writing('contract-news:note'));
      await crm.port.retractContract({ accountId, before: earlier }, writing('contract-news:note')); // nothing is left of it
      assert.deepEqual(await contractedNow(accountId), before);
    });

    test('what was never told is not taken back', async () => {
      const { accountId, before } = await contracted();
      await crm.port.retractContract({ accountId, before: null }, writing('contract-news:never'));
      assert.deepEqual(await contractedNow(accountId), before);
    });

    test('hostile keys and summaries are only text', async () => {
      const { accountId, before, of } = await contracted();
      for (const text of HOSTILE) {
        const key = `hostile:${text.replace(/[^ -~]/g, '')}`; // keys are printable ASCII
        await crm.port.noteContract({ ...of(100n), summary: text }, writing(key));
        assert.deepEqual(await contractedNow(accountId), money(100n, before.currency), text);
        await crm.port.retractContract({ accountId, before }, writing(key));
        assert.deepEqual(await contractedNow(accountId), before, text);
      }
    });

    test('an account takes what sales may change, and an unknown segment is refused', async () => {
      const accountId = id<'CrmAccount'>(crm.accounts[3]?.id ?? '');
      const account = async () => (await crm.port.accounts([accountId], call()))[0];
      const before = await account();
      assert.ok(before?.segment && before.industry && before.website && before.billingAddress);
      const billingAddress = { ...before.billingAddress, line1: "1 O'Hara \\ Way", line2: 'Floor 2', city: 'Graz' };
      const change = {
        accountId,
        segment: 'SMALL_BUSINESS',
        industry: "Arts & 'Crafts'",
        website: 'https://new.example',
      };
      await crm.port.updateAccount({ ...change, billingAddress }, writing('contract-account:set'));
      await crm.port.updateAccount({ ...change, billingAddress }, writing('contract-account:set'));
      const after = await account();
      assert.deepEqual({ ...after, asOf: '' }, { ...before, ...omitId(change), billingAddress, asOf: '' });
      await assert.rejects(
        crm.port.updateAccount({ accountId, segment: 'NO_SUCH' }, writing('contract-account:bad')),
        code('REFUSED'),
      );
      const { segment, industry, website } = before;
      const back = { accountId, segment, industry, website, billingAddress: before.billingAddress };
      await crm.port.updateAccount(back, writing('contract-account:undo'));
      assert.deepEqual({ ...(await account()), asOf: '' }, { ...before, asOf: '' });
    });

    test('an account that is not there cannot be changed', async () => {
      const accountId = id<'CrmAccount'>(crm.unknown.account);
      const change = { accountId, industry: 'ENERGY' };
      await assert.rejects(crm.port.updateAccount(change, writing('contract-none:set')), code('NOT_FOUND'));
      const news = { accountId, subscriptionId: 's', contractedMonthly: money(1n, 'EUR'), summary: 's' };
      await assert.rejects(crm.port.noteContract(news, writing('contract-none:note')), code('NOT_FOUND'));
    });

    test('the directory shows every account once in the order of ids, and what a merged one went into', async () => {
      const seen = new Map<string, { hubId: string | null; into: string | null }>();
      let after: string | null = null;
      do {
        const page = await crm.port.directory({ first: 17, after }, call());
        for (const entry of page.entries) {
          assert.ok(!seen.has(entry.externalId), `${entry.externalId} twice`);
          seen.set(entry.externalId, { hubId: entry.hubId, into: entry.mergedIntoExternalId });
        }
        after = page.hasMore ? page.endCursor : null;
      } while (after !== null);
      assert.deepEqual([...seen.keys()], [...seen.keys()].toSorted());
      for (const { id: of, hubId } of crm.accounts) assert.deepEqual(seen.get(of), { hubId, into: null }, of);
      for (const { id: of, into } of crm.merged) assert.equal(seen.get(of)?.into, into, of);
      assert.equal(seen.size, crm.accounts.length + crm.merged.length);
      await assert.rejects(crm.port.directory({ first: 1, after: "x' OR Id != '" }, call()), code('INVALID'));
    });

    test('a call that was given up does not go on', async () => {
      const aborted = { ...call(), signal: AbortSignal.abort() };
      const left = (error: unknown) => ['TIMEOUT', 'UNAVAILABLE'].includes(errorCode(error) ?? '');
      await assert.rejects(crm.port.accounts([id(crm.accounts[0]?.id ?? '')], aborted), left);
    });

    /** The first account that has at least so many of them, with all of them. */
    async function accountWith<T>(ask: Lists<T>, atLeast: number): Promise<{ of: string; entries: readonly T[] }> {
      const pages = await ask(
        crm.accounts.slice(0, 100).map((account) => list(account.id, 100)),
        call(),
      );
      const at = pages.findIndex(({ entries }) => entries.length >= atLeast);
      assert.ok(at >= 0, `no account has ${atLeast}`);
      return { of: crm.accounts[at]?.id ?? '', entries: pages[at]?.entries ?? [] };
    }

    async function walkedTwice<T>(ask: Lists<T>, cursorOf: (entry: T) => string): Promise<void> {
      const { of, entries } = await accountWith(ask, 2);
      for (const first of [1, 2]) {
        const walked: T[] = [];
        let after: string | null = null;
        for (;;) {
          const [page]: readonly Page<T>[] = await ask([list(of, first, after)], call());
          assert.ok(page);
          const last = page.entries.at(-1);
          assert.equal(page.endCursor, last === undefined ? null : cursorOf(last));
          walked.push(...page.entries);
          if (!page.hasMore) break;
          after = page.endCursor;
        }
        assert.deepEqual(walked, entries);
      }
    }

    async function opportunityIn(...stages: OpportunityStage[]): Promise<Opportunity> {
      const lists = crm.accounts.slice(0, 100).map((account) => list(account.id, 100));
      const pages = await crm.port.opportunitiesOf(lists, call());
      const found = pages.flatMap((page) => page.entries).find((each) => stages.includes(each.stage));
      assert.ok(found, `no opportunity is in ${stages}`);
      return found;
    }

    const openOpportunity = () => opportunityIn('NEGOTIATION', 'PROPOSAL', 'QUALIFICATION', 'PROSPECTING');

    const opportunity = async (of: Opportunity) => (await crm.port.opportunities([of.id], call()))[0];

    const wonBy = (of: Opportunity, salesOrderNumber: string): ClosedWon => ({
      opportunityId: of.id,
      accountId: of.accountId ?? id(''),
      salesOrderNumber,
      amount: money(123_450n, of.amount?.currency ?? 'EUR'),
      closedOn: '2026-06-30',
    });

    async function contracted() {
      const accounts = await crm.port.accounts(
        crm.accounts.slice(0, 100).map((each) => id(each.id)),
        call(),
      );
      const found = accounts.find((each) => each !== null && each.contractedMonthly !== null);
      assert.ok(found?.contractedMonthly, 'no account has a contract');
      const { id: accountId, contractedMonthly: before } = found;
      const of = (minor: bigint) => ({
        accountId,
        subscriptionId: 'sub_contract',
        contractedMonthly: money(minor, before.currency),
        summary: '5 seats more from 1 July',
      });
      return { accountId, before, of };
    }

    const contractedNow = async (accountId: CrmAccountId) =>
      (await crm.port.accounts([accountId], call()))[0]?.contractedMonthly;
  });
}

type Lists<T> = (lists: readonly ListOf<CrmAccountId>[], call: Call) => Promise<readonly Page<T>[]>;

const EMPTY = { entries: [], hasMore: false, endCursor: null };

const STAGES: readonly OpportunityStage[] = [
  'PROSPECTING',
  'QUALIFICATION',
  'PROPOSAL',
  'NEGOTIATION',
  'CLOSED_WON',
  'CLOSED_LOST',
];

const omitId = <T extends { accountId: unknown }>({ accountId: _, ...rest }: T) => rest;
