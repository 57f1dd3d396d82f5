import { existsSync, readFileSync } from 'node:fs';
import { OpenAPIBackend, type Request } from 'openapi-backend';
import { parse } from 'yaml';
import type { Exchange } from './desk.ts';

const FILE = new URL('../../../../shared/vendor-specs/zendesk/support-openapi.yaml', import.meta.url);

/** Why the vendor's published file cannot be checked against; false where it can. */
export const specMissing: string | false = existsSync(FILE)
  ? false
  : "Zendesk's published OpenAPI file is not at ../shared/vendor-specs/zendesk";

/**
 * Query parameters that Zendesk documents on its pages but leaves out of the file: they are taken away before the check.
 * Paging: introduction/pagination/. `include`: using-the-zendesk-api/side_loading/.
 */
const DOCUMENTED_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  ListOrganizations: ['page[size]', 'page[after]'],
  ListSearchResults: ['per_page', 'page', 'include'],
  ExportSearchResults: ['page[after]'],
  TicketsShowMany: ['include'],
  ShowTicket: ['include'],
};

/** Where the file is wrong about its own API. */
const FAULTS_OF_THE_FILE: Readonly<Record<string, RegExp>> = {
  // It knows whole numbers only as ids in a job's results; records of custom objects have text ids.
  ShowJobStatus: /^answer \/job_status\/results/,
  // The page asks for `start_time` with the first request only; those after it have the cursor instead.
  IncrementalTicketExportCursor: /^request .*must have required property 'start_time'/,
};

const FORMATS = {
  'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  email: /^[^@\s]+@[^@\s]+$/,
  url: /^https?:\/\//,
};

export interface Verdict {
  /** As the file names it; null: the file does not have the operation. */
  readonly operation: string | null;
  readonly problems: readonly string[];
}

/** Holds what passed against Zendesk's published OpenAPI file (Support API 2.0.0): request, status and answer. */
export async function openApi(): Promise<(exchange: Exchange) => Verdict> {
  const definition = parse(readFileSync(FILE, 'utf8'));
  const api = new OpenAPIBackend({ definition, quick: true, ajvOpts: { formats: FORMATS } });
  await api.init();
  return (exchange) => {
    const bare: Request = { method: exchange.method, path: exchange.path, headers: {} };
    const operation = api.matchOperation(bare);
    if (!operation?.operationId) return { operation: null, problems: [] };
    const name = operation.operationId;
    const query = new URLSearchParams(exchange.query);
    for (const parameter of DOCUMENTED_ELSEWHERE[name] ?? []) query.delete(parameter);
    const request: Request = {
      ...bare,
      query: Object.fromEntries(query), // as flat names: `page[size]` is one
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      ...(exchange.requestBody === '' ? {} : { body: JSON.parse(exchange.requestBody) }),
    };
    const told = (about: string, errors: readonly { instancePath: string; message?: string }[] | null | undefined) =>
      (errors ?? []).map(({ instancePath, message }) => `${about} ${instancePath} ${message}`);
    const problems = told('request', api.validateRequest(request, operation).errors);
    if (exchange.status < 300) {
      if (operation.responses?.[String(exchange.status)] === undefined) problems.push(`status ${exchange.status}`);
      else if (exchange.responseBody !== '') {
        const answer = JSON.parse(exchange.responseBody);
        problems.push(...told('answer', api.validateResponse(answer, operation, exchange.status).errors));
      }
    }
    return { operation: name, problems: problems.filter((problem) => !FAULTS_OF_THE_FILE[name]?.test(problem)) };
  };
}
