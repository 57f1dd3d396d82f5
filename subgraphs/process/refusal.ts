import { GraphQLError } from 'graphql';

export { saidReason } from '../../platform/said-reason.ts';

/** A refusal with a code that the caller handles, beside those of `HubError`. */
export const refusal = (code: 'FORBIDDEN' | 'LIMIT_EXCEEDED' | 'SELF_APPROVAL', message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code, retryable: false } });
