import type { Call } from '../../../../platform/call.ts';
import { untilAborted } from './abort.ts';
import { brokenContract, failureOf, read } from './failures.ts';
import type { Session } from './session.ts';
import { CompositeAnswer, QueryAnswer } from './wire.ts';

/** "Composite": up to 25 subrequests, of which at most 5 may be queries. These are all queries. */
const MAX_QUERIES = 5;
/** URI and headers together may be 16,384 bytes; a longer query goes into a body. */
const MAX_URI = 12_000;

export interface ReadBatch {
  /** All rows of a query, from as many pages as there are. `deletedToo` asks for what is in the recycle bin or merged away as well. */
  query(soql: string, call: Call, options?: { deletedToo?: boolean }): Promise<readonly unknown[]>;
  /** The rest of a list that a query began. */
  rest(answer: QueryAnswer, call: Call): Promise<readonly unknown[]>;
}

interface Part {
  /** From the root, encoded. */
  readonly path: string;
  readonly call: Call;
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends the queries that one request of a client makes in the same turn as one HTTP call. Each part stands for itself:
 * one that fails takes no other along, and the call is given up only when everyone who waited for it has left.
 */
export function createReadBatch(session: Session): ReadBatch {
  const waiting = new Map<string, Part[]>();

  function ask(path: string, call: Call): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const parts = waiting.get(call.correlationId);
    const part = { path, call, resolve, reject };
    if (parts) parts.push(part);
    else {
      waiting.set(call.correlationId, [part]);
      // After the timers and promises of this turn: the loaders of one hop have all asked by then.
      setImmediate(() => flush(call.correlationId));
    }
    return untilAborted(promise, call.signal);
  }

  function flush(correlationId: string): void {
    const parts = (waiting.get(correlationId) ?? []).filter(({ call }) => !call.signal.aborted);
    waiting.delete(correlationId);
    for (let start = 0; start < parts.length; start += MAX_QUERIES) send(parts.slice(start, start + MAX_QUERIES));
  }

  function send(parts: readonly Part[]): void {
    const { call, release } = sharedCall(parts);
    const [only] = parts;
    const sent =
      parts.length === 1 && only && only.path.length <= MAX_URI
        ? session.send({ method: 'GET', path: only.path }, call).then((body) => only.resolve(body))
        : sendTogether(parts, call);
    sent
      .catch((error: unknown) => {
        for (const part of parts) part.reject(error);
      })
      .finally(release);
  }

  async function sendTogether(parts: readonly Part[], call: Call): Promise<void> {
    const compositeRequest = parts.map(({ path }, at) => ({ method: 'GET', url: path, referenceId: `read${at}` }));
    const body = { allOrNone: false, compositeRequest };
    const answer = read(
      CompositeAnswer,
      await session.send({ method: 'POST', path: '/composite', body }, call),
      'composite',
    );
    const answers = new Map(answer.compositeResponse.map((each) => [each.referenceId, each]));
    parts.forEach((part, at) => {
      const each = answers.get(`read${at}`);
      if (each === undefined) part.reject(brokenContract('composite.compositeResponse: a part is missing'));
      else if (each.httpStatusCode === 200) part.resolve(each.body);
      else part.reject(failureOf({ status: each.httpStatusCode, body: each.body, write: false }));
    });
  }

  async function rest(answer: QueryAnswer, call: Call): Promise<readonly unknown[]> {
    const rows = [...answer.records];
    let at = answer;
    while (!at.done) {
      at = read(QueryAnswer, await ask(at.nextRecordsUrl, call), 'query');
      rows.push(...at.records);
    }
    return rows;
  }

  return {
    async query(soql, call, { deletedToo = false } = {}) {
      const path = `${session.apiPath}/${deletedToo ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`;
      return rest(read(QueryAnswer, await ask(path, call), 'query'), call);
    },
    rest,
  };
}

/** A call that ends when all the calls behind it have ended; `release` once it is answered. */
function sharedCall(parts: readonly Part[]): { call: Call; release: () => void } {
  const controller = new AbortController();
  const answered = new AbortController();
  let left = parts.length;
  for (const { call } of parts) {
    const leave = () => {
      left -= 1;
      if (left === 0) controller.abort();
    };
    call.signal.addEventListener('abort', leave, { once: true, signal: answered.signal });
  }
  const correlationId = parts[0]?.call.correlationId ?? '';
  return { call: { correlationId, signal: controller.signal }, release: () => answered.abort() };
}
