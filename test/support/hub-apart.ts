import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { systemClock } from '../../platform/clock.ts';
import { createKeyStore, migrateKeys } from '../../platform/keys/key-store.ts';
import { ROLES } from '../../platform/keys/scopes.ts';
import { startSandbox } from '../../sandbox/start.ts';
import { closeBeforeDatabase, testDatabase } from './database.ts';
import { freePort } from './free-port.ts';
import {
  askHub,
  type HubProcess,
  type KeyName,
  QUIET,
  ready,
  startProcess,
  TEST_CUSTOMERS,
  type TestHub,
} from './hub.ts';
import { startRedis } from './redis.ts';

/** A hub of many processes. */
export type HubApart = TestHub & { readonly services: readonly string[]; close(): Promise<void> };

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
}

const COMPOSE_FILE = new URL('../../docker-compose.yml', import.meta.url);

/** Services of docker-compose.yml that run a file of ours, the demo's sandbox left out: the test brings its own. */
export function servicesOfCompose(): Readonly<
  Record<string, { file: string; environment: Readonly<Record<string, string>> }>
> {
  const { services } = parse(readFileSync(COMPOSE_FILE, 'utf8'), { merge: true }) as {
    services: Record<string, Service>;
  }; // the repository's own file
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, { command, environment = {}, profiles }]) => {
      const file = command?.[0] === 'node' ? command[1] : undefined;
      return file !== undefined && profiles === undefined ? [[name, { file, environment }]] : [];
    }),
  );
}

/** The value of an environment entry, as Compose fills it in: `${NAME:?why}` and `${NAME:-default}`. */
function filledIn(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([A-Z_]+):([?-])([^}]*)\}/g, (_all, name: string, kind: string, rest: string) => {
    const value = variables[name] ?? (kind === '-' ? rest : undefined);
    if (value === undefined) throw new Error(`docker-compose.yml demands ${name}: ${rest}`);
    return value;
  });
}

/**
 * Every service of docker-compose.yml as a process of its own on loopback, over a PostgreSQL and a Redis that are none of
 * them: what the file says in its environment is what they get, with host names turned into loopback ports.
 */
export async function startHubApart(): Promise<HubApart> {
  const closing = new AsyncDisposableStack();
  closeBeforeDatabase(() => closing.disposeAsync());
  try {
    return await start(closing);
  } catch (error) {
    await closing.disposeAsync(); // what did start must not outlive the test
    throw error;
  }
}

async function start(closing: AsyncDisposableStack): Promise<HubApart> {
  const sandbox = await startSandbox({ customers: TEST_CUSTOMERS, latency: { minMs: 0, maxMs: 0 } });
  closing.defer(() => sandbox.close());
  const redis = await startRedis();
  closing.defer(() => redis.close());
  const database = await testDatabase();

  const services = servicesOfCompose();
  const ports = Object.fromEntries(
    await Promise.all(Object.keys(services).map(async (name) => [name, await freePort()] as const)),
  );
  const variables = {
    ...sandbox.environment,
    HUB_SUBGRAPH_SECRET: 'a secret of this test run only',
    ...QUIET,
    POSTGRES_PASSWORD: 'unused',
    EVENTS_SECRETS_KEY: 'another secret of this test run only',
    EVENTS_ALLOW_NETWORKS: '127.0.0.0/8',
  };
  const onLoopback = (text: string): string =>
    filledIn(text, variables)
      .replace(/^postgres:\/\/.*$/, database.url)
      .replace('redis://redis:6379', redis.url)
      .replace(/^http:\/\/([a-z]+):4000/, (_all, name: string) => `http://127.0.0.1:${ports[name]}`);

  const processes: HubProcess[] = [];
  closing.defer(async () => {
    await Promise.all(processes.map((one) => one.end('SIGTERM')));
  });
  await Promise.all(
    Object.entries(services).map(async ([name, { file, environment }]) => {
      const given = Object.entries(environment).map(([key, value]) => [key, onLoopback(String(value))]);
      const starting = startProcess(file, {
        ...Object.fromEntries(given),
        HOST: '127.0.0.1',
        PORT: String(ports[name]),
        LOG_LEVEL: 'warn',
      });
      processes.push(starting);
      await ready(`http://127.0.0.1:${ports[name]}/readyz`, starting);
    }),
  );

  await migrateKeys(database.db);
  const store = createKeyStore(database.db, systemClock);
  const keys = Object.fromEntries(
    await Promise.all(
      (Object.keys(ROLES) as KeyName[]).map(
        async (name) => [name, (await store.create({ name, ...ROLES[name] })).key] as const,
      ), // a constant record
    ),
  ) as Record<KeyName, string>;

  const url = `http://127.0.0.1:${ports.gateway}`;
  return {
    url,
    sandbox,
    services: Object.keys(services),
    ask: (query, variablesOf, key = 'operator', extensions) => askHub(url, keys[key], query, variablesOf, extensions),
    close: () => closing.disposeAsync(),
  };
}
