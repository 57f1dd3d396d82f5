import { readKey } from '../../platform/keys/key-format.ts';
import type { Acknowledgement } from '../invariants/evidence.ts';
import { eventually } from '../support/hub.ts';
import type { Wanted } from './acts.ts';
import type { ChaosKeys } from './keys.ts';

interface Answer {
  readonly data: Record<string, { says?: unknown; process?: { id: string } | null } | null> | null;
  readonly errors?: readonly { message: string; extensions?: { code?: string } }[];
}

/** What tells a client to come again with the same key; everything else is an answer. */
const AGAIN: ReadonlySet<string | undefined> = new Set([
  'UNAVAILABLE',
  'RATE_LIMITED',
  'GATEWAY_TIMEOUT',
  'SOURCE_UNAVAILABLE',
  'SOURCE_TIMEOUT',
  'SOURCE_BUSY',
  'SOURCE_THROTTLED',
  'SOURCE_BAD_RESPONSE',
  'SOURCE_ERROR',
]);

/** The hub may be killed again and again before it can answer, the sooner the busier the machine. */
const PATIENCE_MS = 1_800_000;

/** Asks until the hub says yes or no, as a client does that keeps its key: a cut connection is no answer. */
export async function askUntilAnswered(
  hub: { readonly url: string; readonly keys: ChaosKeys },
  { act, key, query, input }: Wanted,
): Promise<Acknowledgement> {
  return eventually(`${act} ${input.idempotencyKey} is answered`, () => ask(), PATIENCE_MS);

  async function ask(): Promise<Acknowledgement | false> {
    let response: Response;
    let answer: Answer;
    try {
      response = await fetch(`${hub.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${hub.keys[key]}` },
        body: JSON.stringify({ query, variables: { input } }),
      });
      answer = (await response.json()) as Answer; // the hub answers in JSON, refusals too
    } catch {
      return false;
    }
    const result = answer.data?.[act];
    const error = answer.errors?.[0];
    if (result == null && (error === undefined || AGAIN.has(error.extensions?.code))) return false;
    if (result == null) throw new Error(`${act} was answered with ${JSON.stringify(answer.errors)}`);
    return {
      at: new Date().toISOString(),
      act,
      principal: readKey(hub.keys[key])?.id ?? key,
      idempotencyKey: input.idempotencyKey,
      // An answer without a process says no, or that nothing of what was asked is accepted.
      answer: result.process === undefined || result.says === 0 ? 'REFUSED' : 'ACCEPTED',
      processId: result.process?.id ?? null,
      correlationId: response.headers.get('x-correlation-id'),
    };
  }
}
