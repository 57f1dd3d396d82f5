/** What the hub writes. */
const WRITTEN = new Set(['*/*', 'application/*', 'application/json', 'application/graphql-response+json']);

/** Whether a caller takes any form in which the hub answers; judged before anything runs. */
export function takesJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return WRITTEN.has(type) && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** Whether a browser asks for a page. */
export const takesHtml = (accept: string | undefined): boolean => /\btext\/html\b/i.test(accept ?? '');
