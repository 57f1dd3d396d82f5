import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IPolicy,
  wrap,
} from 'cockatiel';
import type { Call } from '../call.ts';
import type { Clock } from '../clock.ts';
import { errorCode, HubError } from '../errors.ts';
import { around, type MethodsOf } from './methods.ts';

/** How a system is protected from the hub, and the hub from it. */
export interface Resilience {
  /** Requests to the system at one time; more wait. Default 32. */
  readonly maxInFlight: number;
  /** Requests that may wait for a place; more are turned away at once. Default 200. */
  readonly maxWaiting: number;
  /** Failures in a row after which the system is left alone. Default 8. */
  readonly breakAfter: number;
  /** How long it is left alone before one request tries again. Default 2,000 ms. */
  readonly breakMs: number;
  /** Share of reads that may be tried a second time, so that a failing system is not stormed. Default 0.1. */
  readonly retryShare: number;
}

const DEFAULTS: Resilience = { maxInFlight: 32, maxWaiting: 200, breakAfter: 8, breakMs: 2_000, retryShare: 0.1 };

/** Failures that say something about the system's health. */
const UNHEALTHY: ReadonlySet<string | undefined> = new Set(['UNAVAILABLE', 'TIMEOUT', 'IN_DOUBT']);

/**
 * Bulkhead, breaker, `Retry-After` and one retry of reads within a budget. Writes are never retried here: the process
 * that makes them does, with their key. @throws UNAVAILABLE while the breaker is open, THROTTLED while the system asked to wait
 */
export function resilient<Port extends object>(
  port: Port,
  methods: MethodsOf<Port>,
  about: { system: string; clock: Clock; resilience?: Partial<Resilience> },
): Port {
  const { system, clock } = about;
  const settings = { ...DEFAULTS, ...about.resilience };
  const budget = retryBudget(settings.retryShare);
  const policy = wrap(
    bulkhead(settings.maxInFlight, settings.maxWaiting),
    circuitBreaker(
      handleWhen((error) => UNHEALTHY.has(errorCode(error))),
      {
        halfOpenAfter: settings.breakMs,
        breaker: new ConsecutiveBreaker(settings.breakAfter),
      },
    ),
  );
  let waitUntil = 0;

  async function attempt(run: () => Promise<unknown>, call: Call): Promise<unknown> {
    const wait = waitUntil - clock.now();
    if (wait > 0)
      throw new HubError('THROTTLED', `${system} asked to be left alone for a while`, { system, retryAfterMs: wait });
    try {
      return await throughPolicy(policy, run, call, system);
    } catch (error) {
      if (errorCode(error) === 'THROTTLED')
        waitUntil = clock.now() + Math.min((error as HubError).retryAfterMs ?? 1_000, 60_000);
      throw error;
    }
  }

  return around(port, methods, (_name, method, next) => async (argument, call) => {
    budget.earn();
    try {
      return await attempt(() => next(argument, call), call);
    } catch (error) {
      const again =
        method.kind !== 'write' && errorCode(error) === 'UNAVAILABLE' && !call.signal.aborted && !isOpen(error);
      if (!again || !budget.spend()) throw error;
      return attempt(() => next(argument, call), call);
    }
  });
}

const isOpen = (error: unknown): boolean => (error as HubError).cause instanceof BrokenCircuitError;

/** Runs through bulkhead and breaker, and says their refusals in the hub's words. A client that left says nothing of the system's health. */
async function throughPolicy(
  policy: IPolicy,
  run: () => Promise<unknown>,
  call: Call,
  system: string,
): Promise<unknown> {
  let left: { error: unknown } | undefined;
  const guarded = async () => {
    try {
      return await run();
    } catch (error) {
      if (!call.signal.aborted) throw error;
      left = { error };
      return undefined;
    }
  };
  try {
    const answer = await policy.execute(guarded, call.signal);
    if (left) throw left.error;
    return answer;
  } catch (cause) {
    if (cause instanceof BrokenCircuitError) {
      throw new HubError(
        'UNAVAILABLE',
        `${system} failed repeatedly and is left alone for a moment; try again shortly`,
        { system, cause },
      );
    }
    if (cause instanceof BulkheadRejectedError) {
      throw new HubError('THROTTLED', `too many requests wait for ${system}; try again shortly`, {
        system,
        retryAfterMs: 1_000,
        cause,
      });
    }
    if (errorCode(cause) === undefined && call.signal.aborted) {
      throw new HubError('TIMEOUT', `${system} did not answer before the request's deadline`, { system, cause });
    }
    throw cause;
  }
}

/** Every call earns a share of a retry; at most ten are saved up. */
function retryBudget(share: number): { earn(): void; spend(): boolean } {
  let saved = 2;
  return {
    earn: () => {
      saved = Math.min(10, saved + share);
    },
    spend: () => {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}
