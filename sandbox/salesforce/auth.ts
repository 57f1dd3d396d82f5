import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long an access token is good for, as a session setting of the org. */
const SESSION_MS = 2 * 60 * 60 * 1000;

const ORGANIZATION = '00DQ80000004CONMA2';

/** The run-as user of the hub's external client app. */
export const INTEGRATION_USER = '005Q80000004CONIA2';

export interface OAuthAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

/**
 * Tokens of the client-credentials flow ("OAuth 2.0 Client Credentials Flow for Server-to-Server Integration"). A token
 * carries the time of its issue under a signature, so that one issued before a restart is still good after it.
 */
export class Sessions {
  readonly #clientId: string;
  readonly #clientSecret: string;
  readonly #revoked = new Set<string>();

  constructor(credentials: { readonly clientId: string; readonly clientSecret: string }) {
    this.#clientId = credentials.clientId;
    this.#clientSecret = credentials.clientSecret;
  }

  issue(form: URLSearchParams, instanceUrl: string, nowMs: number): OAuthAnswer {
    const wrong = (error: string, error_description: string) => ({ status: 400, body: { error, error_description } });
    if (form.get('grant_type') !== 'client_credentials')
      return wrong('unsupported_grant_type', 'grant type not supported');
    if (form.get('client_id') !== this.#clientId) return wrong('invalid_client_id', 'client identifier invalid');
    if (!same(form.get('client_secret') ?? '', this.#clientSecret))
      return wrong('invalid_client', 'invalid client credentials');
    const id = `${instanceUrl}/id/${ORGANIZATION}/${INTEGRATION_USER}`;
    return {
      status: 200,
      body: {
        access_token: `${ORGANIZATION.slice(0, 15)}!${nowMs}.${this.#sign(String(nowMs))}`,
        signature: createHmac('sha256', this.#clientSecret).update(`${id}${nowMs}`).digest('base64'),
        scope: 'api',
        instance_url: instanceUrl,
        id,
        token_type: 'Bearer',
        issued_at: String(nowMs),
      },
    };
  }

  revoke(token: string): void {
    this.#revoked.add(token);
  }

  accepts(authorization: string | undefined, nowMs: number): boolean {
    const token = /^(?:Bearer|OAuth) (.+)$/i.exec(authorization ?? '')?.[1] ?? '';
    const match = /^[^!]+!(\d+)\.(.+)$/.exec(token);
    if (!match || this.#revoked.has(token)) return false;
    const [, issuedAt = '', signature = ''] = match;
    return same(signature, this.#sign(issuedAt)) && nowMs < Number(issuedAt) + SESSION_MS;
  }

  #sign(issuedAt: string): string {
    return createHmac('sha256', this.#clientSecret).update(`access-token ${issuedAt}`).digest('base64url');
  }
}

function same(given: string, known: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(known)];
  return a.length === b.length && timingSafeEqual(a, b);
}
