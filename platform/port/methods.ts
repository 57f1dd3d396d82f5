import type { Call, WriteCall } from '../call.ts';

/**
 * What a domain says about each method of its port, so that cache, resilience, timing and ownership wrap any port without
 * knowing the domain. Every port method takes `(argument, call)`:
 * - `batch`: `(keys, call) => one answer per key, in the order asked`; cached and coalesced by key.
 * - `read`: any other question; never cached.
 * - `write`: `(change, call)` with an idempotency key; never retried without it, forgets what it touches in the cache.
 */
export type Method =
  | {
      readonly kind: 'batch';
      /** Most keys the port takes in one call. */
      readonly maxKeys: number;
      /** How long an answer may be served from the cache; matches `@data(maxAgeSeconds)` in the schema. */
      readonly maxAgeSeconds: number;
      /** The cache key of one key. Default: the key itself, for string keys. */
      readonly keyOf?: (key: never) => string;
      /** What the answer for this key tells about; forgotten together. Example: `customer:1207`. */
      readonly subjectOf: (key: never) => string;
      readonly customer: CustomerOfBatch;
    }
  | { readonly kind: 'read'; readonly customer: 'NONE' | 'HUB_ONLY' | { readonly of: (argument: never) => string } }
  | {
      readonly kind: 'write';
      /** Subjects whose cached answers are out of date after this write. */
      readonly touches: (change: never, result: never) => readonly string[];
    };

/**
 * Whose data a method tells, by the system's own id of the customer, so that callers who are limited to rows get theirs alone
 * (platform/rows/in-rows.ts). `NONE`: nobody's, such as a catalogue, or the port itself judges by `call.rows`. `HUB_ONLY`: many
 * customers', for the hub on its own account.
 */
export type CustomerOfBatch =
  | 'NONE'
  /** The key names the customer: others' are not asked for, and answered with `none`, as the port answers for an unknown one. */
  | { readonly ofKey: (key: never) => string; readonly none: unknown }
  /** Only the answer tells; null: it belongs to no customer, and nobody with rows sees it. */
  | { readonly ofAnswer: (answer: never) => string | null };

type AnyMethod = (argument: never, call: never) => Promise<unknown>;

/** One entry per method of the port; properties that are not functions (capabilities) are left out. */
export type MethodsOf<Port> = {
  readonly [Name in keyof Port as Port[Name] extends AnyMethod ? Name : never]: Method;
};

/** The method as the wrappers see it. */
export type Invoke = (argument: unknown, call: Call | WriteCall) => Promise<unknown>;

/** Wraps every described method of a port and hands on everything else. The answer is a port again. */
export function around<Port extends object>(
  port: Port,
  methods: MethodsOf<Port>,
  handler: (name: string, method: Method, next: Invoke) => Invoke,
): Port {
  const wrapped: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(methods) as [string, Method][]) {
    const inner = (port as Record<string, unknown>)[name] as Invoke; // MethodsOf names methods of this port only
    wrapped[name] = handler(name, method, (argument, call) => inner.call(port, argument, call));
  }
  return new Proxy(port, { get: (target, name) => wrapped[name as string] ?? Reflect.get(target, name) });
}

/** The cache key and the subject of one key of a batch method. */
export function keyAndSubject(
  method: Extract<Method, { kind: 'batch' }>,
  key: unknown,
): { cacheKey: string; subject: string } {
  return {
    cacheKey: method.keyOf ? method.keyOf(key as never) : String(key), // the port's own key type: the descriptor stands beside it
    subject: method.subjectOf(key as never),
  };
}

/** `keyOf` for methods that take `ListOf` keys. */
export const listKey = (key: { of: string; first: number; after: string | null; status?: string | null }): string =>
  `${key.of}|${key.first}|${key.after ?? ''}|${key.status ?? ''}`;
