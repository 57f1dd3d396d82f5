import { GraphQLError, type GraphQLSchema, isObjectType } from 'graphql';
import type { DataClasses } from './data-classes.ts';

/**
 * A value of a field that has a purpose (`@data(purpose:)`), for the person's own decision to open.
 * @param agreed null: never asked, which is no consent
 * @throws CONSENT_MISSING without it; the message says nothing of the value, and a value that is not there needs none
 */
export function withConsent<T>(purpose: string, agreed: boolean | null, value: T | null): T | null {
  if (value === null || agreed === true) return value;
  throw new GraphQLError(`This person has not agreed to ${purpose}: the value is withheld`, {
    extensions: { code: 'CONSENT_MISSING', retryable: false },
  });
}

/**
 * Holds a subgraph to asking: a field with a purpose that is answered straight from the record would pass the consent by.
 * @throws Error naming the fields without a resolver of their own
 */
export function checkPurposes(classes: DataClasses, schema: GraphQLSchema): void {
  const unasked = [...classes].filter(([coordinate, { purpose }]) => {
    const [type = '', field = ''] = coordinate.split('.');
    const parent = schema.getType(type);
    return purpose !== null && isObjectType(parent) && parent.getFields()[field]?.resolve === undefined;
  });
  if (unasked.length === 0) return;
  const names = unasked.map(([coordinate]) => coordinate).join(', ');
  throw new Error(`${names}: a field with a purpose needs a resolver that asks for consent (withConsent)`);
}
