/**
 * Whether every system can keep the text as it is: PostgreSQL keeps no NUL, and half of a surrogate pair is no character and
 * would come back as another one. Everything else is kept letter by letter; the hub does not normalise (NFC or other).
 */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** Characters that steer a terminal, a log or a protocol instead of being read. */
const CONTROL = /\p{Cc}/u;

/** Whether the text can be an id: not too long, and without a control character. */
export const isIdText = (text: string, longest: number): boolean =>
  text.length <= longest && isStorable(text) && !CONTROL.test(text);
