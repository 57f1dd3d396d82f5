import { HeaderMap } from '@apollo/server';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Actor, AuditEntry, AuditOutcome } from '../../platform/audit/record.ts';
import type { Recorder } from '../../platform/audit/recorder.ts';
import type { Call } from '../../platform/call.ts';
import type { Denial } from '../auth/door.ts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../execution/executor.ts';
import type { Envelope } from '../http/envelope.ts';

type Execute = Executor['execute'];

/** Who asked, as far as the door knows. */
type Caller = Pick<HubContext, 'principal' | 'correlationId' | 'address'> & { readonly call?: Call };

export interface Audit {
  /** Records each mutation before it runs, and afterwards its outcome; of a read what was denied of it, or shown in full. */
  around(execute: Execute): Execute;
  /** A request that was refused before, or without, being run. */
  refused(caller: Caller, asked: Pick<Envelope, 'query' | 'operationName'>, codes: readonly string[]): void;
  /** Somebody whom the door did not let in, or put out. */
  denied(denial: Denial): void;
}

export interface AuditOptions {
  readonly recorder: Recorder;
  /** Whether there is, or was, a key with this id: anybody can write one that looks like a key. */
  readonly isKey: (id: string) => Promise<boolean>;
}

/** Codes that say: you may not. */
const DENIALS =
  /^(FORBIDDEN(_[A-Z_]+)?|CONSENT_MISSING|NOT_OWNER|LIMIT_EXCEEDED|SELF_APPROVAL|QUERY_NOT_IN_SAFELIST|INTROSPECTION_DISABLED)$/;
const COUNTED = 'RATE_LIMITED';

/** Most tokens of a refused text that is read to see what it wanted to do. */
const MOST_TOKENS = 2_000;

export function createAudit({ recorder, isKey }: AuditOptions): Audit {
  /** The calls of requests that have their record: the context itself is copied on its way. */
  const recorded = new WeakSet<Call>();
  const known = new LRUCache<string, boolean>({ max: 10_000, ttl: 60_000 });

  /** What the answer of a read, or of a mutation that ran, tells beside its outcome. */
  function readInFull(context: HubContext, operation: string | null): void {
    const { fullReads } = context;
    if (fullReads === undefined || fullReads.size === 0) return;
    recorder.note({ ...actorOf(context), kind: 'FULL_READ', operation, coordinates: [...fullReads] });
  }

  async function mutate(execute: Execute, request: Parameters<Execute>[0], context: HubContext) {
    const { document, operation } = request;
    const actor = actorOf(context);
    const about = { operation: operation?.name?.value ?? null, acts: actsOf(document, operation) };
    recorded.add(context.call);
    let attempt: number;
    const ended = (outcomeOf: number, told: Told) => recorder.note({ ...actor, ...told, kind: 'OUTCOME', outcomeOf });
    try {
      attempt = await recorder.append({ ...actor, ...about, kind: 'MUTATION' });
    } catch {
      return { errors: [unrecorded()] }; // its own record is written when the database is back
    }
    try {
      const result = await execute(request);
      ended(attempt, withRefusals(toldBy(result.errors), context));
      readInFull(context, about.operation);
      return result;
    } catch (error) {
      ended(attempt, { outcome: 'FAILED', codes: ['INTERNAL_SERVER_ERROR'], coordinates: [] });
      throw error;
    }
  }

  async function unauthenticated(entry: AuditEntry, id: string | null): Promise<void> {
    let is = id === null ? false : known.get(id);
    if (is === undefined && id !== null) {
      is = await isKey(id).catch(() => true); // where it cannot be asked, rather one record too many
      known.set(id, is);
    }
    if (is) recorder.note(entry);
    else recorder.count({ ...entry, principalId: null, principalKind: null });
  }

  return {
    around: (execute) => async (request) => {
      const context = request.context as HubContext; // the gateway's own server makes every context (server.ts)
      const { operation } = request;
      if (operation?.operation === 'mutation') return mutate(execute, request, context);
      const result = await execute(request);
      if (result.errors !== undefined && result.errors.length > 0) {
        const { outcome, codes, coordinates } = toldBy(result.errors);
        if (outcome === 'DENIED') {
          recorded.add(context.call);
          const denied = codes.filter((code) => DENIALS.test(code));
          const about = { operation: operation?.name?.value ?? null, codes: denied, coordinates };
          recorder.note({ ...actorOf(context), ...about, kind: 'DENIAL' });
        }
      }
      readInFull(context, operation?.name?.value ?? null);
      return result;
    },

    refused(caller, { query = '', operationName }, codes) {
      if (caller.call !== undefined && recorded.has(caller.call)) return;
      const actor = actorOf(caller);
      if (codes.includes(COUNTED)) {
        recorder.count({ ...actor, kind: 'DENIAL', codes });
        return;
      }
      const denied = codes.some((code) => DENIALS.test(code));
      const meant = mutationIn(query, operationName);
      if (meant !== null) {
        recorder.note({ ...actor, ...meant, kind: 'MUTATION', outcome: denied ? 'DENIED' : 'FAILED', codes });
      } else if (denied) {
        recorder.note({ ...actor, kind: 'DENIAL', codes, operation: operationName ?? null });
      }
    },

    denied({ code, reason, callerId, address, correlationId, principal }) {
      const actor: Actor =
        principal === undefined
          ? { principalId: callerId, principalKind: null, actsFor: null, correlationId, address }
          : actorOf({ principal, correlationId, address });
      const entry: AuditEntry = { ...actor, kind: 'DENIAL', codes: [code], reason };
      if (code === 'RATE_LIMITED') recorder.count(entry);
      else if (code === 'FORBIDDEN' || reason === 'ENDED') recorder.note(entry);
      else if (code === 'UNAUTHENTICATED') void unauthenticated(entry, callerId);
      // UNAVAILABLE: nobody was judged, and so nobody denied
    },
  };
}

const actorOf = ({ principal, correlationId, address = null }: Caller): Actor => ({
  principalId: principal.id,
  principalKind: principal.kind,
  actsFor: principal.actsFor,
  correlationId,
  address,
});

interface Told {
  readonly outcome: AuditOutcome;
  readonly codes: readonly string[];
  readonly coordinates: readonly string[];
}

/** What errors say without their words: codes, and the ways to what was denied. */
function toldBy(errors: readonly GraphQLError[] = []): Told {
  const coded = errors.map((error) => [String(error.extensions.code ?? 'INTERNAL_SERVER_ERROR'), error] as const);
  const denials = coded.filter(([code]) => DENIALS.test(code));
  const outcome = denials.length > 0 ? 'DENIED' : coded.length > 0 ? 'FAILED' : 'ANSWERED';
  return { outcome, codes: [...new Set(coded.map(([code]) => code))], coordinates: denials.flatMap(placeOf) };
}

/** A write of what another system owns is refused in the act's own answer, without an error; the subgraph notes whose it is. */
function withRefusals(told: Told, { notes }: HubContext): Told & { readonly reason?: string } {
  const owners = notes.filter(({ state }) => state === 'FORBIDDEN').map(({ system }) => system);
  if (owners.length === 0) return told;
  const reason = `owned by ${[...new Set(owners)].sort().join(', ')}`;
  return { ...told, outcome: 'DENIED', codes: [...told.codes, 'NOT_OWNER'], reason };
}

function placeOf([, { path, extensions }]: readonly [string, GraphQLError]): string[] {
  const way = (path ?? []).filter((step) => typeof step === 'string').join('.');
  const field = typeof extensions.field === 'string' ? [extensions.field] : [];
  return way === '' ? field : [way, ...field];
}

const unrecorded = () =>
  new GraphQLError('The act cannot be recorded at the moment, so nothing was run; ask again', {
    extensions: {
      ...{ code: 'UNAVAILABLE', retryable: true, retryAfterSeconds: 2 },
      http: { status: 503, headers: new HeaderMap([['retry-after', '2']]) },
    },
  });

/** Documents are parsed once and asked for many times. */
const acts = new WeakMap<OperationDefinitionNode, readonly string[]>();

/** The names of the acts that a mutation names, in fragments too. */
function actsOf(document: DocumentNode, operation: OperationDefinitionNode | undefined): readonly string[] {
  if (operation === undefined) return [];
  const before = acts.get(operation);
  if (before !== undefined) return before;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const entered = new Set<string>();
  const names = new Set<string>();
  const walk = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) names.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet);
      else if (!entered.has(selection.name.value)) {
        entered.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) walk(fragment.selectionSet);
      }
    }
  };
  walk(operation.selectionSet);
  const found = [...names];
  acts.set(operation, found);
  return found;
}

/** What a text that was refused wanted to change; null: nothing, or it cannot be read. */
function mutationIn(
  query: string,
  operationName: string | null | undefined,
): Pick<AuditEntry, 'operation' | 'acts'> | null {
  try {
    const document = parse(query, { noLocation: true, maxTokens: MOST_TOKENS });
    const operation = getOperationAST(document, operationName ?? undefined);
    if (operation?.operation !== 'mutation') return null;
    return { operation: operation.name?.value ?? null, acts: actsOf(document, operation) };
  } catch {
    return null; // what cannot be read asks for nothing
  }
}
