import type { Transaction } from 'kysely';
import { migrateAudit } from '../audit/audit-tables.ts';
import type { Clock } from '../clock.ts';
import type { Db } from '../db/db.ts';
import { migrate } from '../db/migrate.ts';
import { HubError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Budget, DEFAULT_BUDGET, type Principal } from '../principal.ts';
import { createBelievedKeys, type KeyRow, type SecretRow } from './believed-keys.ts';
import { bearerOf, holds, isInForce } from './key-bearer.ts';
import { BY_HUB, type KeyChange, recordChange } from './key-change.ts';
import { changesBetween, type TermsChange } from './key-changes.ts';
import { isKeyEnv, newKey, readKey } from './key-format.ts';
import { claim, type Once } from './key-once.ts';
import { checkedOverlap, giveAnotherSecret, insertSecret, type KeyRotation, secretsOf } from './key-rotation.ts';
import { type ApiKey, apiKeyOf, columnsOf, termsOf } from './key-row.ts';
import { GATEWAY_SCHEMA, type GatewayTables, KEY_MIGRATIONS } from './key-tables.ts';
import { checkedTerms, type KeyTerms, type NewKeyTerms } from './key-terms.ts';
import { ForbiddenCaller } from './verdict.ts';

export type { KeyRotation } from './key-rotation.ts';
export type { ApiKey } from './key-row.ts';

/** The terms of a key to be made, and what tells keys of different hubs apart; see `newKey`. Default `live`. */
export type NewApiKey = NewKeyTerms & { readonly env?: string };

/** A key that was just made or rotated. */
export type ShownKey = ApiKey & {
  /** The key itself: in this answer and nowhere else, ever. */
  readonly key: string;
};

/** A key by an idempotent request. */
export type MadeKey = ApiKey & {
  /** null: an earlier request with the same idempotency key made it, and showed it then. */
  readonly key: string | null;
};

/** Every change of a key is recorded in the audit, in the same transaction. */
export interface KeyStore {
  /** @throws INVALID naming each field that is wrong, and what would be right */
  create(wanted: NewApiKey, change?: KeyChange): Promise<ShownKey>;
  /** The same, once for each idempotency key. @throws also CONFLICT where that was used for something else */
  createOnce(wanted: NewApiKey, change: KeyChange, once: Once): Promise<MadeKey>;
  /** Newest first. */
  list(): Promise<readonly ApiKey[]>;
  show(id: string): Promise<ApiKey | null>;
  /**
   * Changes some terms; they hold everywhere within 5 seconds. `null` when there is no such key.
   * @throws INVALID, REFUSED for a revoked key, CONFLICT when it is no longer of the `version` that was seen
   */
  update(id: string, change: Partial<KeyTerms>, about: KeyUpdate): Promise<UpdatedKey | null>;
  /**
   * Gives the key a second secret. The earlier one holds for the overlap, and both do until then; without an overlap every
   * earlier secret ends at once. `null` when there is no such key.
   * @throws INVALID, REFUSED for a key that holds no more, CONFLICT while an earlier rotation overlaps
   */
  rotate(id: string, about: KeyRotation): Promise<ShownKey | null>;
  /** The same, once for each idempotency key. @throws also CONFLICT where that was used for something else */
  rotateOnce(id: string, about: KeyRotation, once: Once): Promise<MadeKey | null>;
  /** Refused everywhere within 5 seconds; revoking twice is the same as once. `null` when there is no such key. */
  revoke(id: string, change?: KeyChange): Promise<ApiKey | null>;
  /** Who bears the key of this id, as it is now, for what is done while nobody presents it; `null` when it does not hold. */
  bearer(id: string): Promise<Principal | null>;
  /**
   * Who bears the key; `null` when it does not hold (the caller learns no reason).
   * @param address of the client; a key that is bound to networks holds from there only
   * @throws ForbiddenCaller from outside its networks; UNAVAILABLE when the store cannot be asked
   */
  verify(presented: string, address?: string): Promise<Principal | null>;
}

export interface KeyUpdate extends KeyChange {
  /** The `version` that was looked at. Absent: whatever it is now. */
  readonly version?: number;
}

export interface UpdatedKey {
  readonly key: ApiKey;
  readonly changes: readonly TermsChange[];
}

export interface KeyStoreOptions {
  readonly log?: Logger;
  /** For what a key's own budget leaves open. Default: `DEFAULT_BUDGET`. */
  readonly budget?: Budget;
  /** Names that `acts` may hold. Default: any that is formed like one. */
  readonly mutations?: readonly string[];
}

/** `last_used_at` is brought up to date at most this often for each key. */
const USED_EVERY_MS = 60_000;

/** The tables of the keys, and of the audit in which their changes are recorded. */
export async function migrateKeys(db: Db): Promise<void> {
  await migrateAudit(db);
  await migrate(db, GATEWAY_SCHEMA, KEY_MIGRATIONS);
}

/** API keys in the hub's database; `migrateKeys` first. */
export function createKeyStore(pool: Db, clock: Clock, options: KeyStoreOptions = {}): KeyStore {
  const { log, budget = DEFAULT_BUDGET, mutations = null } = options;
  const db = pool.withTables<GatewayTables>();
  const believed = createBelievedKeys(db, clock, (row) => bearerOf(row, budget));
  const usedAt = new Map<string, number>();

  const isUseNoted = (id: string): boolean => clock.now() - (usedAt.get(id) ?? 0) < USED_EVERY_MS;

  async function noteUse(id: string): Promise<void> {
    usedAt.set(id, clock.now());
    try {
      await db
        .updateTable('gateway.api_key')
        .set({ last_used_at: new Date(clock.now()) })
        .where('id', '=', id)
        .execute();
    } catch (error) {
      log?.warn({ err: error, key: id }, 'the last use of a key could not be noted');
    }
  }

  /** Runs a change of one key that holds, with its row locked, so that of two changes at once one sees the other. */
  async function changing<T>(
    id: string,
    work: (trx: Transaction<GatewayTables>, row: KeyRow, secrets: readonly SecretRow[]) => Promise<T>,
  ): Promise<T | null> {
    const done = await db.transaction().execute(async (trx) => {
      const row = await trx
        .selectFrom('gateway.api_key')
        .selectAll()
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst();
      if (row === undefined) return null;
      if (row.revoked_at !== null) throw new HubError('REFUSED', `The key ${id} is revoked: make a new one`);
      return work(trx, row, await secretsOf(trx, id));
    });
    believed.forget(id);
    return done;
  }

  const shown = async (id: string): Promise<ApiKey> => {
    const key = await store.show(id);
    if (key === null) throw new Error(`the key ${id} was there a moment ago`); // keys are never deleted
    return key;
  };

  /** @returns the key with its secret, or the id of the one that an earlier request made */
  async function make(
    { env = 'live', ...wanted }: NewApiKey,
    change: KeyChange,
    once: Once | null,
  ): Promise<{ readonly id: string; readonly key: string | null }> {
    const at = clock.now();
    if (!isKeyEnv(env)) throw new HubError('INVALID', 'env: must be 2 to 12 lower-case letters', { field: 'env' });
    const { key, id, hash } = newKey(env);
    return db.transaction().execute(async (trx) => {
      const earlier = once === null ? null : await claim(trx, once, { act: 'createKey', id, at });
      if (earlier !== null) return { id: earlier, key: null };
      const terms = checkedTerms(wanted, { now: at, mutations });
      change.judge?.(terms);
      await trx
        .insertInto('gateway.api_key')
        .values({ id, env, created_at: new Date(at), ...columnsOf(terms) })
        .execute();
      await insertSecret(trx, id, hash, at);
      await recordChange(trx, change, { act: 'createKey', id, at });
      return { id, key };
    });
  }

  /** @returns the key with its secret; `{ key: null }`: an earlier request rotated it */
  const rotating = (id: string, about: KeyRotation, once: Once | null) => {
    const overlapMs = checkedOverlap(about);
    return changing(id, (trx, row, secrets) =>
      giveAnotherSecret(trx, { row, secrets }, { ...BY_HUB, ...about, overlapMs, at: clock.now(), once }),
    );
  };

  const store: KeyStore = {
    async create(wanted, change = BY_HUB) {
      const { id, key } = await make(wanted, change, null);
      return { ...(await shown(id)), key: shownNow(key) };
    },

    async createOnce(wanted, change, once) {
      const { id, key } = await make(wanted, change, once);
      return { ...(await shown(id)), key };
    },

    async list() {
      const [rows, secrets] = await Promise.all([
        db.selectFrom('gateway.api_key').selectAll().orderBy('created_at', 'desc').orderBy('id').execute(),
        db.selectFrom('gateway.api_key_secret').selectAll().orderBy('made_at').execute(),
      ]);
      const byKey = Map.groupBy(secrets, ({ key_id }) => key_id);
      return rows.map((row) => apiKeyOf(row, byKey.get(row.id) ?? []));
    },

    async show(id) {
      const row = await db.selectFrom('gateway.api_key').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : apiKeyOf(row, await secretsOf(db, id));
    },

    async update(id, change, { version, ...author }) {
      const changes = await changing(id, async (trx, row) => {
        if (version !== undefined && version !== row.version) {
          throw new HubError(
            'CONFLICT',
            `The key ${id} was changed meanwhile (version ${row.version}, not ${version}): look at it again`,
            { field: 'version' },
          );
        }
        const before = termsOf(row);
        const terms = changedTerms(before, change, { now: clock.now(), mutations });
        author.judge?.(terms);
        const found = changesBetween(before, terms);
        if (found.length === 0) return found;
        await trx
          .updateTable('gateway.api_key')
          .set({ ...columnsOf(terms), version: row.version + 1, changed_by: author.by })
          .where('id', '=', id)
          .execute();
        const fields = found.map(({ field }) => field);
        await recordChange(trx, author, { act: 'updateKey', id, at: clock.now(), fields });
        return found;
      });
      return changes === null ? null : { key: await shown(id), changes };
    },

    async rotate(id, about) {
      const made = await rotating(id, about, null);
      return made === null ? null : { ...(await shown(id)), key: shownNow(made.key) };
    },

    async rotateOnce(id, about, once) {
      const made = await rotating(id, about, once);
      return made === null ? null : { ...(await shown(id)), key: made.key };
    },

    async revoke(id, change = BY_HUB) {
      believed.forget(id);
      const at = clock.now();
      await db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('gateway.api_key')
          .set({ revoked_at: new Date(at) })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows > 0n) await recordChange(trx, change, { act: 'revokeKey', id, at });
      });
      believed.forget(id); // read between the two
      return store.show(id);
    },

    async bearer(id) {
      const row = await db.selectFrom('gateway.api_key').selectAll().where('id', '=', id).executeTakeFirst();
      return row !== undefined && isInForce(row, clock.now()) ? bearerOf(row, budget).principal : null;
    },

    async verify(presented, address) {
      const key = readKey(presented);
      if (key === null) return null;
      let found: Awaited<ReturnType<typeof believed.find>>;
      try {
        found = await believed.find(key);
      } catch (cause) {
        throw new HubError('UNAVAILABLE', 'API keys cannot be checked at the moment', { system: 'HUB', cause });
      }
      if (found === null || !holds(found.key.row, found.secret, clock.now())) return null;
      const { principal, networks } = found.key.made;
      if (networks !== null && !networks(address ?? '')) throw new ForbiddenCaller(principal.id, 'NETWORK');
      if (!isUseNoted(principal.id)) await noteUse(principal.id);
      return principal;
    },
  };
  return store;
}

/** Without an idempotency key a request is always the first. */
function shownNow(key: string | null): string {
  if (key === null) throw new Error('a key that was just made has a secret');
  return key;
}

/** An end that has passed already may stay while something else is changed. */
function changedTerms(
  before: KeyTerms,
  change: Partial<KeyTerms>,
  about: { now: number; mutations: readonly string[] | null },
): KeyTerms {
  const dated = change.expiresAt !== undefined || change.notBefore !== undefined;
  return checkedTerms({ ...before, ...change }, dated ? about : { ...about, now: 0 });
}
