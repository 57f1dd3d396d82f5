import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parseDocument } from 'yaml';
import { HubError } from '../../platform/errors.ts';
import { SCOPES } from '../../platform/keys/scopes.ts';
import { type Budget, DATA_CLASSES } from '../../platform/principal.ts';

/** What the flags of `create` and `update` say; what is not given is not there. */
export interface TermsFlags {
  readonly from?: string;
  readonly name?: string;
  readonly scopes?: string;
  readonly actsFor?: string;
  readonly rows?: readonly string[];
  readonly unmasked?: string;
  readonly act?: readonly string[];
  readonly operations?: string;
  readonly costPerMinute?: string;
  readonly requestsPerMinute?: string;
  readonly concurrency?: string;
  readonly maxCost?: string;
  readonly networks?: string;
  readonly notBefore?: string;
  readonly expires?: string;
}

/** Terms as they were written, to be judged by the key store. */
export type WrittenTerms = Readonly<Record<string, unknown>>;

const SCOPE_LINES = Object.entries(SCOPES).map(([scope, meaning]) => `  ${scope.padEnd(19)} ${meaning}`);
const BUDGET = ['costPerMinute', 'requestsPerMinute', 'concurrency', 'maxCost'] as const satisfies (keyof Budget)[];

const several = (text: string, earlier: readonly string[] = []): readonly string[] => [...earlier, text];

/** Adds the flags that say what a key may do. */
export const withTermsFlags = (command: Command): Command =>
  command
    .option('--from <file>', 'a YAML or JSON file with the same fields; flags win over it')
    .option('--name <name>', 'who will bear it')
    .option('--scopes <scopes>', 'what it may do, with commas between')
    .option('--acts-for <system>', 'system for which it writes: HUB, ERP, BILLING, CRM, SUPPORT or SUCCESS; or none')
    .option(
      '--rows <part=ids>',
      'customers it may see, like partnerOfRecord=P-7,P-8; again for each part; or all',
      several,
    )
    .option('--unmasked <classes>', `classes shown in full, of ${DATA_CLASSES.join(', ')}; or none`)
    .option(
      '--act <mutation>',
      'mutation it may run, like submitOrder or issueCredit:EUR=500.00, with ,above=approval where more waits for a second person; again for each; or any',
      several,
    )
    .option('--operations <mode>', 'free, or registered for the safelist alone')
    .option('--requests-per-minute <n>', 'or default, like the next three')
    .option('--cost-per-minute <points>', 'static cost in any minute')
    .option('--concurrency <n>', 'calls in flight at once')
    .option('--max-cost <points>', 'static cost of one operation')
    .option('--networks <ranges>', 'addresses and CIDR ranges from which it holds, with commas between; or any')
    .option('--not-before <instant>', 'first instant at which it holds, like 2027-01-31T00:00:00Z')
    .option(
      '--expires <instant>',
      'first instant at which it holds no more; a day means its beginning in UTC; or never',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', `\nScopes:\n${SCOPE_LINES.join('\n')}`);

/**
 * The terms that flags and file give. @param budget parts that stay where the flags name others
 * @throws INVALID where a flag cannot be read
 */
export function writtenTerms(flags: TermsFlags, budget: Partial<Budget> = {}): WrittenTerms {
  const said: Record<string, unknown> = flags.from === undefined ? {} : contentOf(flags.from);
  const { name, scopes, actsFor, rows, unmasked, act, operations, networks, notBefore, expires } = flags;
  if (name !== undefined) said.name = name;
  if (scopes !== undefined) said.scopes = listOf(scopes);
  if (actsFor !== undefined) said.actsFor = actsFor === 'none' ? null : actsFor.toUpperCase();
  if (rows !== undefined) said.rows = rows.includes('all') ? null : Object.fromEntries(rows.map(rowPart));
  if (unmasked !== undefined) said.unmasked = unmasked === 'none' ? [] : listOf(unmasked.toUpperCase());
  if (act !== undefined) said.acts = act.includes('any') ? null : Object.fromEntries(act.map(actLimit));
  if (operations !== undefined) said.operations = operations;
  if (networks !== undefined) said.networks = networks === 'any' ? null : listOf(networks);
  if (notBefore !== undefined) said.notBefore = notBefore;
  if (expires !== undefined) said.expiresAt = expires === 'never' ? null : expires;
  const named = BUDGET.filter((part) => flags[part] !== undefined);
  if (named.length > 0) {
    const kept = typeof said.budget === 'object' && said.budget !== null ? said.budget : budget;
    const given = named.map((part) => [part, flags[part] === 'default' ? undefined : Number(flags[part])]);
    const all = Object.entries({ ...kept, ...Object.fromEntries(given) });
    said.budget = Object.fromEntries(all.filter(([, value]) => value !== undefined));
  }
  return said;
}

const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** `partnerOfRecord=P-7,P-8`; with nothing after it: no customer at all. */
function rowPart(text: string): [part: string, ids: readonly string[]] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at).trim(), listOf(text.slice(at + 1))];
  throw invalid('rows', `${text}: write a part and its ids, like partnerOfRecord=P-7,P-8, or all`);
}

/** `submitOrder`, or `issueCredit:EUR=500.00,USD=600`, with `,above=approval` where more waits for a second person. */
function actLimit(text: string): [mutation: string, limit: object] {
  const [mutation = '', ...rest] = text.split(':');
  if (rest.length === 0) return [mutation.trim(), {}];
  const limits = listOf(rest.join(':')).map((limit) => limit.split('=').map((part) => part.trim()));
  if (limits.length > 0 && limits.every((limit) => limit.length === 2)) {
    const { above, ...upTo } = Object.fromEntries(limits);
    return [mutation.trim(), { upTo, ...(above === undefined ? {} : { above }) }];
  }
  throw invalid('acts', `${text}: write a mutation and its limits, like issueCredit:EUR=500.00`);
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `24h`, `30m`, `7d`, `0` in milliseconds. @throws INVALID */
export function readSpan(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (text === '0') return 0;
  if (count === undefined || unit === undefined) throw invalid('overlap', 'write a span like 24h, 30m or 7d, or 0');
  return Number(count) * UNITS[unit as keyof typeof UNITS]; // the expression takes no other letter
}

function contentOf(path: string): Record<string, unknown> {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid('from', `${path} cannot be read (${String((error as { code?: unknown }).code)})`); // of node:fs
  }
  const document = parseDocument(source, { prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw invalid('from', `${path}: line ${source.slice(0, broken.pos[0]).split('\n').length}: ${broken.message}`);
  }
  const content: unknown = document.toJS();
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return { ...content };
  throw invalid('from', `${path}: must hold the fields of a key, like name: and scopes:`);
}

const invalid = (field: string, message: string): HubError =>
  new HubError('INVALID', `${field}: ${message}`, { field });
