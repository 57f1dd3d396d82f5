import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Call, WriteCall } from '../../platform/call.ts';
import { errorCode } from '../../platform/errors.ts';
import { id } from '../../platform/ids.ts';
import type { ListOf } from '../../platform/page.ts';
import {
  type Case,
  type CaseSeverity,
  type CaseStatus,
  casePosition,
  type EntitlementGrant,
  type SupportOrgId,
} from '../../subgraphs/support/model.ts';
import type { SupportPort } from '../../subgraphs/support/port.ts';

/** A support desk and what its keeper knows about it, to hold a connector against. */
export interface SupportUnderTest {
  readonly port: SupportPort;
  /**
   * At least 10 organizations; among them one with three or more cases, one with no case, one with a case that is OPEN or
   * PENDING, and one with three or more entitlements where the desk keeps them.
   */
  readonly orgs: readonly { readonly id: string; readonly hubId: string | null; readonly name: string }[];
  /** A plan that the desk offers and that the first organization does not have; without support plans, any. */
  readonly otherTier: string;
  /** SKUs that may be granted; without entitlements, any. */
  readonly skus: readonly [string, string];
  close(): Promise<void>;
}

const call = (): Call => ({ correlationId: 'contract', signal: AbortSignal.timeout(30_000) });
const writing = (key: string): WriteCall => ({ ...call(), key, actingFor: 'SUPPORT' });

const list = (of: string, first = 10, after: string | null = null, status: string | null = null) =>
  ({ of: id<'SupportOrg'>(of), first, after, status }) satisfies ListOf<SupportOrgId>;

const NO_ENTITLEMENTS = 'this desk keeps no entitlements';

/** What every support connector must do. Writes go to rights of subscriptions that nobody else has, and are taken back. */
export function supportContract(name: string, open: () => Promise<SupportUnderTest>): void {
  describe(`support contract: ${name}`, () => {
    let desk: SupportUnderTest;
    before(async () => {
      desk = await open();
    });
    after(() => desk.close());

    test('organizations come in the order asked, null where there is none', async () => {
      const [first, second] = desk.orgs;
      const wanted = [second?.id, '999999999999', first?.id, 'not an id', second?.id].map((of) =>
        id<'SupportOrg'>(of ?? ''),
      );
      const orgs = await desk.port.orgs(wanted, call());
      assert.deepEqual(
        orgs.map((org) => org && { id: org.id, hubId: org.hubId, name: org.name }),
        [second, null, first, null, second],
      );
      assert.ok(orgs.every((org) => org === null || !Number.isNaN(Date.parse(org.asOf))));
    });

    test('no ids give no answers', async () => {
      assert.deepEqual(await desk.port.orgs([], call()), []);
      assert.deepEqual(await desk.port.cases([], call()), []);
      assert.deepEqual(await desk.port.entitlements([], call()), []);
      assert.deepEqual(await desk.port.casesOf([], call()), []);
      assert.deepEqual(await desk.port.entitlementsOf([], call()), []);
    });

    test('cases are newest first, and the same by id as in the list', async () => {
      const { cases } = await orgWithCases(3);
      assert.deepEqual(
        cases.map(({ openedAt }) => openedAt),
        cases
          .map(({ openedAt }) => openedAt)
          .toSorted()
          .toReversed(),
      );
      const asked = [...cases.map((one) => one.id).toReversed(), id<'Case'>('999999999'), id<'Case'>('x,1')];
      assert.deepEqual(await desk.port.cases(asked, call()), [...cases.toReversed(), null, null]);
    });

    test('pages of cases follow one another without gap or double', async () => {
      const { org, cases } = await orgWithCases(3);
      assert.deepEqual(await walked((after) => desk.port.casesOf([list(org, 1, after)], call())), cases);
      assert.deepEqual(await walked((after) => desk.port.casesOf([list(org, 2, after)], call())), cases);
    });

    test('a status restricts the cases', async () => {
      const { org, cases } = await orgWithCases(3);
      for (const status of ['NEW', 'OPEN', 'PENDING', 'ON_HOLD', 'SOLVED', 'CLOSED']) {
        const [page] = await desk.port.casesOf([list(org, 100, null, status)], call());
        assert.deepEqual(
          page?.entries,
          cases.filter((one) => one.status === status),
          status,
        );
      }
    });

    test('lists of many organizations are those of each alone', async () => {
      const orgs = [...desk.orgs.slice(0, 20).map((org) => org.id), '999999999999', 'not an id'];
      const cases = await desk.port.casesOf(
        orgs.map((of) => list(of, 2)),
        call(),
      );
      const entitlements = await desk.port.entitlementsOf(
        orgs.map((of) => list(of, 2)),
        call(),
      );
      for (const [at, of] of orgs.entries()) {
        assert.deepEqual([cases[at]], await desk.port.casesOf([list(of, 2)], call()), `cases of ${of}`);
        assert.deepEqual(
          [entitlements[at]],
          await desk.port.entitlementsOf([list(of, 2)], call()),
          `entitlements of ${of}`,
        );
      }
      assert.deepEqual(cases.at(-1), { entries: [], hasMore: false, endCursor: null });
    });

    test('different lists of one organization may be asked for at once', async () => {
      const { org, cases } = await orgWithCases(3);
      const [newest] = cases;
      assert.ok(newest);
      const [one, all, rest] = await desk.port.casesOf(
        [list(org, 1), list(org, 100), list(org, 100, casePosition(newest))],
        call(),
      );
      assert.deepEqual([one?.entries, one?.hasMore], [[newest], true]);
      assert.deepEqual([all?.entries, all?.hasMore], [cases, false]);
      assert.deepEqual(rest?.entries, cases.slice(1));
    });

    test('an after that no page gave is refused', async () => {
      const of = desk.orgs[0]?.id ?? '';
      const invalid = (error: unknown) => errorCode(error) === 'INVALID';
      await assert.rejects(desk.port.casesOf([list(of, 10, 'somewhere')], call()), invalid);
      await assert.rejects(desk.port.entitlementsOf([list(of, 10, 'somewhere')], call()), invalid);
    });

    test('pages of entitlements follow one another, and are the same by id', async (t) => {
      if (!desk.port.capabilities.entitlements) return t.skip(NO_ENTITLEMENTS);
      const { org, entitlements } = await orgWithEntitlements(3);
      assert.deepEqual(await walked((after) => desk.port.entitlementsOf([list(org, 1, after)], call())), entitlements);
      const asked = [id<'Entitlement'>('none'), ...entitlements.map((one) => one.id), id<'Entitlement'>('a,b')];
      assert.deepEqual(await desk.port.entitlements(asked, call()), [null, ...entitlements, null]);
    });

    test('a grant gives rights, and saying it again changes nothing', async (t) => {
      if (!desk.port.capabilities.entitlements) return t.skip(NO_ENTITLEMENTS);
      const grant = grantOf('sub_contract_again', { seats: 5 });
      const { after, revoked } = await desk.port.grant(grant, writing('contract-again:grant'));
      assert.deepEqual(revoked, []);
      assert.deepEqual(
        after.map(({ sku, seats, seatsUsed, status, startsOn, endsOn, subscriptionId, orgId }) => [
          ...[sku, seats, seatsUsed, status, startsOn, endsOn, subscriptionId, orgId],
        ]),
        [[desk.skus[0], 5, 0, 'ACTIVE', '2026-02-01', null, 'sub_contract_again', grant.orgId]],
      );
      assert.deepEqual(await desk.port.grant(grant, writing('contract-again:grant')), { after, revoked });
      assert.deepEqual(await desk.port.grant(grant, writing('contract-again:other-key')), { after, revoked });
      assert.deepEqual(await desk.port.rightsOf(grant, call()), after);
      assert.deepEqual(
        await desk.port.entitlements(
          after.map((one) => one.id),
          call(),
        ),
        after,
      );
    });

    test('the rights of a new subscription are given at the first attempt, and said again, or taken back, are those', async (t) => {
      if (!desk.port.capabilities.entitlements) return t.skip(NO_ENTITLEMENTS);
      const grant = { ...grantOf('sub_contract_new', { seats: 5 }), isNew: true };
      const first = { ...writing('contract-new:grant'), isFirst: true };
      const { after, revoked } = await desk.port.grant(grant, first);
      assert.deepEqual([after.map(({ sku, seats }) => [sku, seats]), revoked], [[[desk.skus[0], 5]], []]);
      for (const isFirst of [false, true]) {
        assert.deepEqual(await desk.port.grant(grant, { ...first, isFirst }), { after, revoked });
      }
      assert.deepEqual(await desk.port.rightsOf(grant, call()), after);
      await desk.port.grant({ ...grantOf('sub_contract_new', { seats: 0 }), rights: [] }, writing('contract-new:undo'));
      assert.deepEqual(await desk.port.rightsOf(grant, call()), []);
    });

    test('a grant changes seats, keeps the first day, ends what is not named, and is taken back by what was before', async (t) => {
      if (!desk.port.capabilities.entitlements) return t.skip(NO_ENTITLEMENTS);
      const [sku, other] = desk.skus;
      const grant = grantOf('sub_contract_back', { seats: 5 });
      const first = await desk.port.grant(grant, writing('contract-back:first'));
      const told = await desk.port.rightsOf(grant, call());
      assert.deepEqual(told, first.after);

      const changed = await desk.port.grant(
        {
          ...grant,
          startsOn: '2026-06-01',
          endsOn: '2026-12-31',
          rights: [
            { sku, seats: 9 },
            { sku: other, seats: 1 },
          ],
        },
        writing('contract-back:second'),
      );
      assert.deepEqual(
        changed.after.map((right) => [right.sku, right.seats, right.startsOn, right.endsOn]),
        [
          [sku, 9, '2026-02-01', '2026-12-31'],
          [other, 1, '2026-06-01', '2026-12-31'],
        ],
      );
      assert.equal(changed.after[0]?.id, first.after[0]?.id);

      const back = await desk.port.grant({ ...grant, rights: told }, writing('contract-back:undo'));
      assert.deepEqual(back.after, told);
      assert.deepEqual(
        back.revoked.map((right) => [right.sku, right.status]),
        [[other, 'REVOKED']],
      );
      assert.deepEqual(await desk.port.rightsOf(grant, call()), told);

      const none = await desk.port.grant({ ...grant, rights: [] }, writing('contract-back:none'));
      assert.deepEqual([none.after.length, none.revoked.length], [0, 1]);
      assert.deepEqual(await desk.port.rightsOf(grant, call()), []);
    });

    test('a key that took effect takes none again, whatever came after it', async (t) => {
      if (!desk.port.capabilities.entitlements) return t.skip(NO_ENTITLEMENTS);
      const grant = grantOf('sub_contract_key', { seats: 5 });
      const more = { ...grant, rights: [{ sku: desk.skus[0], seats: 8 }] };
      await desk.port.grant(grant, writing('contract-key:five'));
      await desk.port.grant(more, writing('contract-key:eight'));
      const { after } = await desk.port.grant(grant, writing('contract-key:five'));
      assert.deepEqual(
        after.map(({ seats }) => seats),
        [8],
      );
    });

    test('two grants of one subscription at once give each right once', async (t) => {
      if (!desk.port.capabilities.entitlements) return t.skip(NO_ENTITLEMENTS);
      const grant = grantOf('sub_contract_race', { seats: 5 });
      await Promise.all([1, 2, 3, 4].map(() => desk.port.grant(grant, writing('contract-race:grant'))));
      assert.equal((await desk.port.rightsOf(grant, call())).length, 1);
    });

    test('rights for an organization that is not there are refused', async (t) => {
      if (!desk.port.capabilities.entitlements) return t.skip(NO_ENTITLEMENTS);
      const grant = { ...grantOf('sub_contract_nobody', { seats: 1 }), orgId: id<'SupportOrg'>('999999999999') };
      await assert.rejects(desk.port.grant(grant, writing('contract-nobody:grant')), code('REFUSED'));
    });

    test('the plan of an organization is changed, and only to one that there is', async (t) => {
      if (!desk.port.capabilities.supportTiers) return t.skip('this desk keeps no support plans');
      const orgId = id<'SupportOrg'>(desk.orgs[0]?.id ?? '');
      const tier = async () => (await desk.port.orgs([orgId], call()))[0]?.supportTier ?? null;
      const before = await tier();
      await desk.port.updateOrg({ orgId, supportTier: desk.otherTier }, writing('contract-tier:set'));
      assert.equal(await tier(), desk.otherTier);
      await assert.rejects(desk.port.updateOrg({ orgId, supportTier: 'NO_SUCH' }, writing('c:none')), code('REFUSED'));
      await desk.port.updateOrg({ orgId, supportTier: before ?? '' }, writing('contract-tier:undo'));
      assert.equal(await tier(), before);
      const nobody = id<'SupportOrg'>('999999999999');
      await assert.rejects(
        desk.port.updateOrg({ orgId: nobody, supportTier: desk.otherTier }, writing('c:nobody')),
        code('NOT_FOUND'),
      );
    });

    test('a desk that keeps no entitlements has none to show and gives none', async (t) => {
      if (desk.port.capabilities.entitlements) return t.skip('this desk keeps entitlements');
      const grant = grantOf('sub_contract_none', { seats: 1 });
      await assert.rejects(desk.port.grant(grant, writing('contract-none:grant')), code('REFUSED'));
      assert.deepEqual(await desk.port.rightsOf(grant, call()), []);
      assert.deepEqual(await desk.port.entitlements([id('1')], call()), [null]);
      const [page] = await desk.port.entitlementsOf([list(grant.orgId)], call());
      assert.deepEqual(page, { entries: [], hasMore: false, endCursor: null });
    });

    test('an organization is opened once under its hub id, and deleted by its own key alone, as often as asked', async (t) => {
      const draft = { hubId: 'C-contract1', name: 'Contract & Söhne', supportTier: null };
      if (!desk.port.capabilities.opensOrgs) {
        await assert.rejects(desk.port.openOrg(draft, writing('run:open')), (error) => errorCode(error) === 'REFUSED');
        return t.skip('this desk takes no new organizations from the hub');
      }
      const opened = await desk.port.openOrg(draft, writing('run:open'));
      assert.equal(await desk.port.openOrg(draft, writing('run:open')), opened, 'said again');
      assert.equal(await desk.port.openOrg(draft, writing('another:open')), opened, 'there is one of that hub id');
      const [read] = await desk.port.orgs([opened], call());
      assert.deepEqual([read?.hubId, read?.name], [draft.hubId, draft.name]);
      await desk.port.closeOrg({ hubId: draft.hubId }, writing('another:open'));
      assert.equal((await desk.port.orgs([opened], call()))[0]?.id, opened);
      for (let times = 0; times < 2; times += 1) {
        await desk.port.closeOrg({ hubId: draft.hubId }, writing('run:open'));
        assert.deepEqual(await desk.port.orgs([opened], call()), [null]);
      }
    });

    test('a desk that keeps no support plans shows none and sets none', async (t) => {
      if (desk.port.capabilities.supportTiers) return t.skip('this desk keeps support plans');
      const orgId = id<'SupportOrg'>(desk.orgs[0]?.id ?? '');
      assert.equal((await desk.port.orgs([orgId], call()))[0]?.supportTier, null);
      const change = { orgId, supportTier: desk.otherTier };
      await assert.rejects(desk.port.updateOrg(change, writing('contract-plan:set')), code('REFUSED'));
      await desk.port.updateOrg({ orgId }, writing('contract-plan:nothing'));
    });

    test('a case is changed as asked, and saying it again changes nothing', async () => {
      const was = await workedCase();
      const [status, severity] = [otherStatus(was), otherSeverity(was)];
      const change = { caseId: was.id, was, status, severity };
      const changed = await desk.port.updateCase(change, writing('contract-case:set'));
      assert.deepEqual([changed.status, changed.severity], [status, severity]);
      assert.deepEqual(await desk.port.updateCase(change, writing('contract-case:set')), changed);
      assert.deepEqual(await desk.port.cases([was.id], call()), [changed]);
      const { updatedAt, sla, ...rest } = was;
      const back = await desk.port.updateCase(
        { caseId: was.id, was: changed, status: was.status, severity: was.severity },
        writing('contract-case:undo'),
      );
      const { updatedAt: _later, sla: _running, ...restored } = back;
      assert.deepEqual(restored, rest);
    });

    test('a case that somebody changed meanwhile is left as it is', async () => {
      const was = await workedCase();
      const severity = otherSeverity(was);
      const changed = await desk.port.updateCase({ caseId: was.id, was, severity }, writing('contract-stale:one'));
      const third = was.severity === 'LOW' ? 'NORMAL' : 'LOW';
      await assert.rejects(
        desk.port.updateCase({ caseId: was.id, was, severity: third }, writing('contract-stale:two')),
        code('CONFLICT'),
      );
      assert.deepEqual(await desk.port.cases([was.id], call()), [changed]);
      const undo = { caseId: was.id, was: changed, severity: was.severity };
      await desk.port.updateCase(undo, writing('contract-stale:undo'));
    });

    test('of changes that are made at once from one state, one comes through and is kept', async () => {
      const was = await workedCase();
      const wanted = (['LOW', 'NORMAL', 'HIGH', 'URGENT'] as const).filter((severity) => severity !== was.severity);
      const settled = await Promise.allSettled(
        wanted.map((severity) =>
          desk.port.updateCase({ caseId: was.id, was, severity }, writing(`contract-race:${severity}`)),
        ),
      );
      const [through, ...more] = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      assert.ok(through && more.length === 0, 'exactly one');
      for (const one of settled) if (one.status === 'rejected') assert.equal(errorCode(one.reason), 'CONFLICT');
      assert.deepEqual(await desk.port.cases([was.id], call()), [through]);
      const undo = { caseId: was.id, was: through, severity: was.severity };
      await desk.port.updateCase(undo, writing('contract-race:undo'));
    });

    test('a note on a case may be left and taken back again and again, and changes nothing else of it', async () => {
      const was = await workedCase();
      const note = { caseId: was.id, text: 'Service order SO1: technician on 2026-12-01' };
      if (!desk.port.capabilities.caseNotes) {
        await assert.rejects(desk.port.noteCase(note, writing('contract-note:set')), code('REFUSED'));
        await desk.port.withdrawCaseNote(note, writing('contract-note:set'));
        return;
      }
      for (let times = 0; times < 2; times += 1) await desk.port.noteCase(note, writing('contract-note:set'));
      for (let times = 0; times < 2; times += 1) await desk.port.withdrawCaseNote(note, writing('contract-note:set'));
      await desk.port.withdrawCaseNote(note, writing('contract-note:never'));
      const [now] = await desk.port.cases([was.id], call());
      assert.deepEqual([now?.status, now?.severity, now?.subject], [was.status, was.severity, was.subject]);
      for (const caseId of ['999999999', 'not an id']) {
        const nowhere = { ...note, caseId: id<'Case'>(caseId) };
        await assert.rejects(desk.port.noteCase(nowhere, writing('contract-note:none')), code('NOT_FOUND'), caseId);
      }
    });

    test('a case that is not there cannot be changed', async () => {
      const was = { status: 'OPEN', severity: 'LOW' } as const;
      for (const caseId of ['999999999', 'not an id']) {
        const change = { caseId: id<'Case'>(caseId), was, severity: 'HIGH' } as const;
        await assert.rejects(desk.port.updateCase(change, writing('contract-nocase:set')), code('NOT_FOUND'));
      }
    });

    test('the directory shows every organization once', async () => {
      const seen = new Map<string, string | null>();
      let after: string | null = null;
      do {
        const page = await desk.port.directory({ first: 100, after }, call());
        for (const entry of page.entries) {
          assert.ok(!seen.has(entry.externalId), `${entry.externalId} twice`);
          seen.set(entry.externalId, entry.hubId);
        }
        after = page.hasMore ? page.endCursor : null;
      } while (after !== null);
      for (const org of desk.orgs) assert.equal(seen.get(org.id), org.hubId, org.id);
    });

    test('a call that was given up does not go on', async () => {
      const aborted = { ...call(), signal: AbortSignal.abort() };
      const orgId = id<'SupportOrg'>(desk.orgs[0]?.id ?? '');
      await assert.rejects(desk.port.orgs([orgId], aborted), (error) =>
        ['TIMEOUT', 'UNAVAILABLE'].includes(errorCode(error) ?? ''),
      );
    });

    const code = (expected: string) => (error: unknown) => errorCode(error) === expected;

    const grantOf = (subscriptionId: string, { seats }: { seats: number }): EntitlementGrant => ({
      orgId: id(desk.orgs[0]?.id ?? ''),
      subscriptionId,
      startsOn: '2026-02-01',
      endsOn: null,
      rights: [{ sku: desk.skus[0], seats }],
    });

    /** A case that agents work on now. */
    async function workedCase(): Promise<Case> {
      const lists = desk.orgs.slice(0, 100).map((org) => list(org.id, 100));
      const pages = await desk.port.casesOf(lists, call());
      const found = pages.flatMap(({ entries }) => entries).find(({ status }) => ['OPEN', 'PENDING'].includes(status));
      assert.ok(found, 'no case is open or pending');
      return found;
    }

    const otherStatus = ({ status }: Case): CaseStatus => (status === 'PENDING' ? 'OPEN' : 'PENDING');
    const otherSeverity = ({ severity }: Case): CaseSeverity => (severity === 'URGENT' ? 'HIGH' : 'URGENT');

    async function orgWithCases(atLeast: number) {
      const pages = await desk.port.casesOf(
        desk.orgs.slice(0, 100).map((org) => list(org.id, 100)),
        call(),
      );
      const at = pages.findIndex(({ entries }) => entries.length >= atLeast);
      assert.ok(at >= 0, `no organization has ${atLeast} cases`);
      return { org: desk.orgs[at]?.id ?? '', cases: pages[at]?.entries ?? [] };
    }

    async function orgWithEntitlements(atLeast: number) {
      const lists = desk.orgs.slice(0, 100).map((org) => list(org.id, 100));
      const pages = await desk.port.entitlementsOf(lists, call());
      const at = pages.findIndex(({ entries }) => entries.length >= atLeast);
      assert.ok(at >= 0, `no organization has ${atLeast} entitlements`);
      return { org: desk.orgs[at]?.id ?? '', entitlements: pages[at]?.entries ?? [] };
    }

    /** All entries, a page at a time. */
    async function walked<T>(
      ask: (
        after: string | null,
      ) => Promise<readonly { entries: readonly T[]; hasMore: boolean; endCursor: string | null }[]>,
    ): Promise<T[]> {
      const entries: T[] = [];
      let after: string | null = null;
      for (;;) {
        const [page] = await ask(after);
        assert.ok(page);
        entries.push(...page.entries);
        if (!page.hasMore) return entries;
        assert.notEqual(page.endCursor, after);
        after = page.endCursor;
      }
    }
  });
}
