import { z } from 'zod';
import { type ActLimits, type Budget, DATA_CLASSES, type Principal, type RowScope } from '../principal.ts';

/** Header in which the gateway tells a subgraph for whom it asks; covered by the signature. */
export const CALL_HEADER = 'x-concord-call';

/**
 * Version of what the header says. It stands before the text, so that a subgraph of another version cannot read the rest by
 * mistake: one that overlooked a row scope would show every customer.
 */
const VERSION = 2;

/** What of a `Call` travels: the signal itself cannot, its deadline can. */
export interface SentCall {
  readonly correlationId: string;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  readonly principal: Principal;
}

const texts = z.array(z.string()).readonly();
const Rows: z.ZodType<RowScope> = z.strictObject({
  customers: texts.optional(),
  partnerOfRecord: texts.optional(),
  regions: texts.optional(),
  legalEntities: texts.optional(),
});
const Acts: z.ZodType<ActLimits> = z.record(
  z.string(),
  z.strictObject({
    upTo: z.record(z.string(), z.string()).optional(),
    above: z.enum(['refuse', 'approval']).optional(),
  }),
);
const Allowed: z.ZodType<Budget> = z.strictObject({
  costPerMinute: z.number(),
  requestsPerMinute: z.number(),
  concurrency: z.number(),
  maxCost: z.number(),
});

/** Strict: a right or a limit that this subgraph does not know must not be dropped in silence. */
const SentCall: z.ZodType<SentCall> = z.strictObject({
  correlationId: z.string().min(1).max(128),
  deadlineAt: z.number().int().positive(),
  principal: z.strictObject({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['KEY', 'USER', 'HUB']),
    scopes: texts,
    actsFor: z.string().nullable(),
    rows: Rows.nullable(),
    unmasked: z.array(z.enum(DATA_CLASSES)).readonly(),
    acts: Acts.nullable(),
    operations: z.enum(['free', 'registered']),
    budget: Allowed,
  }),
});

/** A principal is one object for as long as its credential is believed, and is sent with every fetch. */
const written = new WeakMap<Principal, string>();

function principalJson(principal: Principal): string {
  const known = written.get(principal);
  if (known !== undefined) return known;
  const { id, name, kind, scopes, actsFor, rows, unmasked, acts, operations, budget } = principal;
  const json = JSON.stringify({ id, name, kind, scopes, actsFor, rows, unmasked, acts, operations, budget });
  written.set(principal, json);
  return json;
}

/** `<version>.<base64url of JSON>`, so that a name with any letters fits a header. */
export function encodeCall({ correlationId, deadlineAt, principal }: SentCall): string {
  const json = `{"correlationId":${JSON.stringify(correlationId)},"deadlineAt":${deadlineAt},"principal":${principalJson(principal)}}`;
  return `${VERSION}.${Buffer.from(json).toString('base64url')}`;
}

/** undefined where the text is not what `encodeCall` writes, in this version. */
export function decodeCall(header: string): SentCall | undefined {
  const [, version, text = ''] = /^(\d{1,4})\.([\w-]+)$/.exec(header) ?? [];
  if (Number(version) !== VERSION) return undefined;
  try {
    return SentCall.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    return undefined; // whoever signed it wrote something else: the caller of this answers 401
  }
}

/** Why a signed call cannot be read, when it is of another version; null: it is not. Version 1 had no number before it. */
export function versionProblem(header: string): string | null {
  const version = /^(\d{1,4})\./.exec(header)?.[1] ?? (header.startsWith('eyJ') ? '1' : null);
  if (version === null || Number(version) === VERSION) return null;
  return `The gateway writes version ${version} of the call header, this subgraph reads ${VERSION}: run both from the same release`;
}
