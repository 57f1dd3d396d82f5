import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import { after, before, describe, test } from 'node:test';
import type { Call, WriteCall } from '../../../platform/call.ts';
import { systemClock } from '../../../platform/clock.ts';
import { errorCode } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import { readRtConfig } from '../../../subgraphs/support/connectors/request-tracker/config.ts';
import { createRequestTrackerSupport } from '../../../subgraphs/support/connectors/request-tracker/connector.ts';
import type { CaseId, CaseSeverity, SupportOrgId } from '../../../subgraphs/support/model.ts';
import type { SupportPort } from '../../../subgraphs/support/port.ts';
import { groundOfRt, seededOrgs } from './ground.ts';

const ground = groundOfRt();
const call = (): Call => ({ correlationId: 'traps', signal: AbortSignal.timeout(30_000) });
const writing = (key: string): WriteCall => ({ ...call(), key, actingFor: 'SUPPORT' });
const code = (expected: string) => (error: unknown) => errorCode(error) === expected;
const firstPage = (of: string, first = 10) => ({ of: id<'SupportOrg'>(of), first, after: null });

describe('Request Tracker surprises', { skip: ground.skip }, () => {
  let env: { RT_BASE_URL: string; RT_TOKEN: string };
  let support: SupportPort & { close(): Promise<void> };
  before(async () => {
    env = await ground.start();
    support = connect();
  });
  after(async () => {
    await support?.close();
    await ground.stop();
  });
  const connect = (more: object = {}) =>
    createRequestTrackerSupport(readRtConfig({ ...env, ...more }), { clock: systemClock });

  /** How many requests the hub sends meanwhile. */
  async function counted<T>(run: () => Promise<T>): Promise<{ answer: T; requests: number }> {
    let requests = 0;
    const count = () => {
      requests += 1;
    };
    diagnostics.subscribe('undici:request:create', count);
    try {
      return { answer: await run(), requests };
    } finally {
      diagnostics.unsubscribe('undici:request:create', count);
    }
  }

  const heldOf = async (caseId: CaseId) => {
    const [held] = await support.cases([caseId], call());
    assert.ok(held);
    return held;
  };

  test('the tickets of twelve customers come as the seed list says, in one request', async () => {
    await support.orgs([id('C-1001')], call()); // the look at fields and rights is over
    const codes = Array.from({ length: 12 }, (_, at) => `C-${1001 + at}`);
    const { answer, requests } = await counted(() =>
      support.casesOf(
        codes.map((of) => firstPage(of)),
        call(),
      ),
    );
    assert.equal(requests, 1);
    assert.deepEqual(
      Object.fromEntries(
        codes.map((of, at) => [
          of,
          answer[at]?.entries.map(
            ({ status, severity, sla }) => `${status} ${severity}${sla?.breached ? ' late' : ''}`,
          ),
        ]),
      ),
      {
        'C-1001': ['OPEN URGENT late', 'SOLVED HIGH'],
        'C-1002': ['PENDING NORMAL late', 'OPEN HIGH late'],
        'C-1003': ['NEW NORMAL'],
        'C-1004': ['SOLVED LOW'],
        'C-1005': ['NEW LOW', 'OPEN HIGH'],
        'C-1006': ['OPEN URGENT late'],
        'C-1007': [],
        'C-1008': ['SOLVED HIGH', 'SOLVED URGENT'],
        'C-1009': [],
        'C-1010': ['SOLVED NORMAL'],
        'C-1011': ['NEW NORMAL'],
        'C-1012': [],
      },
    );
  });

  test('a hundred customers are one request, and so are a hundred cases and a hundred organizations', async () => {
    const codes = Array.from({ length: 100 }, (_, at) => id<'SupportOrg'>(`C-${1001 + at}`));
    const ids = Array.from({ length: 100 }, (_, at) => id<'Case'>(at + 1));
    const cases = await counted(() =>
      support.casesOf(
        codes.map((of) => firstPage(of)),
        call(),
      ),
    );
    const byId = await counted(() => support.cases(ids, call()));
    const orgs = await counted(() => support.orgs(codes, call()));
    assert.deepEqual([cases.requests, byId.requests, orgs.requests], [1, 1, 1]);
    assert.equal(byId.answer.filter(Boolean).length, 14);
    assert.deepEqual(
      orgs.answer.flatMap((org) => org?.id ?? []),
      seededOrgs().map((org) => org.id),
    );
  });

  test('a customer number in other letters is another customer', async () => {
    const [page] = await support.casesOf([firstPage('c-1001')], call());
    assert.deepEqual(page?.entries, []);
    assert.deepEqual(await support.orgs([id('c-1001')], call()), [null]);
  });

  test('pages do not depend on the time zone of the user as whom the hub signs in', async () => {
    const all = await support.casesOf([firstPage('C-1001', 100)], call());
    for (const Timezone of ['America/New_York', 'Pacific/Auckland', '']) {
      await ground.ask('PUT', '/user/hub', { Timezone });
      const [first] = await support.casesOf([firstPage('C-1001', 1)], call());
      const rest = {
        of: id<'SupportOrg'>('C-1001') satisfies SupportOrgId,
        first: 99,
        after: first?.endCursor ?? null,
      };
      const [second] = await support.casesOf([rest], call());
      assert.deepEqual([...(first?.entries ?? []), ...(second?.entries ?? [])], all[0]?.entries, Timezone);
    }
  });

  test('a value that RT refuses with status 200 is REFUSED, and nothing else of the ticket is lost', async () => {
    const caseId = id<'Case'>(await ground.open('C-1003', 'Refused value'));
    const was = await heldOf(caseId);
    const status = { caseId, was, status: 'ON_HOLD' } as const; // RT has no such status
    await assert.rejects(support.updateCase(status, writing('t:hold')), code('REFUSED'));
    await ground.askAsRoot('DELETE', '/customfield/3/value/4'); // S4 is no longer offered
    const severity = { caseId, was, severity: 'LOW' } as const;
    await assert.rejects(support.updateCase(severity, writing('t:low')), code('REFUSED'));
    assert.deepEqual(await heldOf(caseId), was);
  });

  test('a comment that came in between does not stand in the way of a change', async () => {
    const caseId = id<'Case'>(await ground.open('C-1003', 'Talked about'));
    const was = await heldOf(caseId);
    await ground.ask('POST', `/ticket/${caseId}/comment`, { Content: 'Meanwhile', ContentType: 'text/plain' });
    const { severity } = await support.updateCase({ caseId, was, severity: 'HIGH' }, writing('t:comment'));
    assert.equal(severity, 'HIGH');
  });

  test('changes of several processes at once never lose one that was confirmed', async () => {
    const others = [connect(), connect(), connect()]; // each with turns of its own, as processes have
    try {
      await Promise.all(others.map((other) => other.orgs([id('C-1001')], call())));
      for (let round = 1; round <= 2; round += 1) {
        const caseId = id<'Case'>(await ground.open('C-1003', `Raced for ${round}`));
        const was = await heldOf(caseId);
        const wanted: CaseSeverity[] = ['URGENT', 'HIGH', 'URGENT'];
        const settled = await Promise.allSettled(
          others.map((other, at) =>
            other.updateCase({ caseId, was, severity: wanted[at] ?? 'HIGH' }, writing(`t:race-${round}-${at}`)),
          ),
        );
        const confirmed = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value.severity] : []));
        for (const one of settled) if (one.status === 'rejected') assert.equal(errorCode(one.reason), 'CONFLICT');
        const { severity } = await heldOf(caseId);
        assert.notEqual(severity, was.severity, `round ${round}: one came through`);
        for (const one of confirmed) assert.equal(one, severity, `round ${round}: confirmed and lost`);
      }
    } finally {
      await Promise.all(others.map((other) => other.close()));
    }
  });

  test('a token that RT does not know is a matter of the credential', async () => {
    const stranger = connect({ RT_TOKEN: '1-14-00000000000000000000000000000000' });
    await assert.rejects(stranger.orgs([id('C-1001')], call()), code('CREDENTIAL'));
    await stranger.close();
  });
});
