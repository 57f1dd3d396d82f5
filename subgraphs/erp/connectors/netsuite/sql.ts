/**
 * SuiteQL over REST has no bound parameters: everything that goes into a statement goes through here. Text becomes a
 * literal with its quotes doubled (Oracle knows no other escape), ids are digits or are not sent at all.
 */

/** A text literal. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A list of text literals for `IN`. */
export const literals = (values: readonly string[]): string => values.map(literal).join(', ');

/** Internal ids are whole numbers; anything else is an id that NetSuite cannot hold. */
export const isInternalId = (value: string): boolean => /^[1-9]\d{0,14}$/.test(value);

/** Text that a NetSuite name or number can be: no control characters, not endless. */
export const isName = (value: string): boolean => /^[^\p{Cc}]{1,200}$/u.test(value);

/** A day as SuiteQL compares it. The caller vouches for the form, `YYYY-MM-DD`. */
export const dayLiteral = (day: string): string => `TO_DATE(${literal(day)}, 'YYYY-MM-DD')`;

/** A date column as text in one form: without this the form depends on the account's preferences. */
export const dayText = (column: string): string => `TO_CHAR(${column}, 'YYYY-MM-DD')`;

/** A date with its time as SuiteQL compares it, to the second. The caller vouches for the form, `YYYY-MM-DD HH:MM:SS`. */
export const secondLiteral = (second: string): string => `TO_DATE(${literal(second)}, 'YYYY-MM-DD HH24:MI:SS')`;

export const secondText = (column: string): string => `TO_CHAR(${column}, 'YYYY-MM-DD HH24:MI:SS')`;
