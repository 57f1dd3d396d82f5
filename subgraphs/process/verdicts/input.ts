import type { Reasons } from './verdict.ts';

/** 1 to 255 printable ASCII characters. */
export const isIdempotencyKey = (text: string): boolean => /^[\x20-\x7e]{1,255}$/.test(text);
const MOST_WAIT_SECONDS = 30;
export const MOST_QUANTITY = 100_000;

/** What every act takes: a key, and how long to wait. */
export function judgeEnvelope(
  input: { readonly idempotencyKey: string; readonly waitSeconds?: number | null | undefined },
  reasons: Reasons,
): void {
  if (!isIdempotencyKey(input.idempotencyKey)) {
    reasons.add('BAD_VALUE', 'HUB', 'an idempotency key is 1 to 255 printable ASCII characters', 'idempotencyKey');
  }
  const waitSeconds = input.waitSeconds ?? 0;
  if (waitSeconds < 0 || waitSeconds > MOST_WAIT_SECONDS) {
    reasons.add('BAD_VALUE', 'HUB', `waitSeconds is 0 to ${MOST_WAIT_SECONDS}`, 'waitSeconds');
  }
}

/** Text that people read: of a length, without control characters and broken surrogates. */
export function judgeText(text: string, longest: number, field: string, reasons: Reasons): void {
  if (text.trim() === '' || text.length > longest || /\p{Cc}/u.test(text) || !text.isWellFormed()) {
    reasons.add('BAD_VALUE', 'HUB', `${field} is 1 to ${longest} characters of plain text on one line`, field);
  }
}

/** Ids travel into other systems' queries: short, and nothing that is not printed. */
export const isId = (text: string): boolean => /^[\x21-\x7e]{1,100}$/.test(text);

export function judgeQuantity(quantity: number, least: 0 | 1, field: string, reasons: Reasons): void {
  if (!Number.isSafeInteger(quantity) || quantity < least || quantity > MOST_QUANTITY) {
    reasons.add('BAD_QUANTITY', 'HUB', `a quantity is a whole number from ${least} to ${MOST_QUANTITY}`, field);
  }
}

/** What the caller said, without the key, the wait and the plan: the same act, however often and surely it is asked for. */
export function saidIn(input: {
  idempotencyKey: string;
  waitSeconds?: number | null | undefined;
  confirm?: string | null | undefined;
}): unknown {
  const { idempotencyKey: _key, waitSeconds: _wait, confirm: _plan, ...said } = input;
  return said;
}
