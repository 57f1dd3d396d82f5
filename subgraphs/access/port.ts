import type { AuditFilter, AuditRecord } from '../../platform/audit/audit-log.ts';
import type { Call } from '../../platform/call.ts';
import type { Once } from '../../platform/keys/key-once.ts';
import type { ApiKey, MadeKey, NewApiKey, UpdatedKey } from '../../platform/keys/key-store.ts';
import type { KeyTerms } from '../../platform/keys/key-terms.ts';
import type { Page } from '../../platform/page.ts';
import type { MethodsOf } from '../../platform/port/methods.ts';
import type { Principal } from '../../platform/principal.ts';
import type { ProcessEvent } from '../../platform/saga/events-under.ts';

/** A question about one page. */
export interface PageOf {
  readonly first: number;
  readonly after: string | null;
}

/** A change of a key on somebody's behalf. */
export interface Asking {
  readonly principal: Principal;
}

/**
 * What the graph asks of keys and audit: the same store, checks and messages as the command line. For a caller who is limited
 * to rows there are only keys within them, and no audit, which tells of everybody.
 */
export interface AccessPort {
  /** Newest first. @throws FORBIDDEN for a caller who is limited to rows */
  auditRecords(query: { filter: AuditFilter; page: PageOf }, call: Call): Promise<Page<AuditRecord>>;
  /** What processes journaled under each correlation id. */
  processEvents(correlationIds: readonly string[], call: Call): Promise<readonly (readonly ProcessEvent[])[]>;
  /** One entry per id, in the order asked. */
  keys(ids: readonly string[], call: Call): Promise<readonly (ApiKey | null)[]>;
  /** Newest first. */
  keyPage(page: PageOf, call: Call): Promise<Page<ApiKey>>;
  /** @throws INVALID, CONFLICT as the key store does; FORBIDDEN_ARGUMENT where the key would do more than the caller may */
  createKey(change: Asking & { terms: NewApiKey; once: Omit<Once, 'principalId'> }, call: Call): Promise<MadeKey>;
  /** @throws also NOT_FOUND, REFUSED */
  updateKey(
    change: Asking & { id: string; terms: Partial<KeyTerms>; version: number | null },
    call: Call,
  ): Promise<UpdatedKey>;
  rotateKey(
    change: Asking & { id: string; overlapMs: number; once: Omit<Once, 'principalId'> },
    call: Call,
  ): Promise<MadeKey>;
  revokeKey(change: Asking & { id: string }, call: Call): Promise<ApiKey>;
}

/** The hub's own tables: measured, never cached; a key's secret passes through here once. The port judges rows itself. */
export const ACCESS_METHODS = {
  auditRecords: { kind: 'read', customer: 'NONE' },
  processEvents: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 0,
    subjectOf: (id: string) => `correlation:${id}`,
    customer: 'NONE',
  },
  keys: { kind: 'batch', maxKeys: 100, maxAgeSeconds: 0, subjectOf: (id: string) => `key:${id}`, customer: 'NONE' },
  keyPage: { kind: 'read', customer: 'NONE' },
  createKey: { kind: 'read', customer: 'NONE' },
  updateKey: { kind: 'read', customer: 'NONE' },
  rotateKey: { kind: 'read', customer: 'NONE' },
  revokeKey: { kind: 'read', customer: 'NONE' },
} satisfies MethodsOf<AccessPort>;
