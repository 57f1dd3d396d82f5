import { readFileSync } from 'node:fs';
import type { Environment } from '../../platform/config.ts';
import { createKeyStore, type KeyStore, migrateKeys } from '../../platform/keys/key-store.ts';
import { mutationsOf } from '../../platform/keys/mutations.ts';
import { createLog } from '../../platform/log.ts';
import { withDatabase } from './with-database.ts';

const supergraph = (): string => readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8');

/** Runs one piece of work on the hub's keys, whether the hub runs or not. */
export const withKeyStore = <T>(env: Environment, work: (store: KeyStore) => Promise<T>): Promise<T> =>
  withDatabase(env, async (db, clock) => {
    await migrateKeys(db);
    return work(
      createKeyStore(db, clock, { log: createLog('hub-command', 'warn'), mutations: mutationsOf(supergraph()) }),
    );
  });
