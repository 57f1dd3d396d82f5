import type { AskHub } from '../hub-client.ts';
import { columnsOf } from './columns.ts';
import { type ImportKind, type Problem, problemsOf } from './import-kinds.ts';
import { type Format, type RawRow, readRows } from './read-rows.ts';
import { digestOf, type Outcome, openResults, type Result } from './results.ts';

export interface ImportOptions {
  readonly file: string;
  readonly format: Format;
  /** Only asks what would become of each row. */
  readonly dryRun: boolean;
  readonly atOnce: number;
  readonly resultsFile: string;
  readonly ask: AskHub;
  /** Called with each row that needs somebody's attention. */
  readonly onProblem: (result: Result) => void;
  /** Called after each row. */
  readonly onProgress: (counts: ImportCounts) => void;
}

/** Rows by what became of them; SKIPPED: an earlier run has done them. */
export type ImportCounts = Record<Outcome | 'SKIPPED', number>;

/**
 * Reads a file and has the hub do what each row says, once: a row is known by its `ref`, so that a run which was cut off is
 * simply started again. Nothing of the file but what is under way is held in memory, and the refs.
 */
export async function runImport(kind: ImportKind, options: ImportOptions): Promise<ImportCounts> {
  const { file, format, dryRun, atOnce, ask } = options;
  const counts: ImportCounts = { NEW: 0, KNOWN: 0, REFUSED: 0, INVALID: 0, FAILED: 0, SKIPPED: 0 };
  const results = openResults(options.resultsFile, !dryRun);
  const lineOf = new Map<string, number>();
  const underWay = new Set<Promise<void>>();

  const settle = (result: Result) => {
    counts[result.outcome] += 1;
    results.note(result);
    if (result.problems.length > 0) options.onProblem(result);
    options.onProgress(counts);
  };
  const send = async (line: number, ref: string, row: Record<string, unknown>, digest: string) => {
    const { query, variables, judged } = dryRun ? kind.preview : kind.act;
    const answer = await ask<Record<string, unknown>>(query, variables(row));
    const problems = problemsOf(answer);
    const about = { line, ref, digest };
    if (answer.data !== null && problems.length === 0) settle({ ...about, ...judged(answer.data) });
    else settle({ ...about, outcome: isNo(answer.errors) ? 'REFUSED' : 'FAILED', processId: null, problems });
  };

  try {
    for await (const raw of readRows(file, format, columnsOf(kind.shape))) {
      const { row, problems } = judgedRow(kind, raw);
      const ref = row === null ? null : kind.refOf(row);
      const before = ref === null ? undefined : lineOf.get(ref);
      if (row === null || ref === null || before !== undefined) {
        const twice = { field: 'ref', code: 'INVALID', message: `${ref} is on line ${before} already` };
        const said = before === undefined ? problems : [twice];
        settle({ line: raw.line, ref, outcome: 'INVALID', processId: null, problems: said, digest: null });
        continue;
      }
      lineOf.set(ref, raw.line);
      const digest = digestOf(row);
      if (results.isDone(ref, digest)) {
        counts.SKIPPED += 1;
        continue;
      }
      const sent = send(raw.line, ref, row, digest).finally(() => underWay.delete(sent));
      underWay.add(sent);
      if (underWay.size >= atOnce) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } finally {
    await Promise.allSettled(underWay);
    results.close();
  }
  return counts;
}

/** Errors that will be the same when the row is sent again. */
const NO = new Set([
  ...[
    'BAD_USER_INPUT',
    'FORBIDDEN',
    'FORBIDDEN_FIELD',
    'FORBIDDEN_ARGUMENT',
    'LIMIT_EXCEEDED',
    'NOT_FOUND',
    'CONFLICT',
  ],
  ...['REFUSED', 'INVALID', 'NOT_OWNER', 'IDEMPOTENCY_KEY_REUSED'],
]);
const isNo = (errors: readonly { readonly extensions?: { readonly code?: string } }[]): boolean =>
  errors.length > 0 && errors.every(({ extensions }) => NO.has(extensions?.code ?? ''));

function judgedRow(
  { shape }: ImportKind,
  { value, unreadable }: RawRow,
): { row: Record<string, unknown> | null; problems: readonly Problem[] } {
  if (unreadable !== null) return { row: null, problems: [{ field: null, code: 'INVALID', message: unreadable }] };
  const read = shape.safeParse(value);
  if (read.success) return { row: read.data, problems: [] };
  const problems = read.error.issues.map(({ path, message }) => ({
    field: path.length > 0 ? path.join('.') : null,
    code: 'INVALID',
    message,
  }));
  return { row: null, problems };
}
