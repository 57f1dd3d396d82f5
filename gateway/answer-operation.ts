import type { IncomingHttpHeaders } from 'node:http';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import type { SourceNote } from '../platform/call.ts';
import { explainedAs, type SeenAs } from './auth/seen-as.ts';
import type { GatewayConfig } from './config.ts';
import type { HubContext } from './context.ts';
import type { Generation } from './generation.ts';
import { type Answered, answerOfErrors, HttpRefusal, statusOf } from './http/answers.ts';
import type { Envelope } from './http/envelope.ts';
import type { Asked } from './http/server.ts';
import type { DocumentChoice } from './operations/choose-document.ts';
import type { Audit } from './plugins/audit.ts';
import { correlated } from './plugins/correlation.ts';
import type { createErrorFormat } from './plugins/errors.ts';
import { checkVariables } from './plugins/limits.ts';
import type { Succession } from './succession.ts';

/** How long a request may run. */
export interface Until {
  /** Aborted at the deadline, when the client has left, and when its credential has ended. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
}

/** What is run in place of an operation. */
export type Instead = (
  generation: Generation,
  text: string,
) => Promise<Partial<Pick<Envelope, 'query' | 'operationName'>>>;

export interface AnsweringOptions {
  readonly graph: Succession;
  readonly documents: DocumentChoice;
  readonly config: Pick<GatewayConfig, 'limits'>;
  readonly formatError: ReturnType<typeof createErrorFormat>;
  readonly audit: Audit | null;
  readonly seenAs: SeenAs;
  /** Names of the client's headers that go on to subgraphs, in small letters. */
  readonly forwardHeaders: readonly string[];
}

/** Answers one operation of a request. @throws HttpRefusal, or why the caller's credential has ended */
export type AnswerOperation = (asked: Asked, envelope: Envelope, until: Until, instead?: Instead) => Promise<Answered>;

/** Chooses the document, prepares it on the present generation of the graph, and runs it there. */
export function createAnswering(options: AnsweringOptions): AnswerOperation {
  const { graph, documents, config, formatError, audit, seenAs, forwardHeaders } = options;

  const one = async (asked: Asked, envelope: Envelope, until: Until, instead?: Instead): Promise<Answered> => {
    const { principal, address, correlationId } = asked;
    const caller = { principal, address, correlationId };
    const { accept } = asked.request.headers;
    const tooMuch = checkVariables(envelope.variables, config.limits);
    if (tooMuch !== undefined) return refused(accept, [tooMuch], caller, envelope);
    const present = graph.enter();
    if (present === null) {
      throw new HttpRefusal(503, 'UNAVAILABLE', 'The graph is not loaded yet; ask again', { 'retry-after': '1' });
    }
    try {
      const document = await documents.choose(envelope, principal, present.generation.graph).catch((error: unknown) => {
        if (error instanceof HttpRefusal) audit?.refused(caller, envelope, [error.code]);
        throw error;
      });
      const wrong = present.generation.prepare(document.text);
      if (wrong.length > 0) return refused(accept, wrong, caller, { ...envelope, query: document.text });
      document.accepted();
      const meant = { ...envelope, query: document.text, ...(await instead?.(present.generation, document.text)) };
      const wrongThen = instead === undefined ? [] : present.generation.prepare(meant.query);
      if (wrongThen.length > 0) return refused(accept, wrongThen, caller, meant);
      return await run(present.generation, asked, meant, until);
    } finally {
      present.leave();
    }
  };

  const refused = (
    accept: string | undefined,
    errors: readonly GraphQLError[],
    caller: Pick<Asked, 'principal' | 'address' | 'correlationId'>,
    envelope: Envelope,
  ): Answered => {
    const told = errors.map((error) => formatError(error.toJSON(), error));
    audit?.refused(caller, envelope, codesOf(told));
    return answerOfErrors(accept, statusOf(errors[0]), told, caller.correlationId);
  };

  const run = async (
    generation: Generation,
    { request, principal, address, correlationId, ended }: Asked,
    envelope: Envelope & { readonly query: string },
    { signal, deadlineAt }: Until,
  ): Promise<Answered> => {
    const notes: SourceNote[] = [];
    const key = explainedAs(envelope.extensions);
    const context: HubContext = {
      correlationId,
      ...(key === undefined ? { principal } : { principal: await seenAs(principal, key), seenAs: key }),
      address,
      ...(forwardHeaders.length === 0 ? {} : { forwarded: forwardedOf(request.headers, forwardHeaders) }),
      deadlineAt,
      notes,
      fullReads: new Set(),
      masked: new Set(),
      keptByTransports: new Map(),
      call: { correlationId, signal, note: (note) => void notes.push(note) },
    };
    const { method, headers } = request;
    const answered = await generation.run({ envelope, method, accept: headers.accept }, context);
    if (ended?.refusal) throw ended.refusal; // nothing of the answer is for this caller any more
    if (answered.status < 400) return answered;
    audit?.refused(context, envelope, codesIn(answered.text));
    return { ...answered, text: withCorrelation(answered.text, correlationId) };
  };

  return one;
}

/** The headers that are there, in the order of `names`: name, value, name, value. */
const forwardedOf = (headers: IncomingHttpHeaders, names: readonly string[]): string[] =>
  names.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [name, Array.isArray(value) ? value.join(', ') : value];
  });

const codesOf = (errors: readonly GraphQLFormattedError[]): string[] =>
  errors.flatMap(({ extensions }) => (typeof extensions?.code === 'string' ? [extensions.code] : []));

const codesIn = (text: string): string[] =>
  codesOf((JSON.parse(text) as { errors?: GraphQLFormattedError[] }).errors ?? []); // written by Apollo Server a moment ago

/** Apollo Server answers some requests before a plugin has seen them; those errors get their id here. */
function withCorrelation(text: string, correlationId: string): string {
  const { errors, ...rest } = JSON.parse(text) as { errors?: { message: string }[] }; // written by Apollo Server a moment ago
  return errors === undefined
    ? text
    : JSON.stringify({ errors: errors.map((error) => correlated(error, correlationId)), ...rest });
}
