import type { Call } from '../../../../platform/call.ts';
import type { RtApi } from './api.ts';
import type { FieldIds } from './sight.ts';
import { type Transaction, TransactionPage } from './wire.ts';

const PER_PAGE = 100;
/** Two changes that lie no further apart may have been made at once, and one of them may be about to be put back. */
const AT_ONCE_MS = 10_000;

/** RT's values of the fields that a case can be changed in. */
export interface Values {
  readonly Status?: string | undefined;
  readonly Severity?: string | undefined;
}

/** A ticket's history after a version (0: all of it), oldest first; at most the last `pages` hundred. */
export async function historyOf(
  path: string,
  { after, pages }: { after: number; pages: number },
  api: RtApi,
  call: Call,
): Promise<Transaction[]> {
  const found: Transaction[] = [];
  for (let page = 1; page <= pages; page += 1) {
    // Histories have no total: they end with a page that is not full.
    const query = { fields: 'Type,Field,NewValue,Created', orderby: 'id', order: 'DESC', per_page: PER_PAGE, page };
    const { items } = await api.get(`${path}/history`, query, TransactionPage, call);
    found.push(...items.filter(({ id }) => Number(id) > after));
    if (items.length < PER_PAGE || items.some(({ id }) => Number(id) <= after)) break;
  }
  return found.sort((a, b) => Number(a.id) - Number(b.id));
}

/** What others set before this change did, by the order of the history after its version; null: it came first everywhere. */
export function wonByOthers(mine: Values, since: readonly Transaction[], fields: FieldIds): Values | null {
  const first = (name: keyof Values) => changesOf(name, since, fields)[0]?.NewValue ?? undefined;
  const lost = {
    Status: mine.Status !== undefined && first('Status') !== mine.Status ? first('Status') : undefined,
    Severity: mine.Severity !== undefined && first('Severity') !== mine.Severity ? first('Severity') : undefined,
  };
  return lost.Status === undefined && lost.Severity === undefined ? null : lost;
}

/**
 * Whether the values that somebody else set will stay: the history shows each as the last change of its field, and as one
 * that was not made at once with another.
 */
export function isSettled(values: Values, history: readonly Transaction[], fields: FieldIds): boolean {
  return (['Status', 'Severity'] as const).every((name) => {
    if (values[name] === undefined) return true;
    const [last, earlier] = changesOf(name, history, fields).toReversed();
    if (last?.NewValue !== values[name]) return false; // the value is there before its line in the history
    return earlier === undefined || Date.parse(last.Created) - Date.parse(earlier.Created) > AT_ONCE_MS;
  });
}

const changesOf = (name: keyof Values, history: readonly Transaction[], fields: FieldIds): Transaction[] =>
  history.filter(({ Type, Field }) =>
    name === 'Status' ? Type === 'Status' : Type === 'CustomField' && Field === fields.Severity,
  );
