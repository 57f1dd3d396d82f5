import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, SignJWT } from 'jose';
import { temporaryFolder } from './hub.ts';

/** Signs access tokens for a hub that trusts it. */
export interface TestIssuer {
  /** For `AUTH_TOKENS`. */
  readonly settingsFile: string;
  token(role: string): Promise<string>;
  close(): Promise<void>;
}

const ISSUER = 'https://id.example/realms/concord';
const AUDIENCE = 'concord';

/** An issuer with its keys on loopback. @param roles as in the file that `AUTH_TOKENS` names */
export async function issuerFor(roles: readonly object[]): Promise<TestIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const header = { kid: 'test', alg: 'EdDSA', typ: 'at+jwt' };
  const jwk = { ...(await exportJWK(publicKey)), kid: header.kid, alg: header.alg, use: 'sig' };
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on TCP
  const folder = temporaryFolder();
  const settingsFile = join(folder.path, 'tokens.json');
  const jwksUrl = `http://127.0.0.1:${port}/jwks`;
  const issuer = { name: 'test', issuer: ISSUER, jwksUrl, audience: AUDIENCE, rolesClaim: 'roles', roles };
  writeFileSync(settingsFile, JSON.stringify({ issuers: [issuer] }));
  return {
    settingsFile,
    token: (role) =>
      new SignJWT({ roles: [role] })
        .setProtectedHeader(header)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject('somebody')
        .setIssuedAt()
        .setExpirationTime('10m')
        .sign(privateKey),
    close: async () => {
      server.close();
      server.closeAllConnections();
      folder.remove();
    },
  };
}
