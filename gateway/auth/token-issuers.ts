import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { ConfigError } from '../../platform/config.ts';
import { RowsShape, rightsShape } from '../../platform/keys/key-terms.ts';

/** Signatures that are taken: none with a shared secret, and no `none`. */
export const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

const MOST_LEEWAY_SECONDS = 60;

const claim = z
  .string('must be the name of a claim, with dots between the parts of a path, like realm_access.roles')
  .regex(/^[^\s.]+(\.[^\s.]+)*$/, 'must be the name of a claim, with dots between the parts of a path');
const text = (says: string) => z.string(says).min(1, says);

/** The keys of an issuer must come from who they are said to come from. */
const jwksUrl = z.url('must be the https address of the issuer’s keys (JWKS)').refine((address) => {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && /^(127\.0\.0\.1|localhost|\[::1\])$/.test(hostname));
}, 'must be https; http is taken on loopback only');

const fromClaim = z.strictObject({ claim }, 'must be a list of ids, or { claim: … }');
const rowValues = z
  .union([fromClaim, z.array(z.string())], 'must be a list of ids as text, or { claim: … }')
  .optional();
const rows = z
  .union(
    [
      z.literal('all'),
      z.strictObject({
        customers: rowValues,
        partnerOfRecord: rowValues,
        regions: rowValues,
        legalEntities: rowValues,
      }),
    ],
    'must be all, or hold customers, partnerOfRecord, regions or legalEntities, each a list of ids or { claim: … }',
  )
  .superRefine((given, context) => {
    if (given === 'all') return;
    const listed = Object.fromEntries(
      Object.entries(given).map(([part, values]) => [part, Array.isArray(values) ? values : []]),
    );
    for (const { path, message } of RowsShape.safeParse(listed).error?.issues ?? []) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

const roleShape = (mutations: readonly string[] | null) =>
  z.strictObject({
    /** As the token names it; `*`: any token of this issuer. */
    role: text('is required: the role as the token names it, or * for any token of this issuer'),
    ...rightsShape(mutations),
    /** Required, so that nobody sees every customer because a line was forgotten. */
    rows,
  });

const issuerShape = (mutations: readonly string[] | null) =>
  z.strictObject({
    name: z
      .string('must be a short name; it stands before the subject in ids')
      .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 small letters, digits and dashes'),
    issuer: text('is required: the iss of its tokens'),
    jwksUrl,
    audience: z
      .union([text('is required'), z.array(text('must be a text')).min(1)], 'is required: the aud that names this hub')
      .transform((one) => (typeof one === 'string' ? [one] : one)),
    algorithms: z
      .array(z.enum(ALGORITHMS, `must be of ${ALGORITHMS.join(', ')}`))
      .min(1, `name at least one of ${ALGORITHMS.join(', ')}`)
      .default([...ALGORITHMS]),
    /** Whether its access tokens say `typ: at+jwt` (RFC 9068); then nothing else is taken for one. */
    typed: z.boolean('must be true or false').default(true),
    leewaySeconds: z
      .int(`must be a whole number from 0 to ${MOST_LEEWAY_SECONDS}`)
      .min(0)
      .max(MOST_LEEWAY_SECONDS, `must be at most ${MOST_LEEWAY_SECONDS}`)
      .default(30),
    nameClaim: claim.default('name'),
    rolesClaim: claim,
    /** Where it is set, a token may do only what its role and this claim both name. */
    scopeClaim: claim.nullable().default(null),
    /** The first that a token carries is the whole of what it may do. */
    roles: z.array(roleShape(mutations)).min(1, 'name at least one role, or no token of this issuer is of use'),
  });

export type TokenIssuer = z.infer<ReturnType<typeof issuerShape>>;
export type TokenRole = TokenIssuer['roles'][number];

/**
 * Reads the YAML or JSON file that `AUTH_TOKENS` names: whose tokens are taken, and what each role may do.
 * @param mutations names that `acts` may hold; null: not known here
 * @throws ConfigError with every problem of it at once
 */
export function readTokenIssuers(path: string, mutations: readonly string[] | null): readonly TokenIssuer[] {
  const shape = z.strictObject({ issuers: z.array(issuerShape(mutations), 'must be a list of issuers').min(1) });
  const read = shape.safeParse(contentOf(path) ?? {});
  if (!read.success) {
    throw new ConfigError(
      read.error.issues.map((issue) => `AUTH_TOKENS: ${path}: ${issue.path.join('.') || 'the file'}: ${issue.message}`),
    );
  }
  const { issuers } = read.data;
  const twice = (['name', 'issuer'] as const).flatMap((field) =>
    issuers
      .filter((one, at) => issuers.findIndex((other) => other[field] === one[field]) !== at)
      .map((one) => one[field]),
  );
  if (twice.length > 0)
    throw new ConfigError(twice.map((what) => `AUTH_TOKENS: ${path}: issuers: ${what} stands there twice`));
  return issuers;
}

function contentOf(path: string): unknown {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError([`AUTH_TOKENS: ${path} cannot be read (${String((error as { code?: unknown }).code)})`]); // of node:fs
  }
  const document = parseDocument(source, { prettyErrors: false });
  const lineOf = (at: number): number => source.slice(0, at).split('\n').length;
  const broken = document.errors.map(
    ({ message, pos: [at] }) => `AUTH_TOKENS: ${path}: line ${lineOf(at)}: ${message}`,
  );
  if (broken.length > 0) throw new ConfigError(broken);
  return document.toJS();
}
