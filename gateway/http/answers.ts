import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { besideDoor } from '../limits/limit-headers.ts';
import { correlated } from '../plugins/correlation.ts';
import { answerType } from './accept.ts';

/** Ends a request before GraphQL is reached; told as JSON in the same form as every other error. */
export class HttpRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = 'HttpRefusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** An answer that is not sent yet. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * Writes head and text at once. Fastify's own way of sending would go through hooks and guesses that no answer here needs.
 * @param last ends the connection too
 */
export function send(reply: FastifyReply, { status, headers, text }: Answered, last: boolean): void {
  const all = reply.getHeaders() as OutgoingHttpHeaders; // a copy, and none is undefined
  const bytes = Buffer.byteLength(text);
  reply.hijack();
  const { raw } = reply;
  Object.assign(all, besideDoor(all, headers));
  all['content-length'] = bytes;
  if (last) all.connection = 'close';
  raw.writeHead(status, all);
  raw.end(text, bytes === text.length ? 'latin1' : 'utf8'); // the same bytes for ASCII, and less work
}

/** Errors as the whole answer, in the form that the caller wants; where it takes none, as JSON. */
export const answerOfErrors = (
  accept: string | undefined,
  status: number,
  errors: readonly GraphQLFormattedError[],
  correlationId: string,
): Answered => ({
  status,
  headers: { 'content-type': answerType(accept) ?? 'application/json; charset=utf-8' },
  text: JSON.stringify({ errors: errors.map((error) => correlated(error, correlationId)) }),
});

export const answerOfRefusal = (accept: string | undefined, refusal: HttpRefusal, correlationId: string): Answered =>
  answerOfErrors(
    accept,
    refusal.status,
    [
      {
        message: refusal.message,
        extensions: { code: refusal.code, retryable: refusal.status === 503 || refusal.status === 429 },
      },
    ],
    correlationId,
  );

export const sendRefusal = (reply: FastifyReply, refusal: HttpRefusal, correlationId: string): FastifyReply => {
  const { status, headers, text } = answerOfRefusal(reply.request.headers.accept, refusal, correlationId);
  return reply.headers(refusal.headers).code(status).headers(besideDoor(reply.getHeaders(), headers)).send(text);
};

/** The status that an error of our own asks for. */
export function statusOf(error: unknown): number {
  const http: unknown = error instanceof GraphQLError ? error.extensions.http : undefined;
  const status = (http as { status?: unknown } | undefined)?.status;
  return typeof status === 'number' ? status : 500;
}

/** What stops Fastify itself, in the words of the hub; everything else is a defect. */
export function refusalFor(error: unknown): HttpRefusal {
  if (error instanceof HttpRefusal) return error;
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (status === 413)
    return new HttpRefusal(413, 'PAYLOAD_TOO_LARGE', 'The body is too large', { connection: 'close' });
  if (status === 415) return new HttpRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send content-type: application/json');
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpRefusal(status, 'BAD_REQUEST', 'The request is not well-formed HTTP');
  }
  return new HttpRefusal(
    500,
    'INTERNAL_SERVER_ERROR',
    'The hub could not answer; the correlation id finds the reason in its log',
  );
}
