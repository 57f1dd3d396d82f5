import type { IncomingMessage } from 'node:http';

/** Requests that come from the journal or the control API; only those made inside this process ever get in. */
const trusted = new WeakSet<IncomingMessage>();

export const markReplay = (raw: IncomingMessage): void => {
  trusted.add(raw);
};

/**
 * True while the journal is played back: the request was accepted before, and its token may have expired since. And for what
 * the control API has somebody at the vendor do. A vendor's check of credentials lets both through.
 */
export const isReplay = (request: { readonly raw: IncomingMessage }): boolean => trusted.has(request.raw);

/** Of a request that somebody at the vendor makes, in its own screens: not the hub's user. Kept in the journal. */
export const PERSON_HEADER = 'x-sandbox-person';

export const isPersons = (request: { readonly headers: Readonly<Record<string, unknown>> }): boolean =>
  request.headers[PERSON_HEADER] !== undefined;
