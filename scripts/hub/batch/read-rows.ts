import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CsvError, parse } from 'csv-parse';
import { HubError } from '../../../platform/errors.ts';
import { type Column, rowOfCells } from './columns.ts';

export type Format = 'csv' | 'ndjson';

/** One row of a file, not yet judged. */
export interface RawRow {
  /** Of the file, from 1; where a row takes several lines, of its first. */
  readonly line: number;
  /** An object, or whatever stands there instead. */
  readonly value: unknown;
  /** Why there is none; null: it could be read. */
  readonly unreadable: string | null;
}

const LONGEST_ROW_BYTES = 1024 * 1024;

/** Reads a file row by row, however large it is. @throws HubError INVALID where the table itself is broken */
export function readRows(file: string, format: Format, columns: readonly Column[]): AsyncIterable<RawRow> {
  return format === 'csv' ? joined(readTable(file, columns), columns) : readObjects(file);
}

/** The format by the name of the file. @throws HubError INVALID */
export function formatOf(file: string, given: string | undefined): Format {
  const named = given ?? /\.(csv|ndjson|jsonl)$/i.exec(file)?.[1]?.toLowerCase().replace('jsonl', 'ndjson');
  if (named === 'csv' || named === 'ndjson') return named;
  throw new HubError('INVALID', 'format: must be csv or ndjson; it follows from the end of the name, or say --format');
}

async function* readObjects(file: string): AsyncGenerator<RawRow> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() === '') continue;
    let value: unknown = null;
    let unreadable: string | null = null;
    try {
      value = JSON.parse(line === 1 ? text.replace(/^\uFEFF/, '') : text);
    } catch (error) {
      unreadable = `is no JSON: ${(error as Error).message}`;
    }
    yield { line, value, unreadable };
  }
}

async function* readTable(file: string, columns: readonly Column[]): AsyncGenerator<RawRow> {
  const parser = createReadStream(file).pipe(
    parse({
      bom: true,
      columns: (header: string[]) =>
        checkedHeader(
          header.map((name) => name.trim()),
          columns,
        ),
      skip_empty_lines: true,
      info: true,
      max_record_size: LONGEST_ROW_BYTES,
    }),
  );
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>) {
      yield { line: info.lines, value: rowOfCells(columns, record), unreadable: null };
    }
  } catch (error) {
    if (error instanceof CsvError) throw new HubError('INVALID', `The table cannot be read: ${error.message}`);
    throw error;
  }
}

function checkedHeader(header: readonly string[], columns: readonly Column[]): string[] {
  const known = new Set(columns.map(({ name }) => name));
  const problems = [
    ...header.filter((name) => !known.has(name)).map((name) => `there is no column ${name}`),
    ...header.filter((name, at) => header.indexOf(name) !== at).map((name) => `column ${name} is there twice`),
    ...columns
      .filter(({ name, required }) => required && !name.includes('.') && !header.includes(name))
      .map(({ name }) => `column ${name} is missing`),
  ];
  if (problems.length === 0) return [...header];
  throw new HubError('INVALID', `${problems.join('; ')}. The columns are ${[...known].join(', ')}`);
}

/** Lines with one `ref` that stand together are one row with a list. */
async function* joined(lines: AsyncIterable<RawRow>, columns: readonly Column[]): AsyncGenerator<RawRow> {
  const list = columns.find(({ entryOf }) => entryOf !== null)?.entryOf ?? null;
  if (list === null) return yield* lines;
  let open: RawRow | null = null;
  const refOf = ({ value }: RawRow) => (value as Record<string, unknown>).ref;
  const entriesOf = ({ value }: RawRow) => (value as Record<string, unknown[] | undefined>)[list];
  for await (const line of lines) {
    if (open !== null && refOf(open) !== undefined && refOf(open) === refOf(line)) {
      entriesOf(open)?.push(...(entriesOf(line) ?? []));
      continue;
    }
    if (open !== null) yield open;
    open = line;
  }
  if (open !== null) yield open;
}
