import { z } from 'zod';
import type { Fault } from '../start.ts';
import { VENDOR_NAMES } from './vendor.ts';

const KINDS = [
  'latency',
  'refuse',
  'hang',
  'drip',
  'status',
  'cut-body',
  'wrong-content-type',
  'huge-body',
  'shape-change',
  'apply-then-time-out',
  'time-out-without-applying',
] as const satisfies readonly Fault['kind'][];

const oneOf = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, `must be one of ${names.join(', ')}`);
const whole = (min: number, max: number) => {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int(rule).min(min, rule).max(max, rule);
};
const text = (what: string) => z.string(`must be ${what}`);

export const VendorInput = oneOf(VENDOR_NAMES);

export const FaultInput = z
  .strictObject({
    vendor: VendorInput,
    kind: oneOf(KINDS),
    match: text('a regular expression on `METHOD /path`')
      .max(500, 'must have at most 500 characters')
      .refine(isPattern, 'must be a regular expression on `METHOD /path`, such as ^POST /v1/subscriptions')
      .optional(),
    count: whole(1, 1_000_000).optional(),
    share: z
      .number('must be a number from 0 to 1')
      .min(0, 'must be from 0 to 1')
      .max(1, 'must be from 0 to 1')
      .optional(),
    ms: whole(0, 600_000).optional(),
    status: whole(200, 599).optional(),
    retryAfter: text('seconds or an HTTP date')
      .regex(/^[\x20-\x7e]+$/, 'must be seconds or an HTTP date')
      .optional(),
    body: text('text').optional(),
    contentType: text('a media type')
      .regex(/^[\x20-\x7e]+$/, 'must be a media type, such as text/html')
      .optional(),
    field: text('the name of a field, or a path such as data.0.amount').optional(),
  })
  .refine(({ kind, status }) => kind !== 'status' || status !== undefined, {
    path: ['status'],
    error: 'is required for the kind status: a whole number from 200 to 599',
  });

/** `since`: only calls after the one with this sequence number. */
export const CallsInput = z.strictObject({
  vendor: VendorInput.optional(),
  since: z.string().regex(/^\d+$/, 'must be a sequence number').transform(Number).default(0),
});

export const LatencyInput = z
  .strictObject({ minMs: whole(0, 60_000), maxMs: whole(0, 60_000) })
  .refine(({ minMs, maxMs }) => minMs <= maxMs, { path: ['maxMs'], error: 'must not be below minMs' });

export const EditInput = z.strictObject({
  vendor: VendorInput,
  record: text('the kind of record, as the vendor names it'),
  id: text('the id of the record'),
  set: z.record(z.string(), z.unknown(), 'must be an object of fields').optional(),
  remove: z.boolean('must be true or false').optional(),
  copy: z.boolean('must be true or false').optional(),
});

export const WebhookInput = z.strictObject({
  vendor: VendorInput,
  url: z.url({
    protocol: /^https?$/,
    error: 'must be an http or https URL, like http://127.0.0.1:4000/webhooks/stripe',
  }),
});

/** Every problem with the input, each with the field's name first; `whole` names the input itself. */
export const problemsOf = (error: z.ZodError, whole = 'body'): string[] =>
  error.issues.map((issue) => `${issue.path.join('.') || whole}: ${sentence(issue)}`);

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `knows no ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_type' && issue.path.length === 0) return 'must be a JSON object';
  return issue.message;
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false; // what is wrong is said by the rule that calls this
  }
}
