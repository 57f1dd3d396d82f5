/** A name or e-mail as it is matched: without case, accents and odd spacing. `Café  MÜLLER` and `cafe muller` are one. */
export const normalised = (text: string): string =>
  text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/gu, ' ').trim();

/** Text as PostgreSQL can hold it: no NUL, no half surrogate pairs. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '');

/** Whether the database could hold the text as it is; what it could not hold is no key of anything. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
