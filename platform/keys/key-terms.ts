import { z } from 'zod';
import { HubError } from '../errors.ts';
import { type ActLimits, type Budget, DATA_CLASSES, type DataClass, type RowScope } from '../principal.ts';
import { isNetwork } from './networks.ts';
import { isScope, SCOPES } from './scopes.ts';

/** All that a key may do, and when and from where; the meaning of each part is told at `Principal`. */
export interface KeyTerms {
  readonly name: string;
  readonly scopes: readonly string[];
  /** System on whose behalf the bearer writes, as in the graph's `System`; null: for none. */
  readonly actsFor: string | null;
  /** null: every customer. */
  readonly rows: RowScope | null;
  readonly unmasked: readonly DataClass[];
  /** null: what the scopes allow. */
  readonly acts: ActLimits | null;
  readonly operations: 'free' | 'registered';
  /** What is not set is as the hub's configuration says at the time. */
  readonly budget: Partial<Budget>;
  /** Addresses and CIDR ranges from which it holds; null: from anywhere. */
  readonly networks: readonly string[] | null;
  /** First instant at which it holds, RFC 3339. */
  readonly notBefore: string;
  /** First instant at which it holds no more; null: never. */
  readonly expiresAt: string | null;
}

/** What is left out is closed, or as the hub's configuration says: no act for a system, nothing unmasked; rows: every customer. */
export type NewKeyTerms = Partial<KeyTerms> & Pick<KeyTerms, 'name' | 'scopes'>;

const SYSTEMS = ['HUB', 'ERP', 'BILLING', 'CRM', 'SUPPORT', 'SUCCESS'] as const;
/** They travel with every call to a subgraph that runs apart. */
const MOST_ROW_VALUES = 500;

const NAME = 'must be a name of 1 to 100 characters';
const INSTANT = 'must be an instant like 2027-01-31T00:00:00Z';
const AMOUNT = 'must be an amount as text that is not negative, like "500.00"';
const scopeNames = `the scopes are ${Object.keys(SCOPES).join(', ')}`;

/** Says of keys that do not belong there what would. */
const only = (what: string, names: readonly string[]) => ({
  error: (issue: { readonly code?: string; readonly keys?: unknown }) =>
    issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)
      ? `unknown ${what} ${issue.keys.join(', ')}; there are ${names.join(', ')}`
      : `must be an object of ${names.join(', ')}`,
});
/** A list in which each text is judged by itself, so that the message can repeat it. */
const listOf = (isOne: (text: string) => boolean, wrong: (text: string) => string, form: string) =>
  z
    .array(z.string(form), form)
    .superRefine((texts, context) => {
      for (const text of texts.filter((one) => !isOne(one))) {
        context.addIssue({ code: 'custom', message: wrong(text) });
      }
    })
    .transform((texts) => [...new Set(texts)]);

const scopes = listOf(
  isScope,
  (text) => `unknown scope ${text}; ${scopeNames}`,
  `must be a list of scopes; ${scopeNames}`,
).refine((list) => list.length > 0, `a key needs at least one scope; ${scopeNames}`);

const ROW_PARTS = ['customers', 'partnerOfRecord', 'regions', 'legalEntities'] as const;
const ids = listOf(
  (text) => /^[\x21-\x7e]{1,64}$/.test(text),
  (text) => `${JSON.stringify(text.slice(0, 80))} must be 1 to 64 printable characters without spaces`,
  'must be a list of ids as text; put numbers in quotes',
).optional();
export const RowsShape = z
  .strictObject(
    { customers: ids, partnerOfRecord: ids, regions: ids, legalEntities: ids },
    only('part', [...ROW_PARTS]),
  )
  .refine((rows) => Object.keys(rows).length > 0, `name one of ${ROW_PARTS.join(', ')}, or null for every customer`)
  .refine(
    (rows) => Object.values(rows).reduce((sum, list) => sum + (list?.length ?? 0), 0) <= MOST_ROW_VALUES,
    `may name at most ${MOST_ROW_VALUES} values in all; limit it by partnerOfRecord, regions or legalEntities instead`,
  );

const classes: readonly string[] = DATA_CLASSES;
export const UnmaskedShape = listOf(
  (text) => classes.includes(text),
  (text) => `unknown class ${text}; the classes are ${classes.join(', ')}`,
  `must be a list of ${classes.join(', ')}`,
).transform((list) => list as DataClass[]); // judged one by one above

export const actsShape = (mutations: readonly string[] | null) =>
  z
    .record(
      z.string(),
      z
        .strictObject(
          {
            upTo: z
              .record(
                z.string().regex(/^[A-Z]{3}$/),
                z.string(AMOUNT).regex(/^\d{1,18}(\.\d{1,6})?$/, AMOUNT),
                'must hold amounts by ISO 4217 code, like { "EUR": "500.00" }',
              )
              .refine((limits) => Object.keys(limits).length > 0, 'name a currency, or leave upTo out for any amount')
              .optional(),
            above: z.enum(['refuse', 'approval'], 'must be refuse or approval').optional(),
          },
          only('limit', ['upTo', 'above']),
        )
        .refine(
          ({ upTo, above }) => above !== 'approval' || upTo !== undefined,
          'above: approval needs upTo, the amounts above which it waits',
        ),
      'must hold mutations by name, like { "submitOrder": {} }',
    )
    .superRefine((acts, context) => {
      for (const name of Object.keys(acts)) {
        if (mutations === null ? /^[a-z]\w{0,99}$/.test(name) : mutations.includes(name)) continue;
        const known = mutations === null ? 'a mutation is named like submitOrder' : `there are ${mutations.join(', ')}`;
        context.addIssue({ code: 'custom', message: `unknown mutation ${name}; ${known}` });
      }
    });

const whole = (most: number) => {
  const says = `must be a whole number from 1 to ${most}`;
  return z.int(says).min(1, says).max(most, says).optional();
};
export const BudgetShape = z.strictObject(
  {
    costPerMinute: whole(1_000_000_000),
    requestsPerMinute: whole(10_000_000),
    concurrency: whole(1_000),
    maxCost: whole(10_000_000),
  },
  only('limit', ['costPerMinute', 'requestsPerMinute', 'concurrency', 'maxCost']),
);

/** What keys and the roles of tokens have in common. */
export const rightsShape = (mutations: readonly string[] | null) => ({
  scopes,
  actsFor: z
    .enum(SYSTEMS, `must be one of ${SYSTEMS.join(', ')}, or null for none`)
    .nullable()
    .default(null),
  unmasked: UnmaskedShape.default([]),
  acts: actsShape(mutations).nullable().default(null),
  operations: z.enum(['free', 'registered'], 'must be free or registered').default('free'),
  budget: BudgetShape.default({}),
});

const instant = z
  .string(INSTANT)
  .refine((text) => /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text)), INSTANT)
  .transform((text) => new Date(text).toISOString());

const shape = (mutations: readonly string[] | null) => {
  const fields = {
    name: z.string(NAME).trim().min(1, NAME).max(100, NAME),
    ...rightsShape(mutations),
    rows: RowsShape.nullable().default(null),
    networks: listOf(
      isNetwork,
      (text) =>
        `${JSON.stringify(text.slice(0, 80))} is no address or range; write 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32`,
      'must be a list of addresses or ranges, or null for anywhere',
    )
      .refine((list) => list.length > 0, 'an empty list would shut the key out; use null for anywhere')
      .refine((list) => list.length <= 100, 'may hold at most 100 ranges')
      .nullable()
      .default(null),
    notBefore: instant,
    expiresAt: instant.nullable().default(null),
  };
  return z.strictObject(fields, only('field', Object.keys(fields)));
};

/**
 * Judges what a key shall be. @param mutations names that `acts` may hold; null: not known here, only their form is judged
 * @throws INVALID with every problem at once, each beginning with the field
 */
export function checkedTerms(given: unknown, about: { now: number; mutations: readonly string[] | null }): KeyTerms {
  const dated =
    typeof given === 'object' && given !== null ? { notBefore: new Date(about.now).toISOString(), ...given } : given;
  const read = shape(about.mutations).safeParse(dated);
  if (!read.success) throw invalid(read.error.issues.map(({ path, message }) => [path.join('.') || 'key', message]));
  const terms = read.data;
  const until = terms.expiresAt === null ? null : Date.parse(terms.expiresAt);
  if (until !== null && until <= Math.max(Date.parse(terms.notBefore), about.now)) {
    throw invalid([['expiresAt', 'must be after the key begins to hold, and in the future; to end a key, revoke it']]);
  }
  return terms;
}

function invalid(problems: readonly (readonly [string, string])[]): HubError {
  const told = problems.map(([field, message]) => `${field}: ${message}`);
  return new HubError('INVALID', told.join('\n'), { field: problems[0]?.[0] ?? 'key' });
}
