import { HIDDEN, maskText } from './mask.ts';

/** A form of text that is never told by accident: in an error's message, a log line, a note of a vendor. */
interface Form {
  readonly pattern: RegExp;
  /** null: it only looked like one. */
  readonly shown: (found: string) => string | null;
}

const FORMS: readonly Form[] = [
  // postgres://user:password@host/db: the password, and with it the user
  {
    pattern: /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#"'<>\\]{1,500}@/gi,
    shown: (found) => `${found.slice(0, found.indexOf('//') + 2)}${HIDDEN}@`,
  },
  // a key of the hub, whose id may be told; keys of vendors by their prefixes; JSON web tokens
  {
    pattern: /\bcnc_[a-z]{2,12}_[0-9A-Za-z]{12}_[0-9A-Za-z]{4,60}/g,
    shown: (found) => `${found.slice(0, found.lastIndexOf('_') + 1)}${HIDDEN}`,
  },
  { pattern: /\b(?:sk|rk|pk|whsec|ghp|xox[abp])_?[-_](?:live_|test_)?[A-Za-z0-9]{8,200}/g, shown: () => HIDDEN },
  {
    pattern: /\b(?:Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{16,4000}/gi,
    shown: (found) => `${found.split(/\s/, 1)[0]} ${HIDDEN}`,
  },
  { pattern: /\beyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{2,8000}\.[A-Za-z0-9_-]{0,4000}/g, shown: () => HIDDEN },
  // password=…, secret: …, token="…"
  {
    pattern:
      /\b(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?token|client[_-]?secret)\b["'\\]{0,3}\s{0,3}[=:]\s{0,3}(?!true\b|false\b|null\b|\d+[,}\]])["'\\]{0,3}[^\s"'\\,;&}]{1,500}/gi,
    shown: (found) => found.replace(/([=:]\s{0,3}["'\\]{0,3})[^=:]*$/, `$1${HIDDEN}`),
  },
  {
    pattern: /[\p{L}\p{N}._%+'-]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,250}[\p{L}\p{N}])?\.[\p{L}]{2,24}/gu,
    shown: (found) => maskText('EMAIL', found),
  },
  {
    pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g,
    shown: (found) => (isIban(found) ? maskText('LAST4', found) : null),
  },
  // a number by itself in JSON text stays a number
  { pattern: /(?<=[:[,])[2-6]\d{11,18}(?=[,}\]])/g, shown: (found) => (isCardNumber(found) ? '0' : null) },
  {
    pattern: /(?<![\w.-])[2-6]\d(?:[ -]?\d){10,17}(?![\w-])/g,
    shown: (found) => (isCardNumber(found) ? maskText('LAST4', found) : null),
  },
];

/**
 * Text without what must not stand in messages and logs: e-mail addresses and the numbers of cards and bank accounts in
 * their masked form, keys, tokens, passwords and the credentials in addresses not at all. Text that holds none is returned as
 * it is. Made for text of some thousand characters.
 */
export function scrub(text: string): string {
  return FORMS.reduce(
    (left, { pattern, shown }) =>
      left.replace(pattern, (found, ...rest) => {
        const at = rest.find((one) => typeof one === 'number') as number; // its place, which stands after the groups
        // In JSON text a letter after a backslash belongs to an escape: `\nada@…` must stay JSON.
        const escaped = left[at - 1] === '\\' ? found.slice(0, 1) : '';
        const masked = shown(found.slice(escaped.length));
        return masked === null ? found : escaped + masked;
      }),
    text,
  );
}

/** Luhn, ISO/IEC 7812-1, of 12 to 19 digits. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return digits.length >= 12 && digits.length <= 19 && sum % 10 === 0;
}

/** ISO 13616: the first four signs moved to the end, letters as numbers from 10 on, leave 1 when divided by 97. */
function isIban(text: string): boolean {
  const signs = text.replaceAll(' ', '');
  if (signs.length < 15 || signs.length > 34) return false;
  const numbers = [...(signs.slice(4) + signs.slice(0, 4))].map((sign) => Number.parseInt(sign, 36)).join('');
  let rest = 0;
  for (const digit of numbers) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}
