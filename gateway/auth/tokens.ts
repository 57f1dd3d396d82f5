import { type CryptoKey, decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock } from '../../platform/clock.ts';
import { HubError } from '../../platform/errors.ts';
import { ForbiddenCaller } from '../../platform/keys/verdict.ts';
import type { Logger } from '../../platform/log.ts';
import { type Budget, DEFAULT_BUDGET, type Principal, principalOf, type RowScope } from '../../platform/principal.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import type { TokenIssuer, TokenRole } from './token-issuers.ts';

export interface Tokens {
  /**
   * Who bears the access token; `null` when it does not hold.
   * @throws ForbiddenCaller for one that holds and carries no role of this hub; UNAVAILABLE when the issuer's keys cannot be had
   */
  verify(token: string): Promise<Principal | null>;
}

export interface TokensOptions {
  readonly issuers: readonly TokenIssuer[];
  readonly clock: Clock;
  readonly log: Logger;
  /** For what a role's own budget leaves open. Default: `DEFAULT_BUDGET`. */
  readonly budget?: Budget;
}

interface KnownIssuer {
  readonly issuer: TokenIssuer;
  readonly keys: JWTVerifyGetKey<CryptoKey>;
}

/** Access tokens of OAuth 2 and OpenID Connect issuers, judged here by the issuers' public keys (RFC 9068, RFC 8725). */
export function createTokens({ issuers, clock, log, budget = DEFAULT_BUDGET }: TokensOptions): Tokens {
  const byIssuer = new Map<string, KnownIssuer>(
    issuers.map((issuer) => [issuer.issuer, { issuer, keys: createIssuerKeys({ url: issuer.jwksUrl, clock, log }) }]),
  );

  async function claimsOf({ issuer, keys }: KnownIssuer, token: string): Promise<JWTPayload | null> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: [...issuer.algorithms],
        issuer: issuer.issuer,
        audience: [...issuer.audience],
        clockTolerance: issuer.leewaySeconds,
        currentDate: new Date(clock.now()),
        requiredClaims: ['exp', 'sub'],
        ...(issuer.typed ? { typ: 'at+jwt' } : {}),
      });
      return payload;
    } catch (error) {
      if (error instanceof HubError) throw error;
      if (!(error instanceof errors.JOSEError))
        log.warn({ err: error, issuer: issuer.name }, 'a token could not be judged');
      return null;
    }
  }

  return {
    async verify(token) {
      const known = byIssuer.get(issuerOf(token));
      const claims = known === undefined ? null : await claimsOf(known, token);
      if (known === undefined || claims === null || !/^[\x21-\x7e]{1,200}$/.test(claims.sub ?? '')) return null;
      const { issuer } = known;
      const id = `${issuer.name}:${claims.sub}`;
      const carried = textsIn(claims, issuer.rolesClaim);
      const role = issuer.roles.find(({ role: name }) => name === '*' || carried.includes(name));
      if (role === undefined) throw new ForbiddenCaller(id, 'NO_ROLE');
      const granted = issuer.scopeClaim === null ? null : textsIn(claims, issuer.scopeClaim);
      return principalOf({
        id,
        kind: 'USER',
        name: (textsIn(claims, issuer.nameClaim, false)[0] ?? id).slice(0, 100),
        scopes: granted === null ? role.scopes : role.scopes.filter((scope) => granted.includes(scope)),
        actsFor: role.actsFor,
        rows: rowsOf(role, claims),
        unmasked: role.unmasked,
        acts: role.acts,
        operations: role.operations,
        budget: { ...budget, ...role.budget },
      });
    },
  };
}

/** Who says to have made the token; not believed before the signature was judged with that issuer's keys. */
function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    return ''; // no token at all, and nobody's
  }
}

/** A claim that is missing, or of another kind than text, opens nothing. */
function rowsOf({ rows }: TokenRole, claims: JWTPayload): RowScope | null {
  if (rows === 'all') return null;
  return Object.fromEntries(
    Object.entries(rows).flatMap(([part, values]) =>
      values === undefined ? [] : [[part, Array.isArray(values) ? values : textsIn(claims, values.claim, false)]],
    ),
  );
}

/** The texts of a claim: a list of them, or one, which may hold several with spaces between (as `scope` does). */
function textsIn(claims: JWTPayload, path: string, spaced = true): readonly string[] {
  let value: unknown = claims;
  for (const part of path.split('.')) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, part) ? Reflect.get(value, part) : undefined;
  }
  // A claim whose own name has dots, like an address, is one name.
  if (value === undefined && Object.hasOwn(claims, path)) value = claims[path];
  if (typeof value === 'string') return spaced ? value.split(' ').filter((one) => one !== '') : [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
