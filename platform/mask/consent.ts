import { GraphQLError } from 'graphql';

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
