/** Runs the gateway apart from its subgraphs: the hub's own over signed HTTP, or those of any supergraph (`--supergraph`). */
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DocumentNode, parse } from 'graphql';
import { z } from 'zod';
import { systemClock } from '../platform/clock.ts';
import { type Environment, httpUrl, readAll, readConfig } from '../platform/config.ts';
import { runUntilStopped } from '../platform/lifecycle.ts';
import { createLog, type Logger } from '../platform/log.ts';
import { SETTINGS } from '../platform/settings.ts';
import { authConfig } from './auth/auth-config.ts';
import { type GatewayConfig, gatewayConfig } from './config.ts';
import { subgraphsOf, systemsOf } from './execution/supergraph.ts';
import { Flights } from './execution/transports/flights.ts';
import { overHttp } from './execution/transports/http.ts';
import { plainHttp } from './execution/transports/plain-http.ts';
import { createGateway } from './gateway.ts';
import type { Transports } from './generation.ts';
import { checkReach, readLogLevel, readSubgraphLimits, withFlags } from './standalone/config.ts';
import { startCrew } from './standalone/crew.ts';
import { joinCrew } from './standalone/crew-member.ts';
import { type Flags, readFlags } from './standalone/flags.ts';
import { followSupergraph } from './standalone/follow.ts';
import { sourceOf } from './standalone/source.ts';
import { subgraphUrls, urlVariable } from './standalone/subgraph-urls.ts';

/** The hub's own graph. */
const SUPERGRAPH = fileURLToPath(new URL('../schema/supergraph.graphql', import.meta.url));

/** What the gateway needs beside its limits, by what it serves. */
interface Surroundings {
  /** Forms of scalars that are known of the graph; absent: those of the hub's own. */
  readonly scalars?: Readonly<Record<string, unknown>>;
  readonly waysTo: (config: GatewayConfig, log: Logger) => (supergraph: DocumentNode) => Transports;
  /** Whether its changes are journaled in that database, for subscriptions. */
  readonly live: boolean;
  /** Keeps the keys; null: nobody is asked for one. */
  readonly databaseUrl: string | null;
}

const Database = z.object({ DATABASE_URL: SETTINGS.databaseUrl });
const Secret = z.object({ HUB_SUBGRAPH_SECRET: SETTINGS.subgraphSecret });

/** Where each of the hub's subgraphs is. @throws ConfigError naming every variable that is missing or wrong */
function readUrls(supergraph: DocumentNode, env: Environment): readonly (readonly [subgraph: string, url: string])[] {
  const names = subgraphsOf(supergraph);
  const shape = z.object(Object.fromEntries(names.map((name) => [urlVariable(name), httpUrl])));
  const read: Record<string, unknown> = readConfig(shape, env);
  return names.map((name) => [name, String(read[urlVariable(name)])]);
}

function ownGraph(env: Environment): Surroundings {
  const { own, secret } = readAll({
    own: () => readConfig(Database, env),
    secret: () => readConfig(Secret, env).HUB_SUBGRAPH_SECRET,
    urls: () => readUrls(parse(readFileSync(SUPERGRAPH, 'utf8')), env),
  });
  return {
    databaseUrl: own.DATABASE_URL,
    live: true,
    waysTo: (_config, log) => (supergraph) => {
      const system = systemsOf(supergraph);
      const flights = new Flights();
      return Object.fromEntries(
        readUrls(supergraph, env).map(([subgraph, url]) => [
          subgraph,
          overHttp({ subgraph, system: system(subgraph), url, secret, flights, clock: systemClock, log }),
        ]),
      );
    },
  };
}

function foreignGraph(flags: Flags, env: Environment): Surroundings {
  const { databaseUrl, limits } = readAll({
    databaseUrl: () => (flags.auth ? readConfig(Database, env).DATABASE_URL : null),
    limits: () => readSubgraphLimits(env),
  });
  return {
    databaseUrl,
    live: false,
    scalars: {},
    waysTo: (config, log) => (supergraph) => {
      const system = systemsOf(supergraph);
      const about = { ...limits, showErrors: config.development, flights: new Flights(), log };
      return Object.fromEntries(
        [...subgraphUrls(supergraph, env)].map(([subgraph, url]) => [
          subgraph,
          plainHttp({ ...about, subgraph, system: system(subgraph), url }),
        ]),
      );
    },
  };
}

/** @throws ConfigError with every problem of flags, then of the environment */
function readSettings(given: Environment) {
  const flags = readFlags(process.argv.slice(2));
  const env = withFlags(given, flags);
  const read = readAll({
    config: () => gatewayConfig(env),
    auth: () => authConfig(env),
    level: () => readLogLevel(env),
    around: () => (flags.supergraph === null ? ownGraph(env) : foreignGraph(flags, env)),
    reach: () => checkReach(flags, env),
  });
  return { ...read, flags };
}

await runUntilStopped(async (env, opened) => {
  let look = (): void => {};
  process.on('SIGHUP', () => look()); // without a listener it would end the process, from the first moment on
  const { flags, config, auth, level, around } = readSettings(env);
  const log = createLog('gateway', level);
  const follow = async (take: (supergraphSdl: string) => Promise<void>): Promise<void> => {
    const source = sourceOf(flags.supergraph ?? SUPERGRAPH);
    const pollMs = flags.pollSeconds === null ? null : flags.pollSeconds * 1_000;
    const following = await followSupergraph({ source, pollMs, take, log });
    opened.defer(() => following.close());
    look = () => void following.look();
  };

  if (flags.workers > 1 && cluster.isPrimary) {
    const crew = startCrew({ workers: flags.workers, log });
    opened.defer(() => crew.close());
    await Promise.race([follow((supergraphSdl) => crew.take(supergraphSdl)), crew.failed]);
    await Promise.race([crew.open(), crew.failed]);
    log.info({ workers: flags.workers }, 'The workers listen');
    return;
  }
  const { databaseUrl, live } = around;
  // Loaded only where callers are asked for a key: the database's client takes memory.
  const door =
    databaseUrl === null
      ? { authenticate: null }
      : await (await import('./auth/open-door.ts')).openDoor(
          { databaseUrl, redisUrl: config.redisUrl, config: auth, live },
          log,
          opened,
        );
  const gateway = await createGateway({
    supergraphSdl: null,
    transports: around.waysTo(config, log),
    ...(around.scalars === undefined ? {} : { scalars: around.scalars }),
    forwardHeaders: flags.forwardHeaders,
    config,
    log,
    ...door,
  });
  opened.defer(() => gateway.close());
  const listen = async (): Promise<void> => {
    const { url } = await gateway.listen();
    log.info({ url }, 'The gateway listens');
  };
  if (cluster.isWorker) {
    await joinCrew({ take: (supergraphSdl) => gateway.update(supergraphSdl), open: listen });
  } else {
    await listen();
    await follow((supergraphSdl) => gateway.update(supergraphSdl));
  }
});
