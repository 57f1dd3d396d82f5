import type { Call, SourceNote } from '../platform/call.ts';
import type { Principal } from '../platform/principal.ts';

/** Everything the gateway knows about one request; made by the HTTP layer, read by plugins, policy and execution. */
export interface HubContext {
  readonly correlationId: string;
  readonly principal: Principal;
  /** The key whose sight an operator has for this request (auth/seen-as.ts); absent: his own. */
  readonly seenAs?: string;
  /** The client's; absent or null where it is not known. */
  readonly address?: string | null;
  /** Handed down to every fetch; the same object for the whole request. */
  readonly call: Call;
  /**
   * What transports keep for the whole request, each under itself. Not in a WeakMap of theirs by the request: once that is old,
   * V8 keeps each of its values through every collection of the young, and all that the value refers to.
   */
  readonly keptByTransports: Map<object, unknown>;
  /** Milliseconds since the epoch after which nobody waits any more. */
  readonly deadlineAt: number;
  /** How systems answered so far; `call.note` adds to it. */
  readonly notes: SourceNote[];
  /** `Type.field` of each sensitive field of which the answer holds a full value (policy/masks.ts); execution adds to it. */
  readonly fullReads?: Set<string>;
  /** The same of what the answer shows masked. */
  readonly masked?: Set<string>;
  /**
   * Headers of the client that go on to the subgraphs, if any: name, value, name, value, in the order in which they are
   * configured. They may change an answer: reads with other forwarded headers are other reads.
   */
  readonly forwarded?: readonly string[];
}
