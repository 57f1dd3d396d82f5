/** How a value is shown to a caller who may not see it in full; as in the graph's `Mask`. */
export type Mask = 'EMAIL' | 'LAST4' | 'HIDE';

/** Stands for text of which nothing is shown. */
export const HIDDEN = '***';

/** Letters and digits that a value must have before its last four are shown: of fewer they would be half of it. */
const ENOUGH_TO_SHOW_FOUR = 8;
/** Of a shorter local part the first letter would be most of it. */
const ENOUGH_TO_SHOW_ONE = 3;

/**
 * The masked form of a text. EMAIL: `j***@example.com`; LAST4: `***1234`; HIDE, and what is too short or of another form:
 * `***`. What is shown tells nothing of the length.
 */
export function maskText(mask: Mask, text: string): string {
  switch (mask) {
    case 'EMAIL':
      return maskedEmail(text);
    case 'LAST4':
      return maskedToLast4(text);
    case 'HIDE':
      return HIDDEN;
  }
}

function maskedEmail(text: string): string {
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  // What is no address (`Jo <jo@x.example>`, two addresses) might show a person on the right of its last @.
  if (at < 1 || !/^[^\s@<>()",;:]+$/.test(domain) || /[\s@<>,;]/.test(text.slice(0, at))) return HIDDEN;
  const first = at < ENOUGH_TO_SHOW_ONE ? '' : String.fromCodePoint(text.codePointAt(0) ?? 0);
  return `${first}${HIDDEN}@${domain}`;
}

function maskedToLast4(text: string): string {
  const signs = text.replace(/[^\p{L}\p{N}]/gu, '');
  const shown = [...signs];
  return shown.length < ENOUGH_TO_SHOW_FOUR ? HIDDEN : `${HIDDEN}${shown.slice(-4).join('')}`;
}
