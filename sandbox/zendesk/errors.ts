import type { FastifyReply } from 'fastify';

/**
 * What Zendesk answers when it says no: `{ error, description, details }`.
 * https://developer.zendesk.com/api-reference/introduction/requests/ ("Response format", "4XX range"), Support API v2.
 */
export class ZendeskError extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(String(body.error));
    this.status = status;
    this.body = body;
  }
}

export const recordNotFound = () => new ZendeskError(404, { error: 'RecordNotFound', description: 'Not found' });
export const invalidEndpoint = () => new ZendeskError(404, { error: 'InvalidEndpoint', description: 'Not found' });
export const unauthorized = () => new ZendeskError(401, { error: "Couldn't authenticate you" });

/** One field of a record is not as it must be. `error` is Zendesk's own word: BlankValue, InvalidValue, DuplicateValue. */
export const recordInvalid = (field: string, error: string, description: string) =>
  new ZendeskError(422, {
    error: 'RecordInvalid',
    description: 'Record validation errors',
    details: { [field]: [{ description, error }] },
  });

export const invalidParameter = (message: string) =>
  new ZendeskError(400, { error: { title: 'Invalid attribute', message } });

/** https://developer.zendesk.com/documentation/ticketing/managing-tickets/creating-and-updating-tickets/#protecting-against-ticket-update-collisions */
export const updateConflict = () =>
  new ZendeskError(409, {
    error: 'UpdateConflict',
    description:
      'Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data and try again.',
  });

/** https://developer.zendesk.com/api-reference/introduction/rate-limits/ */
export const tooManyRequests = () =>
  new ZendeskError(429, {
    error: 'APIRateLimitExceeded',
    description: 'Number of allowed API requests per minute exceeded',
  });

/** Sends any error as Zendesk would; what is no ZendeskError is a malformed request (400) or a fault of the sandbox (500). */
export function sendError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof ZendeskError) return reply.code(error.status).send(error.body);
  const status = Number((error as { statusCode?: unknown } | null)?.statusCode ?? 500); // fastify's own errors carry it
  return status < 500
    ? reply.code(400).send({ error: { title: 'Invalid request', message: 'The request could not be understood' } })
    : reply.code(500).send({ error: 'InternalError', description: String(error) });
}
