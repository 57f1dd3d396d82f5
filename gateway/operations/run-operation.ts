import { type ApolloServer, type GraphQLRequest, HeaderMap } from '@apollo/server';
import type { HubContext } from '../context.ts';
import { stringifyResult } from '../execution/answer-text.ts';
import { answerType } from '../http/accept.ts';
import { type Answered, answerOfRefusal, refusalFor } from '../http/answers.ts';
import type { Envelope } from '../http/envelope.ts';

/** An operation as it came over HTTP, with its document. */
export interface Operation {
  readonly envelope: Envelope & { readonly query: string };
  readonly method: string;
  readonly accept: string | undefined;
}

/** Apollo Server reads only the method of what came over HTTP: parts of answers, for which it would read more, are not offered. */
const NO_HEADERS = new HeaderMap();

/**
 * Runs one operation by Apollo Server's pipeline. Its HTTP layer is left out: body, address, headers and forms of answers are
 * judged before (http/server.ts), and it would do that again. Never rejects.
 * @param hash by which it finds the text (documents.ts), as if it were a persisted query: a text it would hash once more
 */
export async function runOperation(
  apollo: ApolloServer<HubContext>,
  { envelope, method, accept }: Operation,
  hash: string | undefined,
  context: HubContext,
): Promise<Answered> {
  const { query, operationName, variables, extensions } = envelope;
  const request: GraphQLRequest = { http: { method, headers: NO_HEADERS, search: '', body: undefined } };
  if (operationName !== undefined) request.operationName = operationName;
  if (variables !== undefined) request.variables = variables;
  if (hash === undefined) {
    request.query = query;
    if (extensions !== undefined) request.extensions = extensions;
  } else {
    request.extensions = { ...extensions, persistedQuery: { version: 1, sha256Hash: hash } };
  }
  try {
    const response = await apollo.executeOperation(request, { contextValue: context });
    if (response.body.kind !== 'single') throw new Error('Answers in parts are not offered');
    const headers: Record<string, string> = { 'content-type': answerType(accept) ?? 'application/json; charset=utf-8' };
    for (const [name, value] of response.http.headers) headers[name] = value;
    return { status: response.http.status ?? 200, headers, text: stringifyResult(response.body.singleResult) };
  } catch (error) {
    return answerOfRefusal(accept, refusalFor(error), context.correlationId);
  }
}
