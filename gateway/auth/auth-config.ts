import { ConfigError, type Environment, readAll } from '../../platform/config.ts';
import { standardBudget } from '../../platform/keys/standard-budget.ts';
import type { Budget } from '../../platform/principal.ts';
import { readTrustedProxies, type TrustedProxies } from './client-address.ts';
import { readTokenIssuers, type TokenIssuer } from './token-issuers.ts';

export interface AuthConfig {
  /** For keys and roles that bring none of their own. */
  readonly budget: Budget;
  /** Whose `x-forwarded-for` is believed. Default: nobody's. */
  readonly trustedProxies: TrustedProxies;
  /** Whose tokens are taken. Default: nobody's. */
  readonly issuers: readonly TokenIssuer[];
}

/**
 * Reads what callers may do unless their credential says otherwise, and whose tokens are taken.
 * @param mutations names that `acts` of a role may hold; null: not known here
 * @throws ConfigError with every problem at once, those of the file that `AUTH_TOKENS` names as well
 */
export function authConfig(env: Environment, mutations: readonly string[] | null = null): AuthConfig {
  const { budget, trustedProxies, issuers } = readAll({
    budget: () => standardBudget(env),
    trustedProxies: () => trustedBy(env.TRUSTED_PROXIES || '0'),
    issuers: () => (env.AUTH_TOKENS ? readTokenIssuers(env.AUTH_TOKENS, mutations) : []),
  });
  return Object.freeze({
    budget,
    trustedProxies,
    issuers,
  });
}

function trustedBy(text: string): TrustedProxies {
  const trusted = readTrustedProxies(text);
  if (trusted !== null) return trusted;
  throw new ConfigError([
    'TRUSTED_PROXIES: must be the number of proxies before the hub, like 1, or their addresses and ranges, like 10.0.0.0/8',
  ]);
}
