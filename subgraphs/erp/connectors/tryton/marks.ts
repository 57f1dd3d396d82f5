/**
 * What the hub writes into a sale to know it again. `reference` is the call's key; Tryton means that field for the buyer's
 * own number, so that one goes into the description, behind the mark by which the hub's orders are told from others.
 */
const MARK = 'Order through the hub';
const PURCHASE_ORDER = '; purchase order ';

export const orderMark = (purchaseOrderNumber: string | null): string =>
  purchaseOrderNumber === null ? MARK : `${MARK}${PURCHASE_ORDER}${purchaseOrderNumber}`;

export const amendmentMark = (about: {
  subscriptionId: string;
  contractId: string | null;
  effectiveOn: string;
  endsOn?: string;
}): string =>
  [
    MARK,
    `amendment of subscription ${about.subscriptionId}`,
    ...(about.contractId === null ? [] : [`contract ${about.contractId}`]),
    `effective ${[about.effectiveOn, about.endsOn].filter(Boolean).join('/')}`,
  ].join('; ');

export const isHubs = (description: string | null): description is string => description?.startsWith(MARK) ?? false;

export function purchaseOrderOf(description: string): string | null {
  const head = MARK + PURCHASE_ORDER;
  return description.startsWith(head) ? description.slice(head.length) : null;
}

/** In the comment of an amendment that changes terms: what the customer had before, for its undo. */
export const priorTermsMark = (termId: number | null): string => `Payment term before: ${termId ?? 'none'}`;

/** The term's id, `null` for none; `undefined` where the comment tells of no change. */
export function priorTermsOf(comment: string | null): number | null | undefined {
  const [, term] = /^Payment term before: (\d+|none)$/m.exec(comment ?? '') ?? [];
  return term === undefined ? undefined : term === 'none' ? null : Number(term);
}

/** In the comment of a sale that Tryton did not take: why, for whoever asks again with the same key. */
export const refusalMark = (why: string): string => `Not taken: ${why.replaceAll('\n', ' ')}`;

export const refusalOf = (comment: string | null): string | null =>
  /^Not taken: (.*)$/m.exec(comment ?? '')?.[1] ?? null;
