import type { Command } from 'commander';
import { HubError } from '../../../platform/errors.ts';
import type { AskHub } from '../hub-client.ts';
import { columnsOf } from './columns.ts';
import { runExport } from './export.ts';
import { EXPORT_KINDS } from './export-kinds.ts';
import { type ImportCounts, runImport } from './import.ts';
import { IMPORT_KINDS } from './import-kinds.ts';
import { formatOf } from './read-rows.ts';
import type { Result } from './results.ts';

interface Flags {
  readonly url: string;
  readonly format?: string;
  readonly dryRun?: boolean;
  readonly atOnce: string;
  readonly results?: string;
  readonly columns?: boolean;
}

export interface Terminal {
  /** What the command answers. */
  readonly print: (text: string) => void;
  /** How far it is, beside the answer; may be shortened to the newest line. */
  readonly progress: (text: string) => void;
}

const URL_FLAG = ['--url <url>', 'where the hub answers', 'http://127.0.0.1:4000'] as const;
const FORMAT_FLAG = ['--format <format>', 'csv or ndjson; follows from the end of the name'] as const;
/** Rows with problems that are shown; all of them are in the results. */
const MOST_SHOWN = 20;

/** Adds `hub import` and `hub export`: many records at once, by a hub that runs, with the rights of a key (HUB_KEY). */
export function addBatch(program: Command, openHub: (url: string) => AskHub, { print, progress }: Terminal): void {
  program
    .command('import')
    .description('have a hub that runs do what each row of a file says, once; HUB_KEY is the key to do it with')
    .argument('<kind>', Object.keys(IMPORT_KINDS).join(', '))
    .argument('[file]', 'CSV or NDJSON')
    .option('--columns', 'print the columns of a table of this kind, and end')
    .option('--dry-run', 'say what would become of each row, and change nothing')
    .option('--at-once <n>', 'rows that are under way at one time, 1 to 32', '4')
    .option('--results <file>', 'what became of each row (default: the file and .results.ndjson)')
    .option(...FORMAT_FLAG)
    .option(...URL_FLAG)
    .action(async (name: string, file: string | undefined, flags: Flags) => {
      const kind = kindOf(IMPORT_KINDS, name);
      if (flags.columns) {
        return print(
          columnsOf(kind.shape)
            .map(({ name: column, required }) => `${column}${required ? '' : ' (optional)'}`)
            .join('\n'),
        );
      }
      if (file === undefined) throw invalid('file', 'is required');
      const { dryRun = false } = flags;
      const resultsFile = flags.results ?? `${file}.${dryRun ? 'dry-run' : 'results'}.ndjson`;
      let shown = 0;
      const counts = await runImport(kind, {
        file,
        format: formatOf(file, flags.format),
        dryRun,
        atOnce: wholeNumber('at-once', flags.atOnce, 32),
        resultsFile,
        ask: openHub(flags.url),
        onProblem: (result) => {
          shown += 1;
          if (shown <= MOST_SHOWN) print(problemText(result));
        },
        onProgress: (now) => progress(`${sum(now)} rows`),
      });
      if (shown > MOST_SHOWN) print(`... and ${shown - MOST_SHOWN} more rows`);
      print(countsText(counts, dryRun));
      print(`What became of each row: ${resultsFile}`);
      if (counts.INVALID + counts.REFUSED + counts.FAILED > 0) process.exitCode = 1;
    });

  program
    .command('export')
    .description('write what a key (HUB_KEY) may see, as it may see it, to a file')
    .argument('<kind>', Object.keys(EXPORT_KINDS).join(', '))
    .argument('<file>', 'a new file, or one that an export was cut off in')
    .option(...FORMAT_FLAG)
    .option(...URL_FLAG)
    .action(async (name: string, file: string, flags: Flags) => {
      const { customers, rows, denied, resumed } = await runExport(kindOf(EXPORT_KINDS, name), {
        file,
        format: formatOf(file, flags.format),
        ask: openHub(flags.url),
        onProgress: (now) => progress(`${now.rows} rows of ${now.customers} customers`),
      });
      if (resumed) print('It went on where an earlier run was cut off.');
      if (denied.length > 0) print(`Not in it, as the key may not read it: ${denied.join(', ')}`);
      print(`${rows} rows of ${customers} customers: ${file}`);
    });
}

function kindOf<Kind>(kinds: Readonly<Record<string, Kind>>, name: string): Kind {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) throw invalid('kind', `must be one of ${Object.keys(kinds).join(', ')}`);
  return kind;
}

const problemText = ({ line, ref, outcome, problems }: Result): string => {
  const said = problems.map(({ field, message }) => `${field === null ? '' : `${field}: `}${message}`).join('; ');
  return `line ${line}${ref === null ? '' : ` (${ref})`} ${outcome}: ${said}`;
};

const WORDS: Readonly<Record<keyof ImportCounts, readonly [string, string]>> = {
  NEW: ['done', 'would be done'],
  KNOWN: ['were done before', 'are so already'],
  SKIPPED: ['skipped, done by an earlier run', 'skipped'],
  REFUSED: ['refused by the hub', 'would be refused'],
  INVALID: ['not sent, as they are wrong', 'wrong'],
  FAILED: ['failed: start the command again to try them', 'could not be judged'],
};

const countsText = (counts: ImportCounts, dryRun: boolean): string =>
  Object.entries(WORDS)
    .map(([name, words]) => ({ count: counts[name as keyof ImportCounts], text: words[dryRun ? 1 : 0] })) // its own keys
    .filter(({ count }, at) => count > 0 || at === 0)
    .map(({ count, text }) => `${count} ${text}`)
    .join('\n');

const sum = (counts: ImportCounts): number => Object.values(counts).reduce((all, one) => all + one, 0);

function wholeNumber(field: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw invalid(field, `must be a whole number from 1 to ${most}`);
}

const invalid = (field: string, message: string): HubError =>
  new HubError('INVALID', `${field}: ${message}`, { field });
