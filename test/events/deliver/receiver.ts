import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudEvent } from '../../../platform/outbox/cloud-event.ts';

export interface Received {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: CloudEvent;
}

/** A subscriber's own server on loopback. */
export interface Receiver {
  readonly url: string;
  /** All that it took, in the order in which it came. */
  readonly taken: Received[];
  /** All that came, also what it refused. */
  readonly asked: Received[];
  /** What it answers; 204 unless set. null: it never answers. */
  answer: (message: Received) => number | { status: number; headers: Record<string, string> } | null;
  close(): Promise<void>;
}

/** The caller closes it. */
export async function receiver(): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { headers } = request;
    const message = { id: String(headers['webhook-id']), headers, body, event: JSON.parse(body) as CloudEvent };
    self.asked.push(message);
    const answer = self.answer(message);
    if (answer === null) return;
    const { status, headers: more } = typeof answer === 'number' ? { status: answer, headers: {} } : answer;
    if (status < 300) self.taken.push(message);
    response.writeHead(status, more).end('so it is');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const self: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    taken: [],
    asked: [],
    answer: () => 204,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return self;
}
