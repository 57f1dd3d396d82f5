import type { Command } from 'commander';
import type { AuditFilter, AuditLog, AuditRecord } from '../../platform/audit/audit-log.ts';
import { HubError } from '../../platform/errors.ts';

/** Gives a command the audit for as long as it works. */
export type WithAudit = <T>(work: (log: AuditLog) => Promise<T>) => Promise<T>;

interface ExportFlags {
  readonly from?: string;
  readonly to?: string;
  readonly principal?: string;
  readonly code?: string;
  readonly correlationId?: string;
  readonly format: string;
}

/** Adds `hub audit …`: reading the audit. Nothing here, or anywhere in the product, can change it. */
export function addAudit(program: Command, withAudit: WithAudit, print: (text: string) => void): void {
  const audit = program.command('audit').description('read the audit: who did or was denied what');

  audit
    .command('export')
    .description('print records, oldest first, a line for each')
    .option(
      '--from <instant>',
      'the first instant that is in, like 2027-01-31T00:00:00Z; a day means its beginning in UTC',
    )
    .option('--to <instant>', 'the first instant that is not in any more')
    .option('--principal <id>', 'of this key or token only')
    .option('--code <code>', 'with this error code only, like FORBIDDEN')
    .option('--correlation-id <id>', 'of this request only')
    .option('--format <format>', 'ndjson or csv', 'ndjson')
    .action(async (flags: ExportFlags) => {
      const write = FORMATS[flags.format as keyof typeof FORMATS]; // told below where it is none
      if (!Object.hasOwn(FORMATS, flags.format)) throw invalid('format', 'must be ndjson or csv');
      const filter: AuditFilter = {
        principalId: flags.principal ?? null,
        code: flags.code ?? null,
        correlationId: flags.correlationId ?? null,
        from: instant('from', flags.from),
        to: instant('to', flags.to),
      };
      await withAudit(async (log) => {
        if (write.head !== null) print(write.head);
        for await (const record of log.all(filter)) print(write.line(record));
      });
    });

  audit
    .command('check')
    .description('say whether numbers are missing: every process of the hub numbers what it writes, without a gap')
    .option('--json', 'print JSON')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const writers = await withAudit((log) => log.writers());
      const gaps = writers
        .filter(({ first, last, written }) => first !== 1 || last !== written)
        .map((writer) => ({ ...writer, missing: writer.last - writer.written }));
      if (json) print(JSON.stringify({ writers: writers.length, gaps }, null, 2));
      else if (gaps.length === 0) print(`Nothing is missing: ${writers.length} writers, ${sum(writers)} records.`);
      else {
        const lines = gaps.map(({ writer, missing, last }) => `${writer}: ${missing} of ${last} records are not there`);
        print([...lines, 'See docs/audit.md for what that can mean.'].join('\n'));
      }
      if (gaps.length > 0) process.exitCode = 1;
    });
}

const sum = (writers: readonly { readonly written: number }[]): number =>
  writers.reduce((all, { written }) => all + written, 0);

const COLUMNS = [
  ...(['id', 'at', 'kind', 'principalId', 'principalKind', 'actsFor', 'operation', 'acts', 'coordinates'] as const),
  ...(['subject', 'outcome', 'endedAt', 'codes', 'reason', 'correlationId', 'address', 'count'] as const),
] satisfies readonly (keyof AuditRecord)[];

const FORMATS = {
  ndjson: {
    head: null,
    line: (record: AuditRecord) => JSON.stringify(Object.fromEntries(COLUMNS.map((name) => [name, record[name]]))),
  },
  /** RFC 4180; lists have spaces between. */
  csv: {
    head: COLUMNS.join(','),
    line: (record: AuditRecord) => COLUMNS.map((name) => cell(record[name])).join(','),
  },
} as const;

function cell(value: AuditRecord[(typeof COLUMNS)[number]]): string {
  const text = Array.isArray(value) ? value.join(' ') : String(value ?? '');
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text; // a spreadsheet would take it for a formula
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

function instant(field: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text).toISOString();
  throw invalid(field, 'must be an instant like 2027-01-31T00:00:00Z');
}

const invalid = (field: string, message: string): HubError =>
  new HubError('INVALID', `${field}: ${message}`, { field });
