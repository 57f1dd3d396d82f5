import type { Call } from '../../../platform/call.ts';
import { errorCode, HubError } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import type { DirectoryEntry, Page } from '../../../platform/page.ts';
import type { Cutover } from './cutover.ts';
import type { Routed } from './routed.ts';

/** An instance that is not read to its end. */
interface Pending {
  readonly instance: string;
  readonly after: string | null;
  /** It failed once in this walk. */
  readonly late: boolean;
}

/**
 * The customers of all instances, one instance after the other, each in the order of its ids. One that cannot be read does
 * not hold up the others: it comes again after them, goes on where it stopped, and only then fails the walk. Who moved is
 * told as merged into the id in the new ERP, so that the register ends the old link and keeps it in its history.
 */
export function createDirectory({
  instances,
  cutovers,
}: Pick<Routed, 'instances' | 'cutovers'>): (
  page: { first: number; after: string | null },
  call: Call,
) => Promise<Page<DirectoryEntry>> {
  const start = [...instances.keys()].map((instance): Pending => ({ instance, after: null, late: false }));

  return async ({ first, after: cursor }, call) => {
    let pending: readonly Pending[] = cursor === null ? start : readCursor(cursor, instances);
    const entries: DirectoryEntry[] = [];
    while (entries.length < first) {
      const [head, ...rest] = pending;
      if (head === undefined) break;
      const port = instances.get(head.instance);
      try {
        const read = await port?.directory({ first: first - entries.length, after: head.after }, call);
        entries.push(...(read?.entries ?? []));
        pending = read?.hasMore ? [{ ...head, after: read.endCursor }, ...rest] : rest;
        if (read?.hasMore) break; // the vendor gives no more at once
      } catch (error) {
        if (head.late || call.signal.aborted || errorCode(error) === 'INVALID') {
          if (entries.length === 0) throw error;
          break; // what was read is told; the next page asks again
        }
        pending = [...rest, { ...head, late: true }];
      }
    }
    const endCursor = pending.length > 0 ? written(pending) : (entries.at(-1)?.externalId ?? null);
    const moves = await cutovers.of(entries.map(({ externalId }) => id(externalId)));
    const told = entries.map((entry) => movedOn(entry, moves.get(entry.externalId)));
    return { entries: told, hasMore: pending.length > 0, endCursor };
  };
}

const movedOn = (entry: DirectoryEntry, move: Cutover | undefined): DirectoryEntry =>
  move?.state === 'MOVED' && move.from === entry.externalId ? { ...entry, mergedIntoExternalId: move.to } : entry;

/** All that is pending, like `us>1050,emea>` or, once `us` failed, `emea>,us<1050`. */
const written = (pending: readonly Pending[]): string =>
  pending.map(({ instance, after, late }) => `${instance}${late ? '<' : '>'}${encodeURIComponent(after ?? '')}`).join();

function readCursor(cursor: string, instances: ReadonlyMap<string, unknown>): Pending[] {
  return cursor.split(',').map((part) => {
    const [, instance = '', mark, after = ''] = part.match(/^([^<>]+)([<>])([\w.!~*'()%-]*)$/) ?? [];
    if (!instances.has(instance) || /%(?![\dA-F]{2})/.test(after)) {
      const message = 'the cursor is none that this list gave out; pass endCursor of the page before';
      throw new HubError('INVALID', message, { system: 'ERP', field: 'after' });
    }
    return { instance, after: after === '' ? null : decodeURIComponent(after), late: mark === '<' };
  });
}
