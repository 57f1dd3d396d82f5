import { importPKCS8, SignJWT } from 'jose';
import type { Clock } from '../../../../platform/clock.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { HttpClient } from '../../../../platform/http/client.ts';
import type { NetSuiteConfig } from './config.ts';
import { failureOf, jsonOf, parsed, SYSTEM } from './failures.ts';
import { Token } from './wire.ts';

const PATH = '/services/rest/auth/oauth2/v1/token';
/** A token is renewed this long before it ends, so that none ends on its way. */
const MARGIN_MS = 60_000;

/** Access tokens of the OAuth 2.0 client credentials flow (M2M). */
export interface Tokens {
  /** A token that still holds; many callers share one request for it. @throws CREDENTIAL, UNAVAILABLE, TIMEOUT */
  current(correlationId: string): Promise<string>;
  /** Drops the token that was refused, unless it was replaced meanwhile. */
  refused(token: string): void;
}

export function createTokens(config: NetSuiteConfig, http: HttpClient, clock: Clock): Tokens {
  let held: { token: string; endsAt: number } | undefined;
  let coming: Promise<string> | undefined;

  async function assertion(): Promise<string> {
    const now = Math.floor(clock.now() / 1_000);
    const key = await importPKCS8(config.privateKey, 'PS256');
    return new SignJWT({ scope: ['rest_webservices'] })
      .setProtectedHeader({ alg: 'PS256', typ: 'JWT', kid: config.certificateId })
      .setIssuer(config.clientId)
      .setAudience(config.baseUrl + PATH)
      .setIssuedAt(now)
      .setExpirationTime(now + 300)
      .sign(key);
  }

  async function request(correlationId: string): Promise<string> {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion(),
    });
    const response = await http.send(
      {
        method: 'POST',
        path: PATH,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: body.toString(),
      },
      // Shared by many requests: the client's own timeout ends it, not the first caller that leaves.
      { correlationId, signal: new AbortController().signal },
    );
    if (response.status === 400) {
      throw new HubError('CREDENTIAL', 'ERP does not accept the credential that the hub was given', { system: SYSTEM });
    }
    if (response.status !== 200) throw failureOf(response, { write: false });
    const answer = parsed(Token, jsonOf(response));
    held = { token: answer.access_token, endsAt: clock.now() + answer.expires_in * 1_000 };
    return answer.access_token;
  }

  return {
    async current(correlationId) {
      if (held && clock.now() < held.endsAt - MARGIN_MS) return held.token;
      coming ??= request(correlationId).finally(() => {
        coming = undefined;
      });
      return coming;
    },
    refused(token) {
      if (held?.token === token) held = undefined;
    },
  };
}
