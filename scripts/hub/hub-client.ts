import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '../../platform/errors.ts';
import { retryAfterMs } from '../../platform/http/retry-after.ts';

export interface GraphError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string; readonly retryable?: boolean; readonly field?: string };
}

export interface GraphAnswer<Data> {
  readonly data: Data | null;
  readonly errors: readonly GraphError[];
}

/** Asks a hub that runs, as who holds the key. @throws HubError UNAVAILABLE when none answers in time, CREDENTIAL for a wrong key */
export type AskHub = <Data>(query: string, variables: object) => Promise<GraphAnswer<Data>>;

/** How long a command waits for a hub that is not there, or asks to be left alone, before it gives up. */
const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const WITHIN_MS = 60_000;
const LATER = new Set([429, 502, 503, 504]);

/** A hub over HTTP. What it puts off (429, 503) and a connection that fails are asked again: whoever asks must not mind. */
export function connectHub(url: string, key: string, { patienceMs = PATIENCE_MS } = {}): AskHub {
  const endpoint = new URL('/graphql', url);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  return async <Data>(query: string, variables: object) => {
    const giveUpAt = Date.now() + patienceMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const body = JSON.stringify({ query, variables });
      const response = await fetch(endpoint, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(WITHIN_MS),
      }).catch(() => null);
      const later = response === null || LATER.has(response.status);
      if (response !== null && !later) return answerOf<Data>(response, url);
      await response?.body?.cancel();
      const wait = Math.max(pauseMs, retryAfterMs(response?.headers.get('retry-after') ?? undefined) ?? 0);
      if (Date.now() + wait > giveUpAt) {
        const state = response === null ? 'No hub answers' : `The hub answers ${response.status}`;
        throw new HubError('UNAVAILABLE', `${state} at ${url}; start it, or name another with --url`);
      }
      await delay(wait);
    }
  };
}

async function answerOf<Data>(response: Response, url: string): Promise<GraphAnswer<Data>> {
  if (response.status === 401) throw new HubError('CREDENTIAL', `The hub at ${url} does not know this key (HUB_KEY)`);
  const answer = await response.json().catch(() => null);
  if (answer === null)
    throw new HubError('CONTRACT_BROKEN', `${url} answered ${response.status}, and no JSON: is it a hub?`);
  const { data = null, errors = [] } = answer as Partial<GraphAnswer<Data>>; // GraphQL over HTTP
  return { data, errors };
}

/** Asks for what has to be answered whole. @throws HubError REFUSED with what the hub says */
export type AskForData = <Data>(query: string, variables: object) => Promise<Data>;

export const forData =
  (ask: AskHub): AskForData =>
  async <Data>(query: string, variables: object) => {
    const { data, errors } = await ask<Data>(query, variables);
    const [error] = errors;
    if (error === undefined && data !== null) return data;
    throw new HubError('REFUSED', error?.message ?? 'The hub answered without data');
  };
