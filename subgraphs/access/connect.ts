import { GraphQLError } from 'graphql';
import { createAuditLog } from '../../platform/audit/audit-log.ts';
import type { Call } from '../../platform/call.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { HubError } from '../../platform/errors.ts';
import { beyond, rowsBeyond } from '../../platform/keys/beyond.ts';
import type { KeyChange } from '../../platform/keys/key-change.ts';
import { type ApiKey, createKeyStore, migrateKeys } from '../../platform/keys/key-store.ts';
import type { Logger } from '../../platform/log.ts';
import { pageOf } from '../../platform/page.ts';
import { measured } from '../../platform/port/measured.ts';
import { type Budget, DEFAULT_BUDGET, type Principal } from '../../platform/principal.ts';
import { eventsUnder } from '../../platform/saga/events-under.ts';
import { ACCESS_METHODS, type AccessPort } from './port.ts';

export interface AccessServices {
  readonly clock: Clock;
  readonly log: Logger;
  /** Names that `acts` of a key may hold. */
  readonly mutations: readonly string[];
  /** Of keys that bring none of their own. Default: `DEFAULT_BUDGET`. */
  readonly budget?: Budget;
}

/** Keys and audit in the hub's own database, its tables brought up to date. */
export async function connectAccess(db: Db, services: AccessServices): Promise<AccessPort> {
  const { clock, budget = DEFAULT_BUDGET, ...known } = services;
  await migrateKeys(db);
  const store = createKeyStore(db, clock, { ...known, budget });
  const audit = createAuditLog(db);

  const isSeen = (key: ApiKey, { rows }: Call): boolean =>
    rows === undefined || rowsBeyond(key.rows, rows).length === 0;
  async function seen(id: string, call: Call): Promise<ApiKey | null> {
    const key = await store.show(id);
    return key !== null && isSeen(key, call) ? key : null;
  }

  /** Who changes the key; what would give more than he holds is refused in the same transaction. */
  async function changeBy(principal: Principal, { correlationId }: Call): Promise<KeyChange> {
    const own = principal.kind === 'KEY' ? await reachable(store.show(principal.id)) : null;
    return {
      by: principal.id,
      kind: principal.kind,
      actsFor: principal.actsFor,
      correlationId,
      judge: (terms) => {
        const more = beyond(terms, principal, { standard: budget, bounds: own });
        if (more.length > 0) throw new TooMuch(more);
      },
    };
  }

  const port: AccessPort = {
    async auditRecords({ filter, page }, call) {
      if (call.rows !== undefined) throw ofEverybody();
      return reachable(audit.page(filter, page));
    },
    async processEvents(ids, call) {
      if (call.rows !== undefined) throw ofEverybody();
      return reachable(eventsUnder(db, ids));
    },
    keys: (ids, call) => reachable(Promise.all(ids.map((id) => seen(id, call)))),
    keyPage: async ({ first, after }, call) =>
      pageOf(
        (await reachable(store.list())).filter((key) => isSeen(key, call)),
        first,
        after,
        ({ id }) => id,
      ),
    createKey: async ({ principal, terms, once }, call) =>
      reachable(store.createOnce(terms, await changeBy(principal, call), { ...once, principalId: principal.id })),
    updateKey: async ({ principal, id, terms, version }, call) => {
      found(id, await reachable(seen(id, call)));
      const change = await changeBy(principal, call);
      const about = version === null ? change : { ...change, version };
      return found(id, await reachable(store.update(id, terms, about)));
    },
    rotateKey: async ({ principal, id, overlapMs, once }, call) => {
      found(id, await reachable(seen(id, call)));
      const change = await changeBy(principal, call);
      const about = { ...once, principalId: principal.id };
      return found(id, await reachable(store.rotateOnce(id, { ...change, overlapMs }, about)));
    },
    revokeKey: async ({ principal, id }, call) => {
      found(id, await reachable(seen(id, call)));
      return found(id, await reachable(store.revoke(id, await changeBy(principal, call))));
    },
  };
  return measured(port, ACCESS_METHODS, { system: 'HUB' });
}

function found<T>(id: string, key: T | null): T {
  if (key !== null) return key;
  throw new HubError('NOT_FOUND', `there is no key with the id ${id}; the query keys lists all`, { field: 'id' });
}

/** The caller may not give away what he does not hold; told in full, as the caller knows his own rights. */
class TooMuch extends GraphQLError {
  constructor(more: ReturnType<typeof beyond>) {
    super(more.map(({ field, message }) => `${field}: ${message}`).join('\n'), {
      extensions: { code: 'FORBIDDEN_ARGUMENT', retryable: false, field: more[0]?.field },
    });
  }
}

/** What the stores refuse is told as they say it; whatever else goes wrong is the database that cannot be asked. */
async function reachable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof HubError && error.reason === 'IDEMPOTENCY_KEY_REUSED') throw reused(error);
    if (error instanceof HubError || error instanceof GraphQLError) throw error;
    throw new HubError('UNAVAILABLE', 'keys and audit cannot be reached at the moment', {
      system: 'HUB',
      cause: error,
    });
  }
}

const ofEverybody = (): GraphQLError =>
  new GraphQLError('The audit tells of every customer, and your credential is limited to some', {
    extensions: { code: 'FORBIDDEN', retryable: false },
  });

const reused = (error: HubError): GraphQLError =>
  new GraphQLError(error.message, {
    extensions: { code: 'IDEMPOTENCY_KEY_REUSED', retryable: false, field: 'idempotencyKey' },
  });
