import type { OutgoingHttpHeaders } from 'node:http';
import type { Writable } from 'node:stream';

/** The part of Node's `ServerResponse` that is written to. */
export type Wire = Writable & { writeHead(status: number, headers: OutgoingHttpHeaders): unknown };

/** An answer in events, as GraphQL over SSE writes them in its distinct connections mode. */
export interface EventStream {
  /** One answer. Resolves once the client has taken so much that more may be written. */
  next(answer: string): Promise<void>;
  /** Nothing more comes, and the client need not ask again. */
  complete(): void;
  /** Ends the connection in the middle: the client is to come again. */
  cut(): void;
}

export interface EventStreamOptions {
  readonly headers: OutgoingHttpHeaders;
  /** A comment at such intervals keeps proxies from closing a connection on which nothing happens. */
  readonly heartbeatMs: number;
  /** A client that takes nothing for so long is left. */
  readonly stallMs: number;
}

/**
 * Opens the stream. A slow client costs the memory of one answer: the next is not even asked for while it has not taken the
 * one before, so it misses states in between, and never the last one.
 */
export function openEventStream(wire: Wire, { headers, heartbeatMs, stallMs }: EventStreamOptions): EventStream {
  wire.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    connection: 'close', // kept alive afterwards, it would hold up a hub that shuts down
    'x-accel-buffering': 'no', // nginx would hold events back
  });
  const heartbeat = setInterval(() => {
    if (!wire.writableNeedDrain) wire.write(':\n\n');
  }, heartbeatMs);
  wire.once('close', () => clearInterval(heartbeat));

  const taken = (): Promise<void> =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(patience);
        wire.off('drain', done);
        wire.off('close', done);
        resolve();
      };
      const patience = setTimeout(() => wire.destroy(), stallMs);
      wire.once('drain', done);
      wire.once('close', done);
    });
  const end = (last: string) => {
    clearInterval(heartbeat);
    if (!wire.destroyed && !wire.writableEnded) wire.end(last);
  };

  return {
    async next(answer) {
      if (wire.destroyed || wire.writableEnded) return;
      if (!wire.write(`event: next\ndata: ${answer}\n\n`)) await taken();
    },
    complete: () => end('event: complete\ndata: \n\n'),
    cut: () => end(''),
  };
}
