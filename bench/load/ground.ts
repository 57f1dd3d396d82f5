import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../platform/db/database.ts';
import { silentLog } from '../../platform/log.ts';
import type { VendorName } from '../../sandbox/core/vendor.ts';
import { createWorld } from '../../sandbox/data/generate.ts';
import type { World } from '../../sandbox/data/world.ts';
import { freePort } from '../../test/support/free-port.ts';
import { eventually, type HubProcess, type KeyName, startProcess, temporaryFolder } from '../../test/support/hub.ts';
import { type Client, createClient } from './client.ts';
import { createVendors, type Vendors } from './vendors.ts';

export interface GroundOptions {
  /** Size of the sandbox's company. */
  readonly customers: number;
  /** Of each call to a vendor. Default 20. */
  readonly latencyMs?: number;
  /** Of the hub, beside what every ground has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A hub as a user runs it, in a process of its own, over a sandbox in another: neither's work is taken for the other's. */
export interface Ground {
  readonly world: World;
  readonly client: Client;
  readonly vendors: Vendors;
  /** Of the hub. Its database runs below it. */
  readonly pid: number;
  /** Of the hub's own database. */
  readonly databaseUrl: string;
  /** The hub's process lives. */
  alive(): boolean;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Most requests that the hub may have in flight at each vendor. NetSuite's default of 5 is for an account without more; the
 * sandbox's grants 25. The others are the hub's defaults.
 */
export const CAPS = { netsuite: 20, stripe: 20, salesforce: 32, zendesk: 32 } as const satisfies Record<
  VendorName,
  number
>;

/** The load comes from a few keys, which is not what their budgets are for. */
const ROOM = {
  HUB_KEY_COST_PER_MINUTE: '1000000000',
  HUB_KEY_REQUESTS_PER_MINUTE: '10000000',
  HUB_KEY_CONCURRENCY: '1000',
  // Asks vendors for changes beside the requests that are counted; a case of it says otherwise.
  HUB_POLL: 'off',
  NETSUITE_CONCURRENCY: String(CAPS.netsuite),
  STRIPE_CONCURRENCY: String(CAPS.stripe),
};
/** Thousands of customers, on a machine that may be busy. */
const START_WITHIN_MS = 300_000;
/** As `npm start` sets them. */
const NODE_FLAGS = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { scripts: { start: string } }
).scripts.start
  .split(' ')
  .filter((word) => word.startsWith('--'));

/** Starts both; the hub knows every customer when it is there. */
export async function startGround({ customers, latencyMs = 20, env = {} }: GroundOptions): Promise<Ground> {
  await using starting = new AsyncDisposableStack();
  const folder = temporaryFolder();
  starting.defer(() => folder.remove());
  const sandboxFile = join(folder.path, 'sandbox.json');
  const sandbox = startProcess('sandbox/main.ts', {}, [
    ...['--customers', String(customers), '--latency', String(latencyMs)],
    ...['--file', sandboxFile, '--no-journal'],
  ]);
  starting.defer(async () => void (await sandbox.end()));
  const { url, environment } = await startedSandbox(sandboxFile, sandbox);

  const port = await freePort();
  const settings = {
    ...environment,
    ...ROOM,
    ...env,
    PORT: String(port),
    HUB_DATA_DIR: folder.path,
    LOG_LEVEL: 'error',
  };
  const hub = startProcess('hub.ts', settings, [], NODE_FLAGS);
  starting.defer(async () => void (await hub.end()));
  await isReady(`http://127.0.0.1:${port}/readyz`, hub);
  const keys = JSON.parse(readFileSync(join(folder.path, 'demo-keys.json'), 'utf8')) as Record<KeyName, string>; // the hub wrote it
  const client = createClient(`http://127.0.0.1:${port}`, keys);
  starting.defer(() => client.close());
  const world = createWorld({ seed: 1, size: customers, today: new Date().toISOString().slice(0, 10) });

  const { url: databaseUrl } = await openDatabase({ dataDir: folder.path, log: silentLog }); // the hub runs on it: nothing is opened
  const opened = starting.move();
  return {
    world,
    client,
    vendors: createVendors(url.control),
    pid: hub.child.pid ?? 0,
    databaseUrl,
    alive: () => hub.child.exitCode === null && hub.child.signalCode === null,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

interface SandboxFile {
  readonly url: { readonly control: string };
  readonly environment: Readonly<Record<string, string>>;
}

/** The sandbox writes its file when it listens. */
const startedSandbox = (file: string, { child, output }: HubProcess): Promise<SandboxFile> =>
  eventually(
    `the sandbox has started\n${output()}`,
    async () => {
      if (child.exitCode !== null) throw new Error(`the sandbox ended with ${child.exitCode}:\n${output()}`);
      return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as SandboxFile); // written in one go
    },
    60_000,
  );

/** A hub takes the whole company into its register before it is ready. */
const isReady = (url: string, { child, output }: HubProcess): Promise<boolean> =>
  eventually(
    'the hub is ready',
    async () => {
      if (child.exitCode !== null) throw new Error(`the hub ended with ${child.exitCode}:\n${output()}`);
      const answer = await fetch(url).catch(() => null);
      await answer?.body?.cancel();
      return answer?.ok === true;
    },
    START_WITHIN_MS,
  );
