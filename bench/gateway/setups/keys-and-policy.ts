import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../platform/clock.ts';
import { startDatabase } from '../../../platform/db/database.ts';
import { createDb } from '../../../platform/db/db.ts';
import { createKeyStore, migrateKeys } from '../../../platform/keys/key-store.ts';
import { silentLog } from '../../../platform/log.ts';
import type { Ground, Surroundings } from '../gateways.ts';
import { SUBGRAPHS } from '../subgraphs/subgraphs.ts';
import { composeSupergraph } from '../subgraphs/supergraph.ts';

/**
 * What the graph asks of the caller: scopes on a type and on fields that are asked for, and on one that this caller may not
 * see; a policy; a mask. Nobody asks for what is denied or masked: the answers stay those of the other set-ups.
 */
const ASKED: readonly [written: string, asks: string][] = [
  [
    'name: String\n      username: String @shareable',
    'name: String @requiresScopes(scopes: [["customer:read"]])\n      username: String @shareable',
  ],
  [
    'birthday: Int',
    'birthday: Int @requiresScopes(scopes: [["finance:read"]])\n      mail: String @data(class: PERSONAL, mask: EMAIL)',
  ],
  ['body: String', 'body: String @policy(policies: [["readers"]])'],
  [
    'inStock: Boolean',
    'inStock: Boolean @requiresScopes(scopes: [["catalogue:read", "order:read"], ["catalogue:read"]])',
  ],
];
const SPECS = `
    @link(url: "https://concord.example/governance/v1.0", import: ["@data"]) @federation__composeDirective(name: "@data")
    directive @data(class: DataClass!, mask: Mask) on FIELD_DEFINITION | OBJECT
    enum DataClass { PUBLIC PERSONAL }
    enum Mask { EMAIL }
`;

const governed = (typeDefs: string): string =>
  ASKED.reduce((text, [written, asks]) => text.replace(written, asks), typeDefs)
    .replace('federation/v2.3", import: [', 'federation/v2.9", import: ["@requiresScopes", "@policy", ')
    .replace(/(import: \[[^\]]*\]\))\n/, `$1${SPECS}`);

/** A PostgreSQL of its own with one key in it, and the same graph with rights on it. Ends all of it with `stop`. */
export async function keysAndPolicy({ urls }: Pick<Ground, 'urls'>): Promise<Surroundings> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-keys-'));
  chmodSync(folder, 0o755); // run by root, the server's user must get in
  const database = await startDatabase({ dataDir: join(folder, 'database'), log: silentLog, durable: false });
  const stop = async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const db = createDb(database.url, { max: 2 });
    await migrateKeys(db);
    const { key } = await createKeyStore(db, systemClock).create({
      name: 'bench',
      scopes: ['customer:read', 'catalogue:read'],
      budget: { requestsPerMinute: 10_000_000, costPerMinute: 1_000_000_000, concurrency: 1_000, maxCost: 10_000_000 },
    });
    await db.destroy();
    const policies = join(folder, 'policies.yaml');
    writeFileSync(policies, 'readers: [customer:read]\n');
    const supergraph = join(folder, 'supergraph.graphql');
    const parts = Object.entries(SUBGRAPHS).map(([name, { typeDefs }]) => [name, governed(typeDefs)] as const);
    writeFileSync(supergraph, composeSupergraph(urls, Object.fromEntries(parts)));
    return {
      supergraph,
      headers: { authorization: `Bearer ${key}` },
      env: { DATABASE_URL: database.url, HUB_POLICIES: policies },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
