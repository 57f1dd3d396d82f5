import { readKey } from '../../platform/keys/key-format.ts';
import { type Authenticate, ForbiddenCaller } from '../../platform/keys/verdict.ts';
import type { Logger } from '../../platform/log.ts';
import type { Principal } from '../../platform/principal.ts';
import { HttpRefusal } from '../http/answers.ts';
import { InFlight } from '../in-flight.ts';
import type { LimitHeaders } from '../limits/limit-headers.ts';
import type { Limiter } from '../limits/limiter.ts';
import { clientAddress, type TrustedProxies } from './client-address.ts';
import { Ending } from './ending.ts';
import { presentedKey } from './presented-key.ts';

/** Somebody who was not let in, or put out; for the record, not for the caller. */
export interface Denial {
  readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN' | 'RATE_LIMITED' | 'UNAVAILABLE';
  readonly reason:
    | 'NO_CREDENTIAL'
    /** A credential where none is taken, or more than one. */
    | 'WRONG_PLACE'
    | 'BAD_CREDENTIAL'
    | ForbiddenCaller['reason']
    | 'REQUESTS'
    | 'CONCURRENCY'
    /** The credential ended while the request ran. */
    | 'ENDED'
    | 'CANNOT_JUDGE';
  /** Who it is, as far as that is known; for a bad key the id that it names, which proves nothing. */
  readonly callerId: string | null;
  /** Of a caller who was known before it was denied. */
  readonly principal?: Principal;
  readonly address: string;
  readonly correlationId: string;
}

export interface DoorOptions {
  readonly authenticate: Authenticate;
  readonly log: Logger;
  /** null: nobody is limited. */
  readonly limiter?: Limiter | null;
  /** Default: nobody's `x-forwarded-for` is believed. */
  readonly trustedProxies?: TrustedProxies;
  /** Told of each denial, once. */
  readonly onDenied?: (denial: Denial) => void;
  /** How often the credentials of running requests are judged again. Default 1 s. */
  readonly judgeAgainMs?: number;
  /** A request whose credential cannot be judged again ends after this: it must not outlast the store. Default 5 s. */
  readonly unjudgedMs?: number;
}

/** What the door has to know of a request; its body is not read yet. */
export interface Knock {
  readonly url: string;
  /** As Node's: names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly socketAddress: string | undefined;
  readonly forwardedFor: string | readonly string[] | undefined;
  readonly correlationId: string;
  /** Aborted when the client has left. */
  readonly gone: { readonly aborted: boolean };
}

export interface Guest {
  readonly principal: Principal;
  /** The caller as judged last: while a request goes on, rights may be given and taken. */
  readonly present: () => Principal;
  /** The client's. */
  readonly address: string;
  /** To be sent with the answer, whatever it is. */
  readonly headers: Partial<LimitHeaders>;
  /** When the credential holds no more while the request runs. */
  readonly ended: Ending;
  /** The request goes on for long: it gives back its place among the calls in flight, and is judged as before. */
  readonly stay: () => void;
  /** The request is over; more than once is the same as once. */
  readonly leave: () => void;
}

export interface Door {
  /** @throws HttpRefusal 401, 403, 429, 503 */
  enter(knock: Knock): Promise<Guest>;
  close(): void;
}

interface Inside {
  readonly credential: string;
  readonly address: string;
  readonly correlationId: string;
  principal: Principal;
  readonly ended: Ending;
  judgedAt: number;
  /** Tells whether it was inside until now. */
  leave: () => boolean;
}

/** Lets in whoever has a credential that holds here and is within the limits, and puts out whose credential ends meanwhile. */
export function createDoor(options: DoorOptions): Door {
  const { authenticate, log, limiter = null, trustedProxies = { hops: 0 } } = options;
  const { judgeAgainMs = 1_000, unjudgedMs = 5_000 } = options;
  const inside = new InFlight<Inside>();

  const denied = (denial: Denial, refusal: HttpRefusal): HttpRefusal => {
    try {
      options.onDenied?.(denial);
    } catch (error) {
      log.error({ err: error, correlationId: denial.correlationId }, 'a denial could not be told');
    }
    return refusal;
  };

  async function judged(credential: string, about: { address: string; correlationId: string }): Promise<Principal> {
    let principal: Principal | null;
    try {
      principal = await authenticate(credential, about.address);
    } catch (error) {
      if (error instanceof ForbiddenCaller) {
        const { principalId: callerId, reason } = error;
        throw denied({ ...about, code: 'FORBIDDEN', reason, callerId }, new HttpRefusal(403, 'FORBIDDEN', 'Refused'));
      }
      log.error({ err: error, correlationId: about.correlationId }, 'credentials cannot be judged');
      throw denied(
        { ...about, code: 'UNAVAILABLE', reason: 'CANNOT_JUDGE', callerId: readKey(credential)?.id ?? null },
        new HttpRefusal(503, 'UNAVAILABLE', 'Credentials cannot be judged at the moment; ask again', {
          'retry-after': '2',
        }),
      );
    }
    if (principal !== null) return principal;
    const callerId = readKey(credential)?.id ?? null;
    throw denied(
      { ...about, code: 'UNAUTHENTICATED', reason: 'BAD_CREDENTIAL', callerId },
      unauthenticated('The credential does not hold', ', error="invalid_token"'),
    );
  }

  /** Asks once for each credential, however many requests it runs. */
  async function judgeAgain(): Promise<void> {
    const now = performance.now();
    const due = inside.all().filter(({ judgedAt }) => now - judgedAt >= judgeAgainMs);
    const byCredential = Map.groupBy(due, ({ credential, address }) => `${credential} ${address}`);
    await Promise.all(
      [...byCredential.values()].map(async (guests) => {
        const [{ credential, address } = { credential: '', address: '' }] = guests;
        const holds = await authenticate(credential, address).then(
          (principal) => principal ?? false,
          (error: unknown) => (error instanceof ForbiddenCaller ? false : null),
        );
        for (const guest of guests) {
          if (holds) Object.assign(guest, { judgedAt: now, principal: holds });
          else if (holds === false || now - guest.judgedAt >= unjudgedMs) putOut(guest, holds);
        }
      }),
    );
  }

  function putOut(guest: Inside, holds: false | null): void {
    if (!guest.leave()) return;
    const { address, correlationId, principal } = guest;
    const denial = { reason: 'ENDED', callerId: principal.id, principal, address, correlationId } as const;
    guest.ended.end(
      holds === false
        ? denied(
            { ...denial, code: 'UNAUTHENTICATED' },
            unauthenticated('The credential ended while the request ran', ', error="invalid_token"'),
          )
        : denied(
            { ...denial, code: 'UNAVAILABLE' },
            new HttpRefusal(503, 'UNAVAILABLE', 'The credential could not be judged any more; ask again', {
              'retry-after': '2',
            }),
          ),
    );
  }

  const timer = setInterval(() => void judgeAgain(), judgeAgainMs).unref();

  return {
    async enter({ url, rawHeaders, socketAddress, forwardedFor, correlationId, gone }) {
      const address = clientAddress(socketAddress, forwardedFor, trustedProxies);
      const about = { address, correlationId };
      const presented = presentedKey({ url, rawHeaders });
      if (presented.kind === 'none') {
        throw denied(
          { ...about, code: 'UNAUTHENTICATED', reason: 'NO_CREDENTIAL', callerId: null },
          unauthenticated('Send an API key in the header Authorization: Bearer <key>'),
        );
      }
      if (presented.kind === 'refused') {
        const { reason } = presented;
        throw denied(
          { ...about, code: 'UNAUTHENTICATED', reason: 'WRONG_PLACE', callerId: null },
          unauthenticated(`${reason.charAt(0).toUpperCase()}${reason.slice(1)}`, ', error="invalid_request"'),
        );
      }
      const principal = await judged(presented.key, about);
      const admission = await limiter?.admit(principal, gone);
      if (admission?.admitted === false) {
        const { reason, limit, retryAfterSeconds, headers } = admission;
        const what = reason === 'REQUESTS' ? `${limit} requests a minute` : `${limit} calls at once`;
        throw denied(
          { ...about, code: 'RATE_LIMITED', reason, callerId: principal.id, principal },
          new HttpRefusal(429, 'RATE_LIMITED', `You may send ${what}; ask again in ${retryAfterSeconds} s`, {
            ...headers,
            'retry-after': String(retryAfterSeconds),
          }),
        );
      }
      const ended = new Ending();
      const credential = presented.key;
      const judgedAt = performance.now();
      const guest: Inside = { credential, address, correlationId, principal, ended, judgedAt, leave: () => false };
      guest.leave = inside.add(guest);
      const stay = () => admission?.release();
      const leave = () => {
        guest.leave();
        stay();
      };
      const headers = admission?.headers ?? {};
      return { principal, present: () => guest.principal, address, headers, ended, stay, leave };
    },
    close: () => clearInterval(timer),
  };
}

const unauthenticated = (message: string, detail = ''): HttpRefusal =>
  new HttpRefusal(401, 'UNAUTHENTICATED', message, { 'www-authenticate': `Bearer realm="concord"${detail}` });
