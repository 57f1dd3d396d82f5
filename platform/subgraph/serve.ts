import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { z } from 'zod';
import type { SourceNote } from '../call.ts';
import { type Clock, systemClock } from '../clock.ts';
import { endingWithin } from '../ending-with.ts';
import type { Logger } from '../log.ts';
import { METRICS_TYPE } from '../telemetry/prometheus.ts';
import { CALL_HEADER, decodeCall, type SentCall, versionProblem } from './call-header.ts';
import { graphqlError, isDefect, originOf } from './errors.ts';
import { createOperations } from './operations.ts';
import { isSigned, SIGNATURE_HEADER } from './sign.ts';
import { asSeenBy, type Subgraph } from './subgraph.ts';

export interface ServeOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Shared with the gateway; requests that are not signed with it are refused. */
  readonly secret: string;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Largest body taken: the gateway sends up to some thousand representations at once. Default 4 MiB. */
  readonly maxBodyBytes?: number;
  /** Whether what the subgraph stands on can be used; for `/readyz`. Default: always. */
  readonly ready?: () => Promise<boolean>;
  /** What is told at `/metrics`. Default: there is nothing there. */
  readonly figures?: () => string;
}

const Fetch = z.object({
  query: z.string().min(1),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  extensions: z.object({ inputs: z.array(z.string()).optional() }).nullish(),
});

/** The call header carries the rows of a caller, which may be some hundred ids (platform/keys/key-terms.ts). */
const MAX_HEADERS_BYTES = 64 * 1024;
/** Longest a request may take when its call names a later deadline. */
const LONGEST_MS = 60_000;

/**
 * Runs a subgraph alone: `POST /graphql` for the gateway and nobody else, `GET /livez`, `GET /readyz`, and `GET /metrics`. Each request gets a
 * fresh context, the caller's deadline, and an abort when the gateway hangs up.
 */
export async function serveSubgraph(
  subgraph: Subgraph,
  options: ServeOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { secret, log, clock = systemClock } = options;
  const operations = createOperations(subgraph.schema);
  const server = fastify({
    bodyLimit: options.maxBodyBytes ?? 4 * 1024 * 1024,
    requestTimeout: 30_000,
    http: { maxHeaderSize: MAX_HEADERS_BYTES },
  });
  const refusal = (code: string, message: string) => ({ errors: [{ message, extensions: { code } }] });

  // The signature is over the bytes as sent, so nothing may parse them before it was checked.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  server.get('/livez', () => ({ status: 'alive' }));
  server.get('/readyz', async (_request, reply) => {
    const ready = (await options.ready?.().catch(() => false)) ?? true;
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
  });

  const { figures } = options;
  if (figures !== undefined) {
    server.get('/metrics', (_request, reply) => reply.type(METRICS_TYPE).send(figures()));
  }

  server.post('/graphql', async (request, reply) => {
    const callHeader = oneHeader(request.headers[CALL_HEADER]) ?? '';
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const signed = { secret, subgraph: subgraph.name, body, callHeader };
    const trusted = isSigned(signed, oneHeader(request.headers[SIGNATURE_HEADER]), clock.now());
    const problem = trusted ? versionProblem(callHeader) : null;
    if (problem !== null) {
      log.error({ subgraph: subgraph.name }, problem);
      return reply.code(400).send(refusal('CALL_VERSION_MISMATCH', problem));
    }
    const sent = trusted ? decodeCall(callHeader) : undefined;
    if (sent === undefined) {
      return reply.code(401).send(refusal('UNAUTHENTICATED', 'Only the gateway may ask, with a signed request'));
    }
    const parsed = Fetch.safeParse(jsonOf(body));
    if (!parsed.success) return reply.code(400).send(refusal('BAD_REQUEST', 'The body is not a GraphQL request'));

    const gone = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) gone.abort(new Error('The gateway hung up'));
    });
    const notes: SourceNote[] = [];
    const { signal, release } = endingWithin(msLeft(sent, clock), gone.signal);
    const call = {
      correlationId: sent.correlationId,
      signal,
      note: (note: SourceNote) => void notes.push(note),
    };
    const { query, operationName, variables, extensions } = parsed.data;
    const context = subgraph.contextFor(asSeenBy(sent.principal, call));
    const asked = operations.run(
      {
        query,
        operationName: operationName ?? undefined,
        variables: variables ?? undefined,
        inputs: extensions?.inputs,
      },
      context,
      sent.principal,
    );
    const result = await asked.finally(release);
    const errors = result.errors?.map((error) => {
      const told = graphqlError(error);
      if (isDefect(told)) log.error({ err: originOf(error), correlationId: sent.correlationId }, 'A resolver failed');
      return told;
    });
    return reply.send({
      ...(errors === undefined ? {} : { errors }),
      ...(result.data === undefined ? {} : { data: result.data }),
      extensions: { sources: notes },
    });
  });

  server.setNotFoundHandler((_request, reply) => reply.code(404).send(refusal('NOT_FOUND', 'Only POST /graphql')));
  server.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) log.error({ err: error, path: request.url }, 'A request failed');
    return reply
      .code(status)
      .send(status === 413 ? refusal('PAYLOAD_TOO_LARGE', 'The body is too large') : refusal('BAD_REQUEST', 'Refused'));
  });

  await server.listen({ host: options.host, port: options.port });
  const { port } = server.server.address() as AddressInfo; // listening on TCP: never null, never a pipe's name
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${port}/graphql`, close: () => server.close() };
}

const oneHeader = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

const msLeft = (sent: SentCall, clock: Clock): number =>
  Math.min(LONGEST_MS, Math.max(0, sent.deadlineAt - clock.now()));

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // told as 400 by the schema above
  }
}

function statusOf(error: unknown): number {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 ? status : 500;
}
