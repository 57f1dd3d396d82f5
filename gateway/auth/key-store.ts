import { timingSafeEqual } from 'node:crypto';
import type { Selectable } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { HubError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { type Principal, principalOf } from '../../platform/principal.ts';
import { newKey, readKey } from './key-format.ts';
import { type ApiKeyTable, GATEWAY_SCHEMA, type GatewayTables, KEY_MIGRATIONS } from './key-tables.ts';
import { isScope, SCOPES } from './scopes.ts';

/** All that is known about a key but the key. Instants are RFC 3339 in UTC. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly actsFor: string | null;
  readonly createdAt: string;
  readonly notBefore: string;
  /** null: never. */
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly string[];
  /** System on whose behalf the bearer writes, as in the graph's `System`; null: for none. */
  readonly actsFor: string | null;
  /** First instant at which it holds. Default: now. */
  readonly notBefore?: string;
  /** First instant at which it holds no more. Default: never. */
  readonly expiresAt?: string | null;
  /** See `newKey`. Default `live`. */
  readonly env?: string;
}

export interface KeyStore {
  /** The key is in this answer and nowhere else, ever. @throws INVALID */
  create(wanted: NewApiKey): Promise<ApiKey & { readonly key: string }>;
  /** Newest first. */
  list(): Promise<readonly ApiKey[]>;
  show(id: string): Promise<ApiKey | null>;
  /** Refused everywhere within 5 seconds; revoking twice is the same as once. `null` when there is no such key. */
  revoke(id: string): Promise<ApiKey | null>;
  /** Who bears the key; `null` when it does not hold (the caller learns no reason). @throws UNAVAILABLE when the store cannot be asked */
  verify(presented: string): Promise<Principal | null>;
}

/** How long a key is believed without asking the store: revocation takes effect everywhere within this. */
const BELIEVED_MS = 3_000;
/** `last_used_at` is brought up to date at most this often for each key. */
const USED_EVERY_MS = 60_000;
const SYSTEMS = ['HUB', 'ERP', 'BILLING', 'CRM', 'SUPPORT', 'SUCCESS'];
/** Compared with when there is no such key, so that the time tells nothing. */
const NO_HASH = Buffer.alloc(32);

type Row = Selectable<ApiKeyTable>;
interface Believed {
  readonly row: Promise<Row | undefined>;
  readonly readAt: number;
  usedAt: number;
}

export const migrateKeys = (db: Db): Promise<void> => migrate(db, GATEWAY_SCHEMA, KEY_MIGRATIONS);

/** API keys in the hub's database; `migrateKeys` first. */
export function createKeyStore(pool: Db, clock: Clock, log?: Logger): KeyStore {
  const db = pool.withTables<GatewayTables>();
  const believed = new LRUCache<string, Believed>({ max: 10_000 });

  function rowOf(id: string): Believed {
    const known = believed.get(id);
    if (known !== undefined && clock.now() - known.readAt < BELIEVED_MS && clock.now() >= known.readAt) return known;
    const row = db.selectFrom('gateway.api_key').selectAll().where('id', '=', id).executeTakeFirst();
    const read: Believed = { row, readAt: clock.now(), usedAt: known?.usedAt ?? 0 };
    believed.set(id, read);
    row.catch(() => believed.delete(id)); // a store that was down is asked again
    return read;
  }

  async function noteUse(id: string, read: Believed): Promise<void> {
    if (clock.now() - read.usedAt < USED_EVERY_MS) return;
    read.usedAt = clock.now();
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

  return {
    async create(wanted) {
      const now = clock.now();
      const { notBefore, expiresAt } = checked(wanted, now);
      const { key, id, hash } = newKey(wanted.env ?? 'live');
      const row = await db
        .insertInto('gateway.api_key')
        .values({
          id,
          name: wanted.name.trim(),
          hash,
          scopes: [...new Set(wanted.scopes)],
          acts_for: wanted.actsFor,
          created_at: new Date(now),
          not_before: notBefore,
          expires_at: expiresAt,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return { ...apiKey(row), key };
    },

    async list() {
      const rows = await db
        .selectFrom('gateway.api_key')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(apiKey);
    },

    async show(id) {
      const row = await db.selectFrom('gateway.api_key').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : apiKey(row);
    },

    async revoke(id) {
      believed.delete(id);
      await db
        .updateTable('gateway.api_key')
        .set({ revoked_at: new Date(clock.now()) })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .execute();
      believed.delete(id); // read between the two
      return this.show(id);
    },

    async verify(presented) {
      const key = readKey(presented);
      if (key === null) return null;
      const read = rowOf(key.id);
      const row = await read.row.catch((cause: unknown) => {
        throw new HubError('UNAVAILABLE', 'API keys cannot be checked at the moment', { system: 'HUB', cause });
      });
      const matches = timingSafeEqual(key.hash, row?.hash ?? NO_HASH);
      if (row === undefined || !matches || !holds(row, clock.now())) return null;
      await noteUse(key.id, read);
      return principalOf({ id: row.id, name: row.name, scopes: row.scopes, actsFor: row.acts_for });
    },
  };
}

/** From `notBefore` on, and before `expiresAt`. */
const holds = (row: Row, now: number): boolean =>
  row.revoked_at === null &&
  row.not_before.getTime() <= now &&
  (row.expires_at === null || now < row.expires_at.getTime());

function checked(wanted: NewApiKey, now: number): { notBefore: Date; expiresAt: Date | null } {
  const invalid = (field: string, message: string): never => {
    throw new HubError('INVALID', message, { field });
  };
  if (wanted.name.trim() === '' || wanted.name.length > 100)
    invalid('name', 'a key needs a name of 1 to 100 characters');
  const unknown = wanted.scopes.filter((scope) => !isScope(scope));
  if (unknown.length > 0 || wanted.scopes.length === 0) {
    const wrong = unknown.length > 0 ? `unknown scope ${unknown.join(', ')}` : 'a key needs at least one scope';
    invalid('scopes', `${wrong}; the scopes are ${Object.keys(SCOPES).join(', ')}`);
  }
  if (wanted.actsFor !== null && !SYSTEMS.includes(wanted.actsFor)) {
    invalid('actsFor', `unknown system ${wanted.actsFor}; a key acts for one of ${SYSTEMS.join(', ')}, or for none`);
  }
  const notBefore = wanted.notBefore === undefined ? now : Date.parse(wanted.notBefore);
  const expiresAt = wanted.expiresAt == null ? null : Date.parse(wanted.expiresAt);
  if (Number.isNaN(notBefore)) invalid('notBefore', 'write an instant like 2027-01-31T00:00:00Z');
  if (Number.isNaN(expiresAt)) invalid('expiresAt', 'write an instant like 2027-01-31T00:00:00Z');
  if (expiresAt !== null && expiresAt <= Math.max(notBefore, now)) {
    invalid('expiresAt', 'a key must expire after it begins to hold, and in the future');
  }
  return { notBefore: new Date(notBefore), expiresAt: expiresAt === null ? null : new Date(expiresAt) };
}

const apiKey = (row: Row): ApiKey => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes,
  actsFor: row.acts_for,
  createdAt: row.created_at.toISOString(),
  notBefore: row.not_before.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  revokedAt: row.revoked_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
});
