import { createHash } from 'node:crypto';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { importPKCS8, SignJWT } from 'jose';
import { type Clock, day, fixedClock } from '../../../platform/clock.ts';
import type { LedgerEntry } from '../../../sandbox/core/vendor.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import { createCredentials } from '../../../sandbox/netsuite/access.ts';
import { createNetSuite } from '../../../sandbox/netsuite/vendor.ts';

export const TOKEN = '/services/rest/auth/oauth2/v1/token';
export const SUITEQL = '/services/rest/query/v1/suiteql';
export const ORDER = '/services/rest/record/v1/salesOrder';

/** The vendor alone, as the first client of an account meets it: without the sandbox's core around it. */
export async function account(options: { customers?: number; concurrentRequests?: number } = {}) {
  const { customers = 60, concurrentRequests = 25 } = options;
  const clock: Clock & { advance(ms: number): void } = fixedClock('2026-11-20T10:00:00Z');
  const world = createWorld({ seed: 1, size: customers, today: day(clock) });
  let secrets = 0;
  const credentials = createCredentials(() => createHash('sha256').update(String(++secrets)).digest('base64url'));
  const ledger: LedgerEntry[] = [];
  const context = {
    world,
    clock,
    credentials,
    record: (entry: LedgerEntry) => void ledger.push(entry),
    emit: () => {},
  };
  const vendor = createNetSuite(context, { concurrentRequests });
  const app: FastifyInstance = Fastify({ forceCloseConnections: true });
  vendor.routes(app);
  await app.ready();

  const assertion = async (changes: { claims?: object; header?: object; key?: string } = {}) => {
    const now = Math.floor(clock.now() / 1_000);
    const claims = {
      iss: credentials.clientId,
      aud: `https://tstdrv2026.suitetalk.api.netsuite.com${TOKEN}`,
      scope: ['rest_webservices'],
      iat: now,
      exp: now + 300,
      ...changes.claims,
    };
    const header = { alg: 'PS256', typ: 'JWT', kid: credentials.certificateId ?? '', ...changes.header };
    return new SignJWT(claims)
      .setProtectedHeader(header)
      .sign(await importPKCS8(changes.key ?? credentials.privateKey ?? '', header.alg));
  };
  const tokenFor = (client_assertion: string, form: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: TOKEN,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion,
        ...form,
      }).toString(),
    });
  const bearer: string = (await tokenFor(await assertion())).json().access_token;
  const send = (request: InjectOptions) =>
    app.inject({ ...request, headers: { authorization: `Bearer ${bearer}`, ...request.headers } });
  const query = (q: string, search = '', headers: Record<string, string> = { prefer: 'transient' }) =>
    send({ method: 'POST', url: SUITEQL + search, headers, payload: { q } });
  return { app, clock, world, credentials, ledger, vendor, bearer, assertion, tokenFor, send, query };
}

export type Account = Awaited<ReturnType<typeof account>>;
