import type { Logger } from '../log.ts';
import { type EmbeddedOptions, openEmbedded, startEmbedded } from './embedded/embedded.ts';
import { checkExternal } from './external.ts';

export interface DatabaseOptions extends EmbeddedOptions {
  /** The hub's data directory (`HUB_DATA_DIR`); the embedded database lies in its folder `postgres`. */
  readonly dataDir: string;
  /** A PostgreSQL that is already there; null or absent: the embedded one. */
  readonly databaseUrl?: string | null;
  readonly log: Logger;
}

export interface Database {
  /** Holds the password: not for logs. */
  readonly url: string;
  /** Ends the embedded server. Close pools before. */
  close(): Promise<void>;
}

/** The hub's database: the given one once it was seen to answer, else the embedded one, for this process alone. */
export function startDatabase(options: DatabaseOptions): Promise<Database> {
  return options.databaseUrl ? checkExternal(options.databaseUrl) : startEmbedded(options);
}

/** The hub's database for a short command, also while a hub runs on it. */
export function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.databaseUrl ? checkExternal(options.databaseUrl) : openEmbedded(options);
}
