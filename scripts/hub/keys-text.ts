import type { TermsChange } from '../../platform/keys/key-changes.ts';
import type { ApiKey } from '../../platform/keys/key-store.ts';
import { SCOPES } from '../../platform/keys/scopes.ts';

/** What can be said of a key at this moment. */
function state({ revokedAt, expiresAt, notBefore }: ApiKey, now = new Date().toISOString()): string {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt !== null && expiresAt <= now) return 'expired';
  return notBefore > now ? 'not yet valid' : 'valid';
}

/** One key, a line for each of its parts. */
export function described(key: ApiKey): string {
  const rows = Object.entries(key.rows ?? {}).map(([part, ids]) => `${part} ${listed(ids)}`);
  const acts = Object.entries(key.acts ?? {}).map(([act, { upTo, above }]) =>
    upTo === undefined ? act : `${act} ${limits(upTo)}${above === 'approval' ? ', more with approval' : ''}`,
  );
  const ends = key.secrets.flatMap(({ endsAt }) => (endsAt === null ? [] : [endsAt]));
  const lines: readonly [string, string][] = [
    ['id', key.id],
    ['name', key.name],
    ['state', state(key)],
    ['scopes', key.scopes.join(', ')],
    ['acts for', key.actsFor ?? '-'],
    ['rows', key.rows === null ? 'all customers' : rows.join(' and ')],
    ['unmasked', listed(key.unmasked)],
    ['acts', key.acts === null ? 'as the scopes allow' : acts.join('; ') || 'none'],
    ['operations', key.operations],
    [
      'budget',
      Object.entries(key.budget)
        .map(([part, most]) => `${part} ${most}`)
        .join(', ') || 'the standard one',
    ],
    ['networks', key.networks?.join(', ') ?? 'any'],
    ['created', key.createdAt],
    ['holds from', key.notBefore],
    ['expires', key.expiresAt ?? 'never'],
    ['revoked', key.revokedAt ?? '-'],
    ['rotated', ends.length === 0 ? '-' : `the earlier secret holds until ${ends.at(-1)}`],
    ['last used', key.lastUsedAt ?? 'never'],
    ['version', `${key.version}${key.changedBy === null ? '' : `, changed by ${key.changedBy}`}`],
  ];
  return lines.map(([label, value]) => `${label.padEnd(11)} ${value}`).join('\n');
}

const listed = (values: readonly string[]): string => (values.length === 0 ? 'none' : values.join(', '));
const limits = (upTo: Readonly<Record<string, string>>): string =>
  `up to ${Object.entries(upTo)
    .map(([currency, amount]) => `${amount} ${currency}`)
    .join(' or ')}`;

/** All keys, a line for each. */
export function tableOf(keys: readonly ApiKey[]): string {
  if (keys.length === 0) return 'There are no keys. `hub keys create --help` says how to make one.';
  const rows = [
    ['ID', 'NAME', 'STATE', 'ACTS FOR', 'ROWS', 'LAST USED', 'SCOPES'],
    ...keys.map((key) => [
      key.id,
      key.name,
      state(key),
      key.actsFor ?? '-',
      key.rows === null ? 'all' : 'limited',
      key.lastUsedAt?.slice(0, 16) ?? 'never',
      key.scopes.length === Object.keys(SCOPES).length ? 'all' : key.scopes.join(','),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What changed, a line for each part; of lists what came and what went. */
export const changesText = (changes: readonly TermsChange[]): string => changes.map(changeText).join('\n');

function changeText({ field, from, to }: TermsChange): string {
  if (Array.isArray(from) && Array.isArray(to)) {
    const came = to.filter((one) => !from.includes(one)).map((one) => `+${one}`);
    const went = from.filter((one) => !to.includes(one)).map((one) => `-${one}`);
    return `${field}: ${[...came, ...went].join(' ')}`;
  }
  return `${field}: ${valueText(from)} -> ${valueText(to)}`;
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
