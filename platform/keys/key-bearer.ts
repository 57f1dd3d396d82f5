import { type Budget, type Principal, principalOf } from '../principal.ts';
import type { KeyRow, SecretRow } from './believed-keys.ts';
import { termsOf } from './key-row.ts';
import { type Networks, networksOf } from './networks.ts';

/** Who bears a key, and from where it holds. */
export interface Bearer {
  readonly principal: Principal;
  /** null: from anywhere. */
  readonly networks: Networks | null;
}

/** @param standard for what the key's own budget leaves open */
export const bearerOf = (row: KeyRow, standard: Budget): Bearer => {
  const { name, scopes, actsFor, rows, unmasked, acts, operations, budget, networks } = termsOf(row);
  return {
    principal: principalOf({
      ...{ id: row.id, name, scopes, actsFor, rows, unmasked, acts, operations },
      budget: { ...standard, ...budget },
    }),
    networks: networks === null ? null : networksOf(networks),
  };
};

/** From `notBefore` on, and before `expiresAt`. */
export const isInForce = (row: KeyRow, now: number): boolean =>
  row.revoked_at === null &&
  row.not_before.getTime() <= now &&
  (row.expires_at === null || now < row.expires_at.getTime());

/** And before the secret was rotated away. */
export const holds = (row: KeyRow, secret: SecretRow, now: number): boolean =>
  isInForce(row, now) && (secret.ends_at === null || now < secret.ends_at.getTime());
