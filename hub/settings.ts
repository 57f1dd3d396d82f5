import { eventSettings } from '../events/settings.ts';
import { authConfig } from '../gateway/auth/auth-config.ts';
import { gatewayConfig } from '../gateway/config.ts';
import { cacheLife } from '../platform/cache/life.ts';
import { systemClock } from '../platform/clock.ts';
import { type Environment, readAll } from '../platform/config.ts';
import { mutationsOf } from '../platform/keys/mutations.ts';
import { silentLog } from '../platform/log.ts';
import type { VendorName } from '../sandbox/core/vendor.ts';
import { approvalRules } from '../subgraphs/process/approvals/approval-rules.ts';
import { systemConnectors } from '../subgraphs/process/connect.ts';
import { engineRules } from '../subgraphs/process/engine-rules.ts';
import { usageRules } from '../subgraphs/process/usage/usage-rules.ts';
import { readHubConfig, sandboxedVendors } from './config.ts';

/** The whole environment is judged before anything starts. @throws ConfigError with every problem */
export function readSettings(env: Environment, supergraphSdl: string) {
  const played = sandboxedVendors(env);
  const connectors = systemConnectors(env, { clock: systemClock, log: silentLog, cache: null });
  const real = (vendor: VendorName, connect: () => unknown) => (played.includes(vendor) ? () => null : connect);
  const { config, gateway, auth, approvals, rules, usage, life, events } = readAll({
    config: () => readHubConfig(env, played),
    gateway: () => gatewayConfig(env),
    approvals: () => approvalRules(env),
    events: () => eventSettings(env, systemClock),
    rules: () => engineRules(env),
    usage: () => usageRules(env),
    life: () => cacheLife(env),
    auth: () => authConfig(env, mutationsOf(supergraphSdl)),
    erp: real('netsuite', connectors.erp),
    billing: real('stripe', connectors.billing),
    crm: real('salesforce', connectors.crm),
    support: real('zendesk', connectors.support),
  });
  return { config, gateway, auth, approvals, rules, usage, life, events, played };
}
