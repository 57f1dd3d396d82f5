import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'csv-stringify/sync';
import { HubError } from '../../../platform/errors.ts';
import type { AskHub, GraphAnswer, GraphError } from '../hub-client.ts';
import type { ExportedCustomer, ExportKind, ExportRow } from './export-kinds.ts';
import type { Format } from './read-rows.ts';

export interface ExportOptions {
  readonly file: string;
  readonly format: Format;
  readonly ask: AskHub;
  readonly onProgress: (written: { readonly customers: number; readonly rows: number }) => void;
}

export interface Exported {
  readonly customers: number;
  readonly rows: number;
  /** Columns that the key may not read; they are not in the file. */
  readonly denied: readonly string[];
  /** Whether an earlier run, which was cut off, was gone on with. */
  readonly resumed: boolean;
}

/** How far a file has come. It lies beside the file until that is whole. */
interface Progress {
  readonly after: string | null;
  readonly bytes: number;
  readonly customers: number;
  readonly rows: number;
  /** Null until the first page says what the key may read. */
  readonly columns: readonly string[] | null;
}

const START: Progress = { after: null, bytes: 0, customers: 0, rows: 0, columns: null };
const TRIES = 6;
const FIRST_PAUSE_MS = 500;

/**
 * Writes what the key may see, masked as the key sees it, customer by customer. Cut off, the same command goes on where the file
 * is whole; what cannot be read stops it, so that nothing is left out unsaid.
 * @throws HubError INVALID where the file is there already, UNAVAILABLE where a system does not answer in time
 */
export async function runExport(kind: ExportKind, { file, format, ask, onProgress }: ExportOptions): Promise<Exported> {
  const progressFile = `${file}.progress`;
  const resumed = existsSync(progressFile);
  if (!resumed && existsSync(file)) {
    throw new HubError('INVALID', `out: ${file} is there already; name another file, or remove it`, { field: 'out' });
  }
  let progress: Progress = resumed ? (JSON.parse(readFileSync(progressFile, 'utf8')) as Progress) : START; // written below
  let pageSize = kind.pageSize;
  const open = openSync(file, existsSync(file) ? 'r+' : 'w', 0o600);
  try {
    ftruncateSync(open, progress.bytes);
    for (let more = true; more; ) {
      const page = await pageAfter(kind, ask, { after: progress.after, first: pageSize });
      if (page === 'TOO_EXPENSIVE') {
        if (pageSize === 1) throw new HubError('REFUSED', 'one customer costs more than an operation of this key may');
        pageSize = Math.ceil(pageSize / 2);
        continue;
      }
      const denied = new Set(page.denied);
      const columns = progress.columns ?? kind.columns.filter((name) => !denied.has(name.split('.')[0] ?? name));
      const rows = (await Promise.all(page.customers.map((customer) => allRows(kind, ask, customer)))).flat();
      const text = lines(rows, columns, format, progress.columns === null);
      writeSync(open, text, progress.bytes);
      fsyncSync(open); // before the progress says so
      progress = {
        after: page.after ?? progress.after,
        bytes: progress.bytes + Buffer.byteLength(text),
        customers: progress.customers + page.customers.length,
        rows: progress.rows + rows.length,
        columns,
      };
      writeFileSync(`${progressFile}.new`, JSON.stringify(progress), { mode: 0o600 });
      renameSync(`${progressFile}.new`, progressFile);
      onProgress(progress);
      more = page.hasMore;
    }
  } finally {
    closeSync(open);
  }
  rmSync(progressFile);
  const { customers, rows, columns } = progress;
  return { customers, rows, resumed, denied: kind.columns.filter((name) => columns?.includes(name) === false) };
}

interface CustomerPage {
  readonly customers: readonly ExportedCustomer[];
  readonly hasMore: boolean;
  readonly after: string | null;
  /** Fields of a customer that the key may not read. */
  readonly denied: readonly string[];
}

interface Listed {
  readonly customers: {
    readonly nodes: readonly ExportedCustomer[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  } | null;
}

async function pageAfter(
  { fields }: ExportKind,
  ask: AskHub,
  page: { readonly after: string | null; readonly first: number },
): Promise<CustomerPage | 'TOO_EXPENSIVE'> {
  const query = `query ($first: Int, $after: String) { customers(first: $first, after: $after) {
    nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`;
  const answer = await whole<Listed>(() => ask<Listed>(query, page));
  if (answer === 'TOO_EXPENSIVE') return answer;
  const { customers } = answer.data;
  if (customers === null) throw new HubError('REFUSED', answer.errors[0]?.message ?? 'the key may read no customers');
  const denied = answer.errors.flatMap(({ path = [] }) => (typeof path[3] === 'string' ? [path[3]] : []));
  const { hasNextPage, endCursor } = customers.pageInfo;
  return { customers: customers.nodes, hasMore: hasNextPage, after: endCursor, denied };
}

/** The rows of a customer, of which the page may hold the first only. */
async function allRows(kind: ExportKind, ask: AskHub, customer: ExportedCustomer): Promise<readonly ExportRow[]> {
  const rows = [...kind.rowsOf(customer)];
  if (kind.more === undefined) return rows;
  const { query, cursorOf } = kind.more;
  for (let after = cursorOf(customer); after !== null; ) {
    const variables = { id: customer.id, after };
    const answer = await whole(() => ask<{ customer: ExportedCustomer }>(query, variables));
    if (answer === 'TOO_EXPENSIVE')
      throw new HubError('REFUSED', 'a page costs more than an operation of this key may');
    rows.push(...kind.rowsOf(answer.data.customer));
    after = cursorOf(answer.data.customer);
  }
  return rows;
}

const isDenied = ({ extensions }: GraphError): boolean => extensions?.code === 'FORBIDDEN_FIELD';

/** Asks until every part could be read, but what the key may not. */
async function whole<Data>(
  ask: () => Promise<GraphAnswer<Data>>,
): Promise<{ data: Data; errors: readonly GraphError[] } | 'TOO_EXPENSIVE'> {
  for (let tries = 1, pauseMs = FIRST_PAUSE_MS; ; tries += 1, pauseMs *= 2) {
    const { data, errors } = await ask();
    if (errors.some(({ extensions }) => extensions?.code === 'COST_ESTIMATED_TOO_EXPENSIVE')) return 'TOO_EXPENSIVE';
    const missing = errors.find((error) => !isDenied(error));
    if (missing === undefined && data !== null) return { data, errors };
    if (tries >= TRIES) {
      const where = missing?.path === undefined ? '' : `${missing.path.join('.')}: `;
      const said = `${where}${missing?.message ?? 'no answer'}`;
      throw new HubError('UNAVAILABLE', `${said}; nothing is left out: start the command again to go on from here`);
    }
    await delay(pauseMs);
  }
}

function lines(rows: readonly ExportRow[], columns: readonly string[], format: Format, first: boolean): string {
  if (format === 'ndjson') {
    return rows
      .map((row) => `${JSON.stringify(Object.fromEntries(columns.map((name) => [name, row[name] ?? null])))}\n`)
      .join('');
  }
  // A spreadsheet would take what begins with = or + for a formula.
  return stringify(rows.slice(), { header: first, columns: [...columns], escape_formulas: true });
}
