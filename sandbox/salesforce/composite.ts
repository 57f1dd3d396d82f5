import { Refusal, refuse } from './refusal.ts';
import { type ApiAnswer, type ApiRequest, answer, asObject, type Org } from './resources.ts';

/** "Composite", REST API Developer Guide v66.0: at most 25 parts, of which at most 5 query or read collections. */
const MAX_PARTS = 25;
const MAX_QUERIES = 5;

interface Part {
  readonly method: string;
  readonly url: string;
  readonly referenceId: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

interface PartAnswer {
  readonly body: unknown;
  readonly httpHeaders: Readonly<Record<string, string>>;
  readonly httpStatusCode: number;
  readonly referenceId: string;
}

/** Runs the parts in order; with `allOrNone` a part that fails takes all of them back. */
export function composite(org: Org, request: ApiRequest): ApiAnswer {
  const body = asObject(request.body);
  const parts = partsOf(body.compositeRequest);
  if (body.allOrNone !== true) return answered(runAll(org, request, parts, () => {}));

  let answers: readonly PartAnswer[] = [];
  try {
    org.store.transaction(() => {
      answers = runAll(org, request, parts, (failed) => {
        throw new RolledBack(failed);
      });
    });
    return answered(answers);
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
    return answered(
      parts.map((part) =>
        part.referenceId === error.failed.referenceId
          ? error.failed
          : halted(part, 'The transaction was rolled back since another operation in the same transaction failed.'),
      ),
    );
  }
}

/** Whether a composite request holds nothing but GETs. */
export function onlyReads(body: string): boolean {
  try {
    return partsOf(asObject(JSON.parse(body)).compositeRequest).every((part) => part.method === 'GET');
  } catch {
    return true; // refused as a whole: nothing was written
  }
}

class RolledBack extends Error {
  readonly failed: PartAnswer;
  constructor(failed: PartAnswer) {
    super(failed.referenceId);
    this.failed = failed;
  }
}

const answered = (compositeResponse: readonly PartAnswer[]): ApiAnswer => ({
  status: 200,
  body: { compositeResponse },
});

const halted = (part: Part, message: string): PartAnswer => ({
  body: [{ errorCode: 'PROCESSING_HALTED', message }],
  httpHeaders: {},
  httpStatusCode: 400,
  referenceId: part.referenceId,
});

function runAll(
  org: Org,
  request: ApiRequest,
  parts: readonly Part[],
  onFailure: (failed: PartAnswer) => void,
): readonly PartAnswer[] {
  const answers = new Map<string, PartAnswer>();
  for (const part of parts) {
    const each = run(org, request, part, answers);
    answers.set(part.referenceId, each);
    if (each.httpStatusCode >= 400) onFailure(each);
  }
  return [...answers.values()];
}

function run(org: Org, request: ApiRequest, part: Part, answers: ReadonlyMap<string, PartAnswer>): PartAnswer {
  try {
    const url = new URL(String(resolved(part.url, answers)), 'http://org');
    const match = /^\/services\/data\/v(\d\d\.0)(\/.*)$/.exec(url.pathname);
    if (!match) return refuse(400, 'INVALID_URL', `The subrequest URL is not valid: ${part.url}`);
    const [, version = request.version, path = '/'] = match;
    const { status, body, headers } = answer(org, {
      method: part.method,
      path,
      query: url.searchParams,
      headers: part.headers,
      body: resolved(part.body, answers),
      version,
    });
    return { body: body ?? null, httpHeaders: headers ?? {}, httpStatusCode: status, referenceId: part.referenceId };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { body: error.errors, httpHeaders: {}, httpStatusCode: error.status, referenceId: part.referenceId };
  }
}

/** Puts values of earlier answers in place of `@{referenceId.field}`, in URLs and in every text of a body. */
function resolved(value: unknown, answers: ReadonlyMap<string, PartAnswer>): unknown {
  if (typeof value === 'string') {
    return value.replace(/@\{([^}]*)\}/g, (_, reference: string) => String(lookUp(reference, answers)));
  }
  if (Array.isArray(value)) return value.map((each) => resolved(each, answers));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each, answers)]));
  }
  return value;
}

function lookUp(reference: string, answers: ReadonlyMap<string, PartAnswer>): unknown {
  const [name = '', ...path] = reference.split(/[.[\]]+/).filter(Boolean);
  const found = answers.get(name);
  const value =
    found && found.httpStatusCode < 400
      ? path.reduce<unknown>(
          (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined), // any JSON object
          found.body,
        )
      : undefined;
  if (value === undefined || value === null) {
    return refuse(400, 'PROCESSING_HALTED', `Invalid reference specified. No value for ${reference} found in ${name}`);
  }
  return value;
}

function partsOf(value: unknown): readonly Part[] {
  if (!Array.isArray(value) || value.length === 0) {
    return refuse(400, 'JSON_PARSER_ERROR', 'compositeRequest must be a list of subrequests');
  }
  if (value.length > MAX_PARTS) {
    return refuse(400, 'LIMIT_EXCEEDED', `The number of subrequests exceeds the maximum of ${MAX_PARTS}`);
  }
  const parts = value.map((each): Part => {
    const { method, url, referenceId, body, httpHeaders } = asObject(each);
    if (typeof method !== 'string' || typeof url !== 'string' || typeof referenceId !== 'string') {
      return refuse(400, 'JSON_PARSER_ERROR', 'Each subrequest needs a method, a url and a referenceId');
    }
    if (!/^[A-Za-z0-9]\w*$/.test(referenceId)) {
      return refuse(400, 'INVALID_REFERENCE_ID', `Provided referenceId is not valid: ${referenceId}`);
    }
    const headers = Object.entries(httpHeaders === undefined ? {} : asObject(httpHeaders));
    return {
      method: method.toUpperCase(),
      url,
      referenceId,
      body: body ?? null,
      headers: Object.fromEntries(headers.map(([name, header]) => [name.toLowerCase(), String(header)])),
    };
  });
  if (new Set(parts.map((part) => part.referenceId)).size < parts.length) {
    return refuse(400, 'DUPLICATE_REFERENCE_ID', 'A referenceId is used more than once');
  }
  const queries = parts.filter(({ url }) => /\/(query|queryAll|composite\/sobjects)(\/|\?|$)/.test(url));
  if (queries.length > MAX_QUERIES) {
    return refuse(400, 'LIMIT_EXCEEDED', `At most ${MAX_QUERIES} subrequests may be queries or sObject Collections`);
  }
  return parts;
}
