import type { GraphQLFormattedError } from 'graphql';
import type { SourceNote } from '../../../platform/call.ts';
import type { SubgraphAnswer } from './transport.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The answer in a body: an object with `data` or `errors` of the right kinds. What stands in the data is not looked at here:
 * the plan runner sees every value anyway. undefined: the body is no GraphQL answer.
 */
export function readAnswer(text: string): SubgraphAnswer | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(body)) return undefined;
  const { data, errors, extensions } = body;
  if (data !== undefined && data !== null && !isObject(data)) return undefined;
  // What JSON has to escape can come in no other way: it was decoded from UTF-8, so that no surrogate is alone.
  const plain = !text.includes('\\');
  if (errors === undefined || errors === null) {
    return data === undefined ? undefined : { data, sources: sourcesOf(extensions), plain };
  }
  if (!Array.isArray(errors) || !errors.every(isError)) return undefined;
  if (errors.length === 0 && data === undefined) return undefined;
  return { data, ...(errors.length === 0 ? {} : { errors: errors.map(cut) }), sources: sourcesOf(extensions), plain };
}

interface WireError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | null;
  readonly extensions?: Record<string, unknown> | null;
}

/** Places in the text that the gateway wrote mean nothing to the caller. */
const cut = ({ message, path, extensions }: WireError): GraphQLFormattedError => ({
  message,
  ...(path ? { path } : {}),
  ...(extensions ? { extensions } : {}),
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isError(value: unknown): value is WireError {
  if (!isObject(value) || typeof value.message !== 'string') return false;
  const { path, extensions } = value;
  const pathFits =
    path === undefined ||
    path === null ||
    (Array.isArray(path) && path.every((step) => typeof step === 'string' || typeof step === 'number'));
  return pathFits && (extensions === undefined || extensions === null || isObject(extensions));
}

const STATES: ReadonlySet<unknown> = new Set<SourceNote['state']>([
  'FRESH',
  'CACHED',
  'STALE',
  'UNAVAILABLE',
  'THROTTLED',
  'FORBIDDEN',
]);

/** How systems answered, as the hub's own subgraphs tell it. */
function sourcesOf(extensions: unknown): readonly SourceNote[] | undefined {
  const sources = isObject(extensions) ? extensions.sources : undefined;
  return Array.isArray(sources) ? sources.filter(isNote) : undefined;
}

function isNote(value: Json): value is Json & SourceNote {
  if (!isObject(value) || typeof value.system !== 'string' || !STATES.has(value.state)) return false;
  const { asOf, ms, calls } = value;
  return (
    (asOf === undefined || typeof asOf === 'string') &&
    (ms === undefined || typeof ms === 'number') &&
    (calls === undefined || typeof calls === 'number')
  );
}
