import Negotiator from 'negotiator';

/** What the hub writes, the first where a caller takes both alike; so `application/json` also without an `accept` header. */
const WRITTEN = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'] as const;
export type AnswerType = (typeof WRITTEN)[number];

/** Clients send few different `accept` headers; so many are kept, each with what it means. */
const KEPT = 200;
const LONGEST_KEPT = 200;
const known = new Map<string, AnswerType | undefined>();

/** In which form a caller wants its answer; undefined where it takes none that the hub writes. */
export function answerType(accept: string | undefined): AnswerType | undefined {
  if (accept === undefined || accept.trim() === '') return WRITTEN[0];
  if (known.has(accept)) return known.get(accept);
  const chosen = new Negotiator({ headers: { accept } }).mediaType([...WRITTEN]);
  const type = WRITTEN.find((written) => written === chosen);
  if (known.size < KEPT && accept.length <= LONGEST_KEPT) known.set(accept, type);
  return type;
}

/** Whether a caller names events as a form of its answer. */
export const takesEvents = (accept: string | undefined): boolean => /\btext\/event-stream\b/i.test(accept ?? '');

/** Whether a browser asks for a page. */
export const takesHtml = (accept: string | undefined): boolean => /\btext\/html\b/i.test(accept ?? '');
