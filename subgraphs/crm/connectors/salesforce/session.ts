import { Connection } from '@jsforce/jsforce-node/lib/connection.js';
import { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import { createHttpClient, type HttpClient, type HttpRequest } from '../../../../platform/http/client.ts';
import { untilAborted } from './abort.ts';
import type { SalesforceConfig } from './config.ts';
import { brokenContract, failureOf, read, SYSTEM } from './failures.ts';
import { CallTransport } from './transport.ts';
import { Token } from './wire.ts';

export interface SalesforceRequest {
  readonly method: HttpRequest['method'];
  /** Below the API's version, or from the root when it begins with `/services/`. Query parameters are encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** It changes something: without an answer it is IN_DOUBT. */
  readonly write?: boolean;
}

/** A signed-in client of one org. */
export interface Session {
  /** The JSON of a successful answer; null for none. @throws HubError for every other answer, and where none came */
  send(request: SalesforceRequest, call: Call): Promise<unknown>;
  /** Example: `/services/data/v66.0`. */
  readonly apiPath: string;
  /** Id of the user as whom the hub is signed in; null where the org does not say. @throws HubError */
  userId(call: Call): Promise<string | null>;
  close(): Promise<void>;
}

/** The identity URL ends in the ids of org and user: help.salesforce.com, "Identity URLs". */
const SignedInToken = Token.extend({ id: z.url({ protocol: /^https?$/ }).optional() });

interface SignedIn {
  readonly connection: Connection;
  readonly userId: string | null;
  readonly http: HttpClient;
}

/**
 * Signs in with the first request (client credentials), and once more when the org says that the token is no longer good.
 * Requests that come meanwhile wait for the same token.
 */
export function createSession(config: SalesforceConfig): Session {
  const login = clientOf(config.loginUrl, config);
  const clients = new Map<string, HttpClient>([[config.loginUrl, login]]);
  let signedIn: Promise<SignedIn> | null = null;

  async function signIn(correlationId: string): Promise<SignedIn> {
    // Nobody's deadline but its own: others wait for this token too.
    const call: Call = { correlationId, signal: new AbortController().signal };
    const form = { grant_type: 'client_credentials', client_id: config.clientId, client_secret: config.clientSecret };
    const { status, headers, text } = await login.send(
      {
        method: 'POST',
        path: '/services/oauth2/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: new URLSearchParams(form).toString(),
      },
      call,
    );
    if (status === 400 || status === 401) {
      throw new HubError('CREDENTIAL', `${SYSTEM} does not accept the hub's client id and secret`, { system: SYSTEM });
    }
    if (status !== 200) {
      throw failureOf({ status, body: null, retryAfter: textOf(headers['retry-after']), write: false });
    }
    const token = read(SignedInToken, parsed(text), 'token');
    const { origin } = new URL(token.instance_url);
    const http = clients.get(origin) ?? clientOf(origin, config);
    clients.set(origin, http);
    const connection = new Connection({
      instanceUrl: origin,
      accessToken: token.access_token,
      version: config.apiVersion,
    });
    const userId = /\/(005[A-Za-z0-9]{12,15})$/.exec(token.id ?? '')?.[1] ?? null;
    return { connection, http, userId };
  }

  /** The session that stands, or a new one; one at a time. */
  function session(call: Call): Promise<SignedIn> {
    if (signedIn === null) {
      const mine = signIn(call.correlationId);
      signedIn = mine;
      mine.catch(() => {
        if (signedIn === mine) signedIn = null; // the next request tries again
      });
    }
    return untilAborted(signedIn, call.signal);
  }

  async function attempt({ connection, http }: SignedIn, request: SalesforceRequest, call: Call): Promise<unknown> {
    const { method, path, body, write = false } = request;
    const transport = new CallTransport(http, call, write);
    try {
      const answer = await connection.request<unknown>(
        {
          method,
          url: path,
          headers: { accept: 'application/json', 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        },
        { transport },
      );
      if (typeof answer !== 'string') return answer ?? null;
      if (write) throw failureOf({ status: 500, body: null, write }); // it may have been done
      throw brokenContract('text that is not JSON');
    } catch (error) {
      if (error instanceof HubError || transport.answer === null) throw error; // nothing came: the HTTP client has said what that means
      const { statusCode: status, headers, body: text } = transport.answer;
      throw failureOf({ status, body: parsed(text), retryAfter: headers['retry-after'], write });
    }
  }

  return {
    userId: async (call) => (await session(call)).userId,
    apiPath: `/services/data/v${config.apiVersion}`,
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
    async send(request, call) {
      const first = await session(call);
      try {
        return await attempt(first, request, call);
      } catch (error) {
        if (!(error instanceof HubError) || error.reason !== 'INVALID_SESSION_ID') throw error;
        // Refused before anything was done: safe to ask again, for a write as well.
        if (signedIn !== null && (await signedIn.catch(() => null)) === first) signedIn = null;
        return await attempt(await session(call), request, call);
      }
    },
  };
}

const clientOf = (origin: string, { timeoutMs }: SalesforceConfig): HttpClient =>
  createHttpClient({ origin, system: SYSTEM, timeoutMs });

const textOf = (header: string | string[] | undefined): string | undefined => [header].flat()[0];

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // not JSON, so not what was promised: the schema that reads it says so
  }
}
