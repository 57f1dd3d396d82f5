import type { Call, SourceNote } from '../call.ts';
import { HubError } from '../errors.ts';
import { around, type Invoke, type Method, type MethodsOf } from '../port/methods.ts';
import type { RowScope } from '../principal.ts';
import type { RowJudge } from './row-judge.ts';

interface About {
  /** As in the graph's `System`: ids of customers are this system's own. */
  readonly system: string;
  readonly judge: RowJudge;
}

/**
 * Answers a call with `rows` as if the system held no other customers: what is another's is answered like what there is
 * not, and where the question names the customer the system is not asked at all. A call without `rows` passes untouched.
 */
export function inRows<Port extends object>(port: Port, methods: MethodsOf<Port>, about: About): Port {
  return around(port, methods, (name, method, next) => (argument, call) => {
    const { rows } = call;
    return rows == null ? next(argument, call) : judged(name, method, next, { ...about, rows })(argument, call);
  });
}

function judged(name: string, method: Method, next: Invoke, about: About & { rows: RowScope }): Invoke {
  const visible = (externalIds: readonly string[], { fresh = false }: Call) =>
    about.judge.visible({ system: about.system, externalIds, rows: about.rows, fresh });

  if (method.kind === 'write' || method.customer === 'HUB_ONLY') {
    // The hub writes and scans on its own account, once it has judged who asked for it.
    return () => Promise.reject(new Error(`${name} was called on behalf of somebody who does not see every customer`));
  }
  const { customer } = method;
  if (customer === 'NONE') return next;

  if ('of' in customer) {
    return async (argument, call) => {
      const id = customer.of(argument as never); // the port's own type: the descriptor stands beside it
      if ((await visible([id], call)).has(id)) return next(argument, call);
      throw new HubError('NOT_FOUND', `${about.system} knows no such customer`, { system: about.system });
    };
  }
  if ('ofKey' in customer) {
    return async (argument, call) => {
      const keys = argument as readonly unknown[]; // of a batch method
      const ids = keys.map((key) => customer.ofKey(key as never)); // as above
      const seen = await visible(ids, call);
      const asked = keys.filter((_key, at) => seen.has(ids[at] ?? ''));
      const told = asked.length === 0 ? [] : ((await next(asked, call)) as readonly unknown[]); // one answer per key
      let nr = 0;
      return ids.map((id) => (seen.has(id) ? told[nr++] : customer.none));
    };
  }
  return async (argument, call) => {
    const notes: SourceNote[] = [];
    const noting = { ...call, note: (told: SourceNote) => void notes.push(told) };
    const answers = (await next(argument, noting).finally(() => {
      noteAlike(notes, call, about.system);
    })) as readonly unknown[]; // one answer per key
    const keys = argument as readonly unknown[];
    const ids = answers.map((answer) =>
      answer === null || answer instanceof Error ? null : customer.ofAnswer(answer as never),
    );
    // Judged also where there is nothing to judge: what is another's takes no longer than what there is not.
    const seen = await visible(
      ids.map((id, at) => id ?? String(keys[at])),
      call,
    );
    const own = keys.filter((_key, at) => seen.has(ids[at] ?? ''));
    if (own.length > 0 && notes.some(isStale)) await noteStale(next, own, call, about.system);
    return answers.map((answer, at) => {
      const id = ids[at] ?? null;
      return answer instanceof Error || (id !== null && seen.has(id)) ? answer : null;
    });
  };
}

const isStale = ({ state }: SourceNote): boolean => state === 'STALE';

/**
 * Notes each answer as one that may come from the cache, and nothing closer: a record of another's that somebody just read
 * would else be told from one there is not. What failed is noted as it is.
 */
function noteAlike(notes: readonly SourceNote[], { note }: Call, system: string): void {
  const hasFailed = ({ state }: SourceNote) => state === 'UNAVAILABLE' || state === 'THROTTLED';
  for (const told of notes) note?.(hasFailed(told) ? told : { system, state: 'CACHED' });
}

/** Old values are told as such, where they are the caller's own: these alone are asked for once more, from what is kept. */
async function noteStale(next: Invoke, own: readonly unknown[], call: Call, system: string): Promise<void> {
  const oldest: SourceNote[] = [];
  const listening = { ...call, note: (told: SourceNote) => void (isStale(told) && oldest.push(told)) };
  await next(own, listening).catch(() => undefined); // it was answered just now: the answer stands
  for (const { asOf } of oldest) call.note?.({ system, state: 'STALE', ...(asOf === undefined ? {} : { asOf }) });
}
