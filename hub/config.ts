import { z } from 'zod';
import { ConfigError, type Environment, intBetween, readConfig } from '../platform/config.ts';
import { SETTINGS } from '../platform/settings.ts';
import { VENDOR_NAMES, type VendorName } from '../sandbox/core/vendor.ts';

/** What `hub.ts` reads beside the gateway's and the connectors' own variables; README, "Configuration". */
const Shape = z.object({
  HUB_DATA_DIR: z.string().default('.hub'),
  DATABASE_URL: SETTINGS.databaseUrl.optional(),
  REDIS_URL: SETTINGS.redisUrl.optional(),
  HUB_EXECUTOR_ID: SETTINGS.executorId.default('hub'),
  LOG_LEVEL: SETTINGS.logLevel.default('warn'),
  HUB_SANDBOX: z.enum(['on', 'off'], 'must be on or off').default('on'),
  HUB_SANDBOX_CUSTOMERS: intBetween(1, 1_000_000).default(500),
  HUB_SANDBOX_LATENCY_MS: z
    .string()
    .regex(/^\d{1,5}(-\d{1,5})?$/, 'must be milliseconds, like 50, or a range of them, like 20-60')
    .default('20-60')
    .transform((text) => {
      const [minMs = 0, maxMs = minMs] = text.split('-').map(Number);
      return { minMs, maxMs };
    }),
});

export type HubConfig = Readonly<z.infer<typeof Shape>>;

/** @throws ConfigError with every problem at once */
export function readHubConfig(env: Environment, played: readonly VendorName[]): HubConfig {
  const config = readConfig(Shape, env);
  if (config.HUB_SANDBOX === 'on' || played.length === 0) return config;
  throw new ConfigError(
    played.map(
      (vendor) =>
        `${vendor.toUpperCase()}_*: is required while HUB_SANDBOX=off; see the vendor's README under subgraphs/*/connectors/`,
    ),
  );
}

/** The variable that names the system of the domain in which each vendor of the sandbox plays. */
const DOMAIN = { netsuite: 'ERP', stripe: 'BILLING', salesforce: 'CRM', zendesk: 'SUPPORT' } as const satisfies Record<
  VendorName,
  string
>;

/**
 * Vendors that the sandbox plays: those whose domain names no other system, and of which the environment says nothing. One
 * variable of a vendor is enough to mean the real one.
 */
export function sandboxedVendors(env: Environment): readonly VendorName[] {
  const named = Object.keys(env).filter((name) => env[name]);
  return VENDOR_NAMES.filter((vendor) => {
    const chosen = env[DOMAIN[vendor]] || vendor;
    return (
      chosen === vendor &&
      !env[`${DOMAIN[vendor]}_INSTANCES`] &&
      !named.some((name) => name.startsWith(`${vendor.toUpperCase()}_`))
    );
  });
}

/** The environment with the sandbox's variables for the vendors that it plays. */
export function withSandbox(env: Environment, sandbox: Environment, vendors: readonly VendorName[]): Environment {
  const played = Object.entries(sandbox).filter(([name]) =>
    vendors.some((vendor) => name.startsWith(`${vendor.toUpperCase()}_`)),
  );
  return { ...env, ...Object.fromEntries(played) };
}
