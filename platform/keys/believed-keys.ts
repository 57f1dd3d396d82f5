import { timingSafeEqual } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { PresentedKey } from './key-format.ts';
import type { ApiKeySecretTable, ApiKeyTable, GatewayTables } from './key-tables.ts';

export type KeyRow = Selectable<ApiKeyTable>;
export type SecretRow = Omit<Selectable<ApiKeySecretTable>, 'key_id'>;

/** A key as it was read, with what was made of it then. */
export interface KnownKey<Made> {
  readonly row: KeyRow;
  readonly secrets: readonly SecretRow[];
  readonly made: Made;
}

export interface BelievedKeys<Made> {
  /** The key, and which of its secrets was presented; `null` when there is no such key, or the secret is none of it. */
  find(presented: PresentedKey): Promise<{ readonly key: KnownKey<Made>; readonly secret: SecretRow } | null>;
  /** Asks the store for this key the next time. */
  forget(id: string): void;
}

/** How long a key is believed without asking the store: revocation takes effect everywhere within this. */
const BELIEVED_MS = 3_000;
/** Compared with when there is no such key, so that the time tells nothing. */
const NO_HASH = Buffer.alloc(32);

interface Read<Made> {
  readonly key: Promise<KnownKey<Made> | null>;
  readonly readAt: number;
}

/** Keys as the store had them a moment ago. @param make what is made once of each row that is read */
export function createBelievedKeys<Made>(
  db: Kysely<GatewayTables>,
  clock: Clock,
  make: (row: KeyRow) => Made,
): BelievedKeys<Made> {
  const believed = new LRUCache<string, Read<Made>>({ max: 10_000 });
  /** Hashes of secrets that no key had when the store was asked; no key will ever get them. */
  const unknown = new LRUCache<string, true>({ max: 10_000 });

  async function ask(id: string): Promise<KnownKey<Made> | null> {
    const rows = await db
      .selectFrom('gateway.api_key as key')
      .innerJoin('gateway.api_key_secret as secret', 'secret.key_id', 'key.id')
      .selectAll('key')
      .select(['secret.hash', 'secret.made_at', 'secret.ends_at'])
      .where('key.id', '=', id)
      .execute();
    const [row] = rows;
    if (row === undefined) return null;
    return { row, secrets: rows.map(({ hash, made_at, ends_at }) => ({ hash, made_at, ends_at })), made: make(row) };
  }

  function read(id: string): Read<Made> {
    const now: Read<Made> = { key: ask(id), readAt: clock.now() };
    believed.set(id, now);
    now.key.catch(() => believed.delete(id)); // a store that was down is asked again
    return now;
  }

  const isFresh = ({ readAt }: Read<Made>): boolean => {
    const age = clock.now() - readAt;
    return age >= 0 && age < BELIEVED_MS;
  };

  return {
    async find({ id, hash }) {
      const earlier = believed.get(id);
      const was = earlier !== undefined && isFresh(earlier) ? earlier : null;
      const key = await (was ?? read(id)).key;
      const secret = secretOf(key, hash);
      if (key !== null && secret !== null) return { key, secret };
      const name = hash.toString('base64');
      if (was === null || unknown.has(name)) {
        unknown.set(name, true);
        return null;
      }
      // What is believed may be older than the key or its second secret: ask once, together with whoever asks meanwhile.
      const later = believed.get(id);
      const again = await (later === undefined || later === was ? read(id) : later).key;
      const found = secretOf(again, hash);
      if (again !== null && found !== null) return { key: again, secret: found };
      unknown.set(name, true);
      return null;
    },
    forget: (id) => void believed.delete(id),
  };
}

/** In constant time for each secret that there is. */
function secretOf(key: KnownKey<unknown> | null, hash: Buffer): SecretRow | null {
  let found: SecretRow | null = null;
  for (const secret of key?.secrets ?? [{ hash: NO_HASH, made_at: new Date(0), ends_at: null }]) {
    if (timingSafeEqual(hash, secret.hash) && key !== null) found = secret;
  }
  return found;
}
