import type { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import { broken, jsonOf, parsed } from './failures.ts';
import type { Session } from './session.ts';
import { SuiteQlPage } from './wire.ts';

/** Most rows that SuiteQL over REST puts on a page. */
export const PAGE_ROWS = 1_000;
/** Most questions in one statement; more make a second one. */
const MOST_PARTS = 12;

/** A question, as columns (name to expression) and what follows from `FROM` on. `id` and `line` together are unique in it. */
export interface Select {
  readonly columns: Readonly<Record<string, string>> & { readonly id: string; readonly line: string };
  readonly from: string;
}

export interface SuiteQl {
  /** All rows. Questions asked for one call in the same turn of the event loop share one statement. */
  rows<Row extends z.ZodType>(select: Select, row: Row, call: Call): Promise<z.infer<Row>[]>;
  /** The first `limit` rows (at most 1,000), alone. */
  page<Row extends z.ZodType>(
    select: Select,
    row: Row,
    limit: number,
    call: Call,
  ): Promise<{ rows: z.infer<Row>[]; hasMore: boolean }>;
}

type Row = z.infer<typeof SuiteQlPage>['items'][number];

interface Waiting {
  readonly select: Select;
  readonly take: (rows: readonly Row[]) => void;
  readonly fail: (error: unknown) => void;
}

export function createSuiteQl(session: Session): SuiteQl {
  const waiting = new WeakMap<AbortSignal, Map<string, Waiting[]>>();

  async function fetchPage(q: string, limit: number, offset: number, call: Call) {
    const response = await session.send(
      {
        method: 'POST',
        path: `/services/rest/query/v1/suiteql?limit=${limit}&offset=${offset}`,
        headers: { prefer: 'transient' },
        body: JSON.stringify({ q }),
      },
      call,
    );
    return parsed(SuiteQlPage, jsonOf(response));
  }

  async function fetchAll(q: string, call: Call): Promise<readonly Row[]> {
    const first = await fetchPage(q, PAGE_ROWS, 0, call);
    if (!first.hasMore) return first.items;
    const offsets: number[] = [];
    for (let offset = PAGE_ROWS; offset < first.totalResults; offset += PAGE_ROWS) offsets.push(offset);
    const rest = await Promise.all(offsets.map((offset) => fetchPage(q, PAGE_ROWS, offset, call)));
    return [first, ...rest].flatMap(({ items }) => items);
  }

  /** What was asked for one client request becomes one statement; each asker gets the rows of its part. */
  async function flush(asked: readonly Waiting[], call: Call): Promise<void> {
    try {
      const rows = await fetchAll(statement(asked.map(({ select }) => select)), call);
      const byPart = Map.groupBy(rows, ({ part }) => part);
      const strange = [...byPart.keys()].some((part) => !asked.some((_, at) => partName(at) === part));
      if (strange) throw broken('items.part'); // whose rows they were cannot be known
      asked.forEach(({ take }, at) => {
        take(byPart.get(partName(at)) ?? []);
      });
    } catch (error) {
      for (const { fail } of asked) fail(error);
    }
  }

  function ask(question: Waiting, call: Call): void {
    // A signal alone may be shared by many runs of a process: their questions stay apart.
    const ofSignal = waiting.get(call.signal) ?? new Map<string, Waiting[]>();
    waiting.set(call.signal, ofSignal);
    const together = ofSignal.get(call.correlationId);
    if (together && together.length < MOST_PARTS) {
      together.push(question);
      return;
    }
    const asked = [question];
    ofSignal.set(call.correlationId, asked);
    // After every loader and cache of this turn.
    setImmediate(() => {
      if (ofSignal.get(call.correlationId) === asked) ofSignal.delete(call.correlationId);
      void flush(asked, call);
    });
  }

  return {
    rows(select, row, call) {
      return new Promise((resolve, reject) => {
        const asked: Waiting = {
          select,
          take: (rows) => {
            try {
              resolve(rows.map((raw) => parsed(row, raw)));
            } catch (error) {
              reject(error);
            }
          },
          fail: reject,
        };
        ask(asked, call);
      });
    },
    async page(select, row, limit, call) {
      const { items, hasMore } = await fetchPage(statement([select]), limit, 0, call);
      return { rows: items.map((raw) => parsed(row, raw)), hasMore };
    },
  };
}

const partName = (at: number): string => `p${at}`;

/**
 * One statement for several questions: `UNION ALL` over all their columns, null where a part has none. A column name means
 * the same type in every part, as Oracle demands. The order is unique, without which pages may overlap.
 */
export function statement(selects: readonly Select[]): string {
  const names = [...new Set(selects.flatMap(({ columns }) => Object.keys(columns)))];
  const parts = selects.map(({ columns, from }, at) => {
    const list = names.map((name) => `${columns[name] ?? 'NULL'} AS ${name}`).join(', ');
    return `SELECT '${partName(at)}' AS part, ${list} FROM ${from}`;
  });
  return `${parts.join(' UNION ALL ')} ORDER BY part, id, line`;
}
