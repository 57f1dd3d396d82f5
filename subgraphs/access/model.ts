/** What the graph shows of keys and audit is what their stores keep; the forms differ in few places (resolvers.ts). */
export type { AuditRecord } from '../../platform/audit/audit-log.ts';
export type { ApiKey } from '../../platform/keys/key-store.ts';
export type { ProcessEvent } from '../../platform/saga/events-under.ts';
