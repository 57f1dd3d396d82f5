import type { IncomingMessage } from 'node:http';

/** Requests that come from the journal; only those made inside this process ever get in. */
const replayed = new WeakSet<IncomingMessage>();

export const markReplay = (raw: IncomingMessage): void => {
  replayed.add(raw);
};

/**
 * True while the journal is played back: the request was accepted before, and its token may have expired since. A
 * vendor's check of credentials lets it through.
 */
export const isReplay = (request: { readonly raw: IncomingMessage }): boolean => replayed.has(request.raw);
