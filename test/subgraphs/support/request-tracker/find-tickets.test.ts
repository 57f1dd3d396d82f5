import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Call } from '../../../../platform/call.ts';
import type { Query, RtApi } from '../../../../subgraphs/support/connectors/request-tracker/api.ts';
import { findTickets } from '../../../../subgraphs/support/connectors/request-tracker/find-tickets.ts';
import {
  byCustomers,
  byIds,
  isCustomerNumber,
  isTicketId,
} from '../../../../subgraphs/support/connectors/request-tracker/ticket-sql.ts';
import { NO_DEADLINE } from '../../../support/no-deadline.ts';

const call: Call = { correlationId: 'find', signal: NO_DEADLINE };
const DAY = Date.parse('2026-05-01T00:00:00Z');
interface Row {
  readonly id: number;
  readonly customer: string;
  readonly at: number;
}

/** A search over these tickets as RT does it, for a user whose time zone is `zoneHours` ahead of UTC. */
function searchOver(rows: readonly Row[], zoneHours = 0) {
  const asked: { sql: string; query: Query }[] = [];
  const api: Pick<RtApi, 'tickets'> = {
    tickets: async (sql, query, answer) => {
      asked.push({ sql, query });
      const customers = [...sql.matchAll(/CF\.\{CustomerNumber\} = '([^']+)'/g)].map(([, number]) => number);
      const until = /Created <= '([^']+)'/.exec(sql)?.[1];
      const bound = until === undefined ? Infinity : Date.parse(`${until.replace(' ', 'T')}Z`) - zoneHours * 3_600_000;
      const found = rows
        .filter(({ customer, at }) => customers.includes(customer) && at <= bound)
        .sort((a, b) => b.at - a.at || b.id - a.id);
      const [page, perPage] = [Number(query.page), Number(query.per_page)];
      assert.ok(perPage <= 100, 'RT shows no more');
      return answer.parse({ items: found.slice((page - 1) * perPage, page * perPage).map(wireOf) });
    },
  };
  return { api, asked };
}

const instant = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z');
const wireOf = ({ id, customer, at }: Row) => ({
  id: String(id),
  Subject: '',
  Status: 'open',
  SLA: '',
  Due: '1970-01-01T00:00:00Z',
  Created: instant(at),
  LastUpdated: instant(at),
  Priority: '0',
  CustomFields: [{ name: 'CustomerNumber', values: [customer] }],
});
const row = (id: number, customer: string, at = DAY + id * 60_000): Row => ({ id, customer, at });
const idsOf = (tickets: readonly { id: string }[] | undefined) => tickets?.map(({ id }) => Number(id));

describe('finding the newest tickets of many customers', () => {
  test('asks once where a page has enough of each', async () => {
    const { api, asked } = searchOver(Array.from({ length: 500 }, (_, at) => row(at + 1, `C-${at % 2}`)));
    const wanted = new Map([
      ['C-0', 11],
      ['C-1', 11],
    ]);
    const found = await findTickets({ wanted, status: null, before: null }, api, call);
    assert.equal(asked.length, 1);
    assert.deepEqual(idsOf(found.get('C-0'))?.slice(0, 2), [499, 497]);
  });

  test('does not page through a busy customer for a quiet one', async () => {
    const busy = Array.from({ length: 5_000 }, (_, at) => row(10_000 + at, 'BUSY'));
    const { api, asked } = searchOver([...busy, row(5, 'QUIET'), row(4, 'QUIET')]);
    const wanted = new Map([
      ['BUSY', 11],
      ['QUIET', 11],
    ]);
    const found = await findTickets({ wanted, status: null, before: null }, api, call);
    assert.deepEqual(idsOf(found.get('QUIET')), [5, 4]);
    assert.equal(asked.length, 2);
    assert.doesNotMatch(asked[1]?.sql ?? '', /BUSY/);
  });

  test('goes on where it was when some have enough, without gap or double', async () => {
    const rows = Array.from({ length: 900 }, (_, at) => row(at + 1, at % 3 === 0 ? 'FEW' : 'MANY'));
    const { api, asked } = searchOver(rows);
    const wanted = new Map([
      ['FEW', 11],
      ['MANY', 450],
    ]);
    const found = await findTickets({ wanted, status: null, before: null }, api, call);
    const many = rows.filter(({ customer }) => customer === 'MANY').map(({ id }) => id);
    assert.deepEqual(idsOf(found.get('MANY'))?.slice(0, 450), many.toReversed().slice(0, 450));
    assert.deepEqual(
      asked.map(({ query }) => query.page),
      [1, 1, 2, 3, 4, 5],
    );
  });

  test('begins below a position, also among tickets of one second, whatever time zone the user of the hub is in', async () => {
    const rows = [
      row(1, 'C', DAY - 1_000),
      row(2, 'C', DAY),
      row(3, 'C', DAY),
      row(4, 'C', DAY),
      row(5, 'C', DAY + 9_000),
    ];
    for (const zone of [-12, -5, 0, 5.5, 14]) {
      const { api } = searchOver(rows, zone);
      const before = { openedAt: '2026-05-01T00:00:00.000Z', id: '3' };
      const found = await findTickets({ wanted: new Map([['C', 10]]), status: null, before }, api, call);
      assert.deepEqual(idsOf(found.get('C')), [2, 1], `zone ${zone}`);
    }
  });

  test('a number in other letters is another customer, though RT finds it', async () => {
    const api: Pick<RtApi, 'tickets'> = {
      tickets: async (_sql, _query, answer) => answer.parse({ items: [wireOf(row(1, 'C-1'))] }),
    };
    const found = await findTickets({ wanted: new Map([['c-1', 10]]), status: null, before: null }, api, call);
    assert.equal(found.get('c-1'), undefined);
  });
});

describe('questions in TicketSQL', () => {
  test('name customers by their number and never by their requestors, whose alternatives RT cannot take', () => {
    const customers = Array.from({ length: 100 }, (_, at) => `C-${at}`);
    const sql = byCustomers({ customers, status: 'open', openedUntil: '2026-05-01T00:00:00.000Z' });
    assert.equal(sql.match(/CF\.\{CustomerNumber\}/g)?.length, 100);
    assert.doesNotMatch(sql, /Requestor|Watcher/);
    assert.match(sql, /\) AND Status = 'open' AND Created <= '2026-05-01 14:00:00'$/);
    assert.equal(byIds(['1', '2']), '(id = 1 OR id = 2)');
  });

  test('take nothing that could end the quotes', () => {
    for (const good of ['C-1001', 'Æ 12/3', '0042', 'a.b_c']) assert.equal(isCustomerNumber(good), true, good);
    for (const bad of ['', "x' OR id > 0 OR '", 'a\\', 'a"b', ' x', '{x}', 'a\nb', 'x'.repeat(65)]) {
      assert.equal(isCustomerNumber(bad), false, bad);
    }
    for (const bad of ['', '0', '-1', '1 OR id > 0', '12345678901', '1.0']) assert.equal(isTicketId(bad), false, bad);
  });
});
