import type { GraphQLFormattedError } from 'graphql';
import { newCorrelationId } from '../../platform/ids.ts';
import type { Concern } from './as-one.ts';
import { atMostTen } from './errors.ts';

export const CORRELATION_HEADER = 'x-correlation-id';

/** What a caller may send as its own id: fit for a header, a log line and a search. */
const SANE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** The caller's own correlation id where it is sane, else a new one. */
export const correlationIdOf = (header: string | string[] | undefined): string =>
  typeof header === 'string' && SANE.test(header) ? header : newCorrelationId();

/** The error with the id under which the log tells more. */
export const correlated = (error: GraphQLFormattedError, correlationId: string): GraphQLFormattedError => ({
  ...error,
  extensions: { ...error.extensions, correlationId },
});

/** Cuts the list of errors and puts the correlation id on each. */
export const correlation: Concern = {
  willSendResponse({ response, contextValue }) {
    if (response.body.kind !== 'single') return;
    const { singleResult } = response.body;
    if (singleResult.errors === undefined) return;
    singleResult.errors = atMostTen(singleResult.errors).map((error) => correlated(error, contextValue.correlationId));
  },
};
