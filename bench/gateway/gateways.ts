import { join } from 'node:path';
import { keysAndPolicy } from './setups/keys-and-policy.ts';
import type { SubgraphUrls } from './subgraphs/subgraphs.ts';

/** How one gateway is started. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files that it reads from its working directory, a fresh folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly path?: string;
}

export interface Ground {
  /** The file of the composed graph. */
  readonly supergraph: string;
  readonly urls: SubgraphUrls;
  /** The schema of each subgraph as text. */
  readonly schemas: Readonly<Record<string, string>>;
  readonly port: number;
}

/** What has to run beside a gateway, and what the gateway gets from it. */
export interface Surroundings {
  /** In place of the ground's. */
  readonly supergraph: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A thing to measure. A new set-up is a new entry of the list below. */
export interface Gateway {
  readonly name: string;
  /** One line for the reader of the results. */
  readonly about: string;
  /** Left out unless `--only` names it. */
  readonly onRequest?: true;
  /** Not a gateway: its answers are not compared. */
  readonly floor?: true;
  /** Comes from peers/, which is installed before. */
  readonly peer?: true;
  /** Not a Node process. */
  readonly native?: true;
  /** Sent with each request, a key of the caller for example. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Started before it, and ended after it; none of it is measured. */
  readonly surroundings?: (ground: Omit<Ground, 'port'>) => Promise<Surroundings>;
  command(ground: Ground): Command;
}

/** For every Node process that is measured but ours. */
export const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=64'] as const;

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');
export const PEERS = join(HERE, 'peers');
const GRAFBASE = join(PEERS, 'node_modules/@grafbase/cli-x86_64-unknown-linux-musl/grafbase');

/** As in package.json, script `gateway`: less memory, at no CPU that could be measured. */
export const OUR_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=16',
  '--heap-growing-percent=25',
] as const;

const node = (file: string, ...args: readonly string[]): Command => ({
  file: process.execPath,
  args: [...NODE_FLAGS, file, ...args],
});

const ours =
  (...flags: readonly string[]) =>
  ({ supergraph, port }: Ground): Command => ({
    file: process.execPath,
    args: [...OUR_FLAGS, join(ROOT, 'gateway/main.ts'), '--supergraph', supergraph, '--port', String(port), ...flags],
    env: { LOG_LEVEL: 'warn' },
  });

const hive =
  (env: Readonly<Record<string, string>>) =>
  ({ supergraph, port }: Ground): Command => ({
    ...node(
      join(PEERS, 'node_modules/@graphql-hive/gateway/dist/bin.js'),
      ...['supergraph', supergraph, '--port', String(port), '--host', '127.0.0.1', '--fork', '1', '--polling', '10m'],
      ...['--config-path', join(PEERS, 'hive.config.js')],
    ),
    env: { LOG_LEVEL: 'error', ...env },
  });

export const GATEWAYS: readonly Gateway[] = [
  { name: 'ours', about: 'npm run gateway, --no-auth', command: ours('--no-auth') },
  {
    name: 'ours-auth',
    about: 'npm run gateway with keys, scopes, policies and masks on',
    onRequest: true,
    surroundings: keysAndPolicy,
    command: ours(),
  },
  {
    name: 'apollo',
    about: '@apollo/gateway, @apollo/server startStandaloneServer',
    command: ({ supergraph, port }) => node(join(HERE, 'setups/apollo.ts'), supergraph, String(port)),
  },
  {
    name: 'apollo-default-flags',
    about: 'apollo, with the flags that Node has by itself',
    onRequest: true,
    command: ({ supergraph, port }) => ({
      file: process.execPath,
      args: [join(HERE, 'setups/apollo.ts'), supergraph, String(port)],
    }),
  },
  {
    name: 'hive',
    about: '@graphql-hive/gateway with the Rust planner of @graphql-hive/router-runtime',
    peer: true,
    command: hive({}),
  },
  {
    name: 'hive-sharing',
    about: 'hive, and inboundInflightRequestDeduplication on',
    peer: true,
    onRequest: true,
    command: hive({ SHARE_REQUESTS: 'yes' }),
  },
  {
    name: 'grafbase',
    about: 'grafbase dev, the Rust binary of its npm package',
    peer: true,
    native: true,
    command: ({ urls, schemas, port }) => ({
      file: GRAFBASE,
      args: ['dev', '--port', String(port), '--config', 'grafbase.toml'],
      files: {
        'grafbase.toml': Object.entries(urls)
          .map(([name, url]) => `[subgraphs.${name}]\nurl = "${url}"\nschema_path = "${name}.graphql"\n`)
          .join('\n'),
        ...Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [`${name}.graphql`, schema])),
      },
    }),
  },
  {
    name: 'floor',
    about:
      'plain node:http and undici: the same upstream calls at once, parsed, and their texts sent; no plan, no join',
    floor: true,
    command: ({ urls, port }) =>
      node(join(HERE, 'setups/floor.ts'), String(port), ...Object.entries(urls).map(([name, url]) => `${name}=${url}`)),
  },
];
