/** What a run found, as a key may read it, in the forms in which people pass it on. */
export interface ReportedRun {
  readonly id: string;
  readonly scope: string;
  readonly state: string;
  readonly dryRun: boolean;
  readonly since: string;
  readonly requestedBy: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly compared: number;
  readonly closed: number | null;
  readonly postponed: number | null;
  readonly error: string | null;
  readonly reading: readonly { readonly name: string; readonly entries: number; readonly done: boolean }[];
  readonly found: readonly { readonly kind: string; readonly count: number }[] | null;
  readonly records: readonly { readonly system: string; readonly records: number; readonly linked: number }[] | null;
  readonly payments:
    | readonly { readonly month: string; readonly billing: Amount; readonly erp: Amount; readonly difference: Amount }[]
    | null;
}

interface Amount {
  readonly amount: string;
  readonly currency: string;
}

export interface ReportedFinding {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly customerName: string;
  readonly customer: { readonly id: string };
  readonly system: string;
  readonly owner: string;
  readonly field: string | null;
  readonly subject: string;
  readonly ownerValue: string | null;
  readonly heldValue: string | null;
  readonly atStake: Amount | null;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly processId: string | null;
}

export interface FoundReport {
  readonly findings: {
    readonly nodes: readonly ReportedFinding[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

interface Report {
  readonly run: ReportedRun;
  readonly findings: readonly ReportedFinding[];
}

const COLUMNS = [
  ...['kind', 'state', 'customer', 'name', 'system', 'owner', 'field', 'subject', 'owner holds', 'system holds'],
  ...['at stake', 'currency', 'first seen', 'last seen', 'process'],
] as const;

const cellsOf = (one: ReportedFinding): (string | null)[] => [
  ...[one.kind, one.state, one.customer.id, one.customerName, one.system, one.owner, one.field, one.subject],
  ...[one.ownerValue, one.heldValue, one.atStake?.amount ?? null, one.atStake?.currency ?? null],
  ...[one.firstSeenAt, one.lastSeenAt, one.processId],
];

/** A spreadsheet takes what begins like this for a formula, and would run what a customer's name says. */
const FORMULA = /^[=+\-@\t\r]/;
const isAmount = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text);

function csvCell(value: string | null): string {
  if (value === null) return '';
  const plain = FORMULA.test(value) && !isAmount(value) ? `'${value}` : value;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

const csv = ({ findings }: Report): string =>
  [COLUMNS.join(','), ...findings.map((one) => cellsOf(one).map(csvCell).join(','))].join('\r\n');

const ENTITY: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => ENTITY[one] ?? one);

const row = (cells: readonly (string | number | null)[], cell = 'td'): string =>
  `<tr>${cells.map((one) => `<${cell}>${one === null ? '' : escaped(String(one))}</${cell}>`).join('')}</tr>`;
const table = (heads: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string =>
  `<table><thead>${row(heads, 'th')}</thead><tbody>${rows.map((cells) => row(cells)).join('\n')}</tbody></table>`;

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:90rem;padding:0 1rem;color:#1a1a1a}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;font-size:.85rem}
th,td{border-bottom:1px solid #ddd;padding:.3rem .6rem;text-align:left;vertical-align:top}th{background:#f4f4f4;position:sticky;top:0}
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}th{background:#262626}th,td{border-color:#3a3a3a}}`;

const text = ({ amount, currency }: Amount): string => `${amount} ${currency}`;

/** One page that needs nothing beside itself. */
function html({ run, findings }: Report): string {
  const found = run.found ?? [];
  const all = found.reduce((sum, { count }) => sum + count, 0);
  const payments = (run.payments ?? []).map(({ month, billing, erp, difference }) => [
    ...[month, text(billing), text(erp), text(difference)],
  ]);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Reconciliation ${escaped(run.endedAt?.slice(0, 10) ?? '')}</title><style>${STYLE}</style></head><body>
<h1>Reconciliation of ${escaped(run.endedAt ?? run.startedAt ?? '')}</h1>
<p>${run.compared} customers compared (${escaped(run.scope)}, payments since ${escaped(run.since)}${run.dryRun ? ', dry run' : ''}):
${all} differences, ${run.closed ?? 0} gone since the last run, ${run.postponed ?? 0} customers left for the next one.</p>
<h2>Differences by kind</h2>
${table(
  ['kind', 'count'],
  found.map(({ kind, count }) => [kind, count]),
)}
<h2>Records</h2>
${table(
  ['system', 'records', 'linked'],
  (run.records ?? []).map(({ system, records, linked }) => [system, records, linked]),
)}
<h2>Payments by month</h2>
${table(['month', 'billing took', 'the ERP booked', 'difference'], payments)}
<h2>Open differences, what weighs most first</h2>
${table(
  COLUMNS,
  findings.map((one) => cellsOf(one)),
)}
</body></html>
`;
}

export const REPORTS: Readonly<Record<string, (report: Report) => string>> = {
  json: (report) => JSON.stringify(report, null, 2),
  csv,
  html,
};
