import Negotiator from 'negotiator';

/** What the hub writes, the first where a caller takes both alike; so `application/json` also without an `accept` header. */
const WRITTEN = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'] as const;
export type AnswerType = (typeof WRITTEN)[number];

/** In which form a caller wants its answer; undefined where it takes none that the hub writes. */
export function answerType(accept: string | undefined): AnswerType | undefined {
  if (accept === undefined || accept.trim() === '') return WRITTEN[0];
  const chosen = new Negotiator({ headers: { accept } }).mediaType([...WRITTEN]);
  return WRITTEN.find((type) => type === chosen);
}

/** Whether a browser asks for a page. */
export const takesHtml = (accept: string | undefined): boolean => /\btext\/html\b/i.test(accept ?? '');
