import { HubError } from '../../../../platform/errors.ts';
import { SYSTEM } from './failures.ts';

/** Three-character prefixes by which Salesforce ids tell their object; the same in every org. */
const PREFIX = { Account: '001', Contact: '003', Opportunity: '006', Quote: '0Q0' } as const;

export type IdObject = keyof typeof PREFIX;

/** Whether the text is an id of this object: 15 characters, or 18 with the case-safe suffix. Anything else never goes over the wire. */
export const isIdOf = (object: IdObject, text: string): boolean =>
  text.startsWith(PREFIX[object]) && /^[A-Za-z0-9]{15}([A-Z0-5]{3})?$/.test(text);

/** @throws INVALID for text that is no id of the object: it must not get into a path */
export function checkId(object: IdObject, id: string): void {
  if (isIdOf(object, id)) return;
  const field = `${object.charAt(0).toLowerCase()}${object.slice(1)}Id`;
  throw new HubError('INVALID', `this is not the id of an ${object.toLowerCase()}`, { system: SYSTEM, field });
}

/** Both lengths of an id name one record: the first fifteen characters. */
export const recordKey = (id: string): string => id.slice(0, 15);

const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

/** Text as a SOQL literal: whatever it holds, it stays one value ("Quoted String Escape Sequences", SOQL reference). */
export const quoted = (text: string): string => `'${text.replace(/[\\'"\n\r\t\b\f]/g, (one) => ESCAPES[one] ?? one)}'`;

export const listed = (texts: readonly string[]): string => `(${texts.map(quoted).join(',')})`;

/**
 * Text for a body inside a composite request, where `@{…}` would be taken for a reference to another part's answer. A
 * space keeps it readable and harmless.
 */
export const withoutReferences = (text: string): string => text.replaceAll('@{', '@ {');
