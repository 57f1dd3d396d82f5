import Stripe from 'stripe';
import { HubError } from '../../../../platform/errors.ts';
import { retryAfterMs } from '../../../../platform/http/retry-after.ts';

export const SYSTEM = 'BILLING';

/** Stripe sends no `Retry-After` of its own; a proxy may. Default 1 s: https://docs.stripe.com/rate-limits */
export const waitMs = (headers: Readonly<Record<string, string | string[] | undefined>>): number =>
  retryAfterMs(headers['retry-after']) ?? 1_000;

/** Parameters that the port knows by another name. */
const HUB_FIELD: Readonly<Record<string, string>> = { starting_after: 'after', customer: 'customerId' };

/** How a request was meant: a verdict changes nothing, yet a no to it is a no to the change. */
export type Intent = 'read' | 'verdict' | 'write';

/** Whether Stripe says that the object does not exist. @param param restricts to what that parameter named */
export const isMissing = (error: unknown, param?: string): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError &&
  error.code === 'resource_missing' &&
  (param === undefined || error.param === param);

/**
 * What a failure of the SDK means to the hub: https://docs.stripe.com/error-handling. Stripe's own sentence is not handed
 * on, it may quote what was sent; its code is the `reason`.
 */
export function asHubError(error: unknown, intent: Intent): HubError {
  const write = intent === 'write';
  if (error instanceof HubError) return error;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
    // Given up while it waited for its turn: nothing was sent.
    return new HubError(write ? 'UNAVAILABLE' : 'TIMEOUT', `${SYSTEM} could not be asked in time`, {
      system: SYSTEM,
      cause: error,
    });
  }
  if (!(error instanceof Stripe.errors.StripeError)) {
    return new HubError('UNAVAILABLE', `${SYSTEM} could not be asked`, { system: SYSTEM, cause: error });
  }
  const fromTransport: unknown = error.detail;
  if (fromTransport instanceof HubError) return fromTransport;
  const { code, param, statusCode = 0 } = error;
  const about = { system: SYSTEM, cause: error, ...(code ? { reason: code } : {}) };
  const asked = param ? { ...about, field: HUB_FIELD[param] ?? param } : about;

  if (error instanceof Stripe.errors.StripeRateLimitError) {
    return new HubError('THROTTLED', `${SYSTEM} asks to wait`, {
      ...about,
      retryAfterMs: waitMs(error.headers ?? {}),
    });
  }
  if (
    error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError
  ) {
    return new HubError('CREDENTIAL', `${SYSTEM} does not accept the hub's key for this call`, about);
  }
  if (statusCode === 409) {
    // The first request with this key is still being carried out, or a lock is held; the same key may be sent again.
    return new HubError(write ? 'IN_DOUBT' : 'UNAVAILABLE', `${SYSTEM} is still at work on the same request`, about);
  }
  if (error instanceof Stripe.errors.StripeIdempotencyError) {
    return new HubError('CONFLICT', `${SYSTEM} has seen this key with another change; use a new key`, about);
  }
  if (error instanceof Stripe.errors.StripeCardError) {
    return new HubError(
      'REFUSED',
      `${SYSTEM} could not take the payment: ${error.decline_code || code || 'declined'}`,
      {
        ...about,
        reason: error.decline_code || code || 'card_error',
      },
    );
  }
  if (error instanceof Stripe.errors.StripeInvalidRequestError) {
    return intent !== 'read'
      ? new HubError(
          'REFUSED',
          `${SYSTEM} refused the change: ${code ?? 'invalid request'}${param ? ` (${param})` : ''}`,
          {
            ...asked,
            reason: code ?? 'invalid_request',
          },
        )
      : new HubError(
          'INVALID',
          `${SYSTEM} cannot answer that: ${code ?? 'invalid request'}${param ? ` (${param})` : ''}`,
          asked,
        );
  }
  if (write) return new HubError('IN_DOUBT', `${SYSTEM} did not confirm the write; it may have happened`, about);
  return new HubError('UNAVAILABLE', `${SYSTEM} did not answer`, about);
}
