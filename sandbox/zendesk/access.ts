import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { VendorContext } from '../core/vendor.ts';
import { tooManyRequests, unauthorized, ZendeskError } from './errors.ts';
import { fieldsOf } from './request.ts';

/**
 * API token (`email/token:token` as Basic) or OAuth bearer token.
 * https://developer.zendesk.com/api-reference/introduction/security-and-auth/
 */
export function authenticated(context: VendorContext, request: FastifyRequest): boolean {
  const { email, apiToken, accessToken } = context.credentials;
  const header = request.headers.authorization ?? '';
  const basic = Buffer.from(`${email}/token:${apiToken}`).toString('base64');
  return header === `Basic ${basic}` || header === `Bearer ${accessToken}`;
}

/** `POST /oauth/tokens` with the client-credentials grant. https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/ */
export function tokenRoute(app: FastifyInstance, context: VendorContext): void {
  app.post('/oauth/tokens', async (request) => {
    const body = fieldsOf(request.body);
    const { clientId, clientSecret, accessToken } = context.credentials;
    if (body.grant_type !== 'client_credentials') {
      throw new ZendeskError(400, {
        error: 'unsupported_grant_type',
        error_description: 'The grant type is not supported',
      });
    }
    if (body.client_id !== clientId || body.client_secret !== clientSecret) {
      throw new ZendeskError(401, { error: 'invalid_client', error_description: 'Client authentication failed' });
    }
    return {
      access_token: accessToken,
      token_type: 'bearer',
      scope: String(body.scope ?? 'read write'),
      expires_in: 172_800,
    };
  });
}

/**
 * Counts requests in windows of one minute and says so in the headers.
 * https://developer.zendesk.com/api-reference/introduction/rate-limits/ (X-Rate-Limit…, ratelimit-…, Retry-After)
 */
export function rateLimit(context: VendorContext, perMinute: number) {
  let window = 0;
  let used = 0;
  return (reply: FastifyReply): void => {
    const now = context.clock.now();
    const minute = Math.floor(now / 60_000);
    if (minute !== window) [window, used] = [minute, 0];
    used += 1;
    const remaining = Math.max(0, perMinute - used);
    const resets = 60 - Math.floor((now % 60_000) / 1000);
    reply.headers({
      'x-rate-limit': String(perMinute),
      'x-rate-limit-remaining': String(remaining),
      'ratelimit-limit': String(perMinute),
      'ratelimit-remaining': String(remaining),
      'ratelimit-reset': String(resets),
    });
    if (used > perMinute) {
      reply.header('retry-after', String(resets));
      throw tooManyRequests();
    }
  };
}

export function requireAuthentication(context: VendorContext, request: FastifyRequest): void {
  if (!authenticated(context, request)) throw unauthorized();
}
