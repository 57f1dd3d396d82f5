import { createHash, createHmac, generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { importSPKI, jwtVerify } from 'jose';
import { isReplay } from '../core/replay.ts';
import type { VendorContext } from '../core/vendor.ts';
import { invalidLogin } from './problem.ts';

export const TOKEN_PATH = '/services/rest/auth/oauth2/v1/token';
const TOKEN_SECONDS = 3_600;

/** Like an integration record with an M2M mapping: the private key goes to the client, the certificate to NetSuite. */
export function createCredentials(random: () => string): Record<string, string> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 3072, // NetSuite takes 3072 and 4096
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { account: 'TSTDRV2026', clientId: random(), certificateId: random(), privateKey, publicKey };
}

/**
 * `POST …/token`: client credentials with a JWT assertion (sections 162755359851 and 162790605110). The token carries its
 * own end, signed, so that it outlives a restart of the sandbox as it would one of the vendor's servers.
 */
export function tokenRoute(app: FastifyInstance, { credentials, clock }: VendorContext): void {
  app.post(TOKEN_PATH, async (request, reply) => {
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const refuse = (error: string) => reply.code(error === 'invalid_client' ? 401 : 400).send({ error });
    if (form.get('grant_type') !== 'client_credentials') return refuse('unsupported_grant_type');
    if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') {
      return refuse('invalid_request');
    }
    try {
      const key = await importSPKI(credentials.publicKey ?? '', 'PS256');
      const { payload, protectedHeader } = await jwtVerify(form.get('client_assertion') ?? '', key, {
        algorithms: ['PS256'],
        issuer: credentials.clientId ?? '',
        audience: [
          `http://${request.host}${TOKEN_PATH}`,
          `https://${credentials.account?.toLowerCase()}.suitetalk.api.netsuite.com${TOKEN_PATH}`,
        ],
        requiredClaims: ['exp', 'iat', 'scope'],
        currentDate: new Date(clock.now()),
        clockTolerance: 5,
      });
      const life = (payload.exp ?? 0) - (payload.iat ?? 0);
      if (protectedHeader.kid !== credentials.certificateId || life > 3_600) return refuse('invalid_client');
      if (![payload.scope].flat().includes('rest_webservices')) return refuse('invalid_scope');
    } catch {
      return refuse('invalid_client');
    }
    const endsAt = Math.floor(clock.now() / 1_000) + TOKEN_SECONDS;
    return { access_token: sealed(credentials, endsAt), expires_in: String(TOKEN_SECONDS), token_type: 'bearer' };
  });
}

/** Throws 401 unless the bearer token is one of ours and has not ended. */
export function requireBearer(request: FastifyRequest, { credentials, clock }: VendorContext): void {
  if (isReplay(request)) return;
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const endsAt = Number(token.split('.')[0]);
  if (!Number.isSafeInteger(endsAt) || endsAt * 1_000 <= clock.now()) throw invalidLogin();
  if (!same(token, sealed(credentials, endsAt))) throw invalidLogin();
}

function sealed(credentials: Readonly<Record<string, string>>, endsAt: number): string {
  const secret = createHash('sha256')
    .update(credentials.privateKey ?? '')
    .digest();
  return `${endsAt}.${createHmac('sha256', secret).update(String(endsAt)).digest('base64url')}`;
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
