import { join } from 'node:path';
import type { Environment } from '../platform/config.ts';
import type { VendorName } from '../sandbox/core/vendor.ts';
import { type HubConfig, withSandbox } from './config.ts';

export interface Vendors {
  /** The given one, and the sandbox's for the vendors that it plays. */
  readonly env: Environment;
  /** Has the sandbox send its vendors' webhooks to the hub. */
  tell(hubUrl: string): Promise<void>;
}

/** Starts the sandbox for the vendors that nobody configured. */
export async function startVendors(
  env: Environment,
  config: HubConfig,
  played: readonly VendorName[],
  opened: AsyncDisposableStack,
): Promise<Vendors> {
  if (played.length === 0) return { env, tell: async () => {} };
  const { startKeptSandbox } = await import('../sandbox/start.ts'); // where all vendors are real it is not even loaded
  const sandbox = await startKeptSandbox(join(config.HUB_DATA_DIR, 'sandbox.json'), {
    customers: config.HUB_SANDBOX_CUSTOMERS,
    latency: config.HUB_SANDBOX_LATENCY_MS,
    journalFile: join(config.HUB_DATA_DIR, 'sandbox-journal.ndjson'),
  });
  opened.defer(() => sandbox.close());
  return {
    env: withSandbox(env, sandbox.environment, played),
    async tell(hubUrl) {
      for (const vendor of played) {
        const answer = await fetch(`${sandbox.url.control}/webhooks`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ vendor, url: `${hubUrl}/webhooks/${vendor}` }),
        });
        if (!answer.ok)
          throw new Error(`the sandbox answered ${answer.status} when it was to send webhooks of ${vendor}`);
      }
    },
  };
}
