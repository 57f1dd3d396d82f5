import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Call } from '../../../../../platform/call.ts';
import { errorCode } from '../../../../../platform/errors.ts';
import { id } from '../../../../../platform/ids.ts';
import type { Query, ZendeskApi } from '../../../../../subgraphs/support/connectors/zendesk/api.ts';
import { findTickets } from '../../../../../subgraphs/support/connectors/zendesk/find-tickets.ts';
import { NO_DEADLINE } from '../../../../support/no-deadline.ts';

const call: Call = { correlationId: 'find', signal: NO_DEADLINE };
interface Row {
  readonly id: number;
  readonly organization_id: number;
  readonly created_at: string;
}

/** A search over these tickets as Zendesk documents it: a hundred to a page, ten pages at most. */
function searchOver(tickets: readonly Row[]) {
  const asked: Query[] = [];
  const api: Pick<ZendeskApi, 'get'> = {
    get: async (path, query, answer) => {
      assert.equal(path, '/search');
      asked.push(query);
      const text = String(query.query);
      const orgs = [...text.matchAll(/organization:(\d+)/g)].map(([, org]) => Number(org));
      const until = /created<=(\S+)/.exec(text)?.[1] ?? '9999';
      const found = tickets
        .filter((ticket) => orgs.includes(ticket.organization_id) && Date.parse(ticket.created_at) <= Date.parse(until))
        .sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at) || b.id - a.id);
      const page = Number(query.page);
      assert.ok(page <= 10, 'Zendesk refuses an eleventh page');
      const results = found.slice((page - 1) * 100, page * 100);
      return answer.parse({ results, next_page: page < 10 && found.length > page * 100 ? 'next' : null });
    },
  };
  return { api: api as ZendeskApi, asked }; // only `get` is used by a search
}

const row = (number: number, org: number, createdAt = Date.parse('2026-01-01T00:00:00Z') + number * 60_000): Row => ({
  id: number,
  organization_id: org,
  created_at: `${new Date(createdAt).toISOString().slice(0, 19)}Z`,
});

describe('finding the newest tickets of many organizations', () => {
  test('stops at the page on which every organization has enough', async () => {
    const { api, asked } = searchOver(Array.from({ length: 500 }, (_, at) => row(at, at % 2)));
    const found = await findTickets(
      {
        wanted: new Map([
          ['0', 11],
          ['1', 11],
        ]),
        status: null,
        before: null,
      },
      api,
      call,
    );
    assert.equal(asked.length, 1);
    assert.deepEqual(
      found
        .get('0')
        ?.slice(0, 2)
        .map((one) => one.id),
      [498, 496],
    );
  });

  test('goes on below a thousand results for those that still want some', async () => {
    const busy = Array.from({ length: 2_350 }, (_, at) => row(10_000 + at, 1));
    const { api, asked } = searchOver([...busy, row(5, 2), row(4, 2)]);
    const found = await findTickets(
      {
        wanted: new Map([
          ['1', 11],
          ['2', 3],
        ]),
        status: null,
        before: null,
      },
      api,
      call,
    );
    assert.deepEqual(
      found.get('2')?.map((one) => one.id),
      [5, 4],
    );
    assert.equal(asked.length, 11, 'ten pages, and one more that asks for the second organization alone');
    assert.equal(String(asked.at(-1)?.query).includes('organization:1 '), false);
  });

  test('reads one organization to its end, however many there are, without gap or double', async () => {
    const { api } = searchOver(Array.from({ length: 2_350 }, (_, at) => row(at, 1)));
    const found = await findTickets({ wanted: new Map([['1', 5_000]]), status: null, before: null }, api, call);
    assert.deepEqual(
      found.get('1')?.map((one) => one.id),
      Array.from({ length: 2_350 }, (_, at) => 2_349 - at),
    );
  });

  test('begins below a position, also among tickets of one second', async () => {
    const at = Date.parse('2026-05-01T00:00:00Z');
    const { api, asked } = searchOver([
      row(1, 1, at - 1_000),
      row(2, 1, at),
      row(3, 1, at),
      row(4, 1, at),
      row(5, 1, at + 1_000),
    ]);
    const before = { openedAt: '2026-05-01T00:00:00.000Z', id: id<'Case'>(3) };
    const found = await findTickets({ wanted: new Map([['1', 10]]), status: 'open', before }, api, call);
    assert.deepEqual(
      found.get('1')?.map((one) => one.id),
      [2, 1],
    );
    assert.match(String(asked[0]?.query), /^type:ticket organization:1 status:open created<=2026-05-01T00:00:00/);
  });

  test('says so rather than going round for ever when one instant holds more than can be listed', async () => {
    const { api } = searchOver(Array.from({ length: 1_500 }, (_, number) => row(number, 1, 0)));
    const search = findTickets({ wanted: new Map([['1', 5_000]]), status: null, before: null }, api, call);
    await assert.rejects(search, (error) => errorCode(error) === 'REFUSED');
  });
});
