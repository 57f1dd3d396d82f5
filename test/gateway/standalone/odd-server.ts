import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A subgraph that behaves as a test says. */
export interface OddServer {
  readonly url: URL;
  /** Sockets that are open. */
  readonly sockets: ReadonlySet<Socket>;
  requests: number;
  /** Headers of the last request. */
  headers: IncomingMessage['headers'];
  behave: (response: ServerResponse, body: string) => void;
}

export async function oddServer(t: TestContext, behave: OddServer['behave']): Promise<OddServer> {
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    odd.requests += 1;
    odd.headers = request.headers;
    let body = '';
    for await (const chunk of request) body += String(chunk);
    odd.behave(response, body);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {}); // the other side may break off; that is what is tested
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // listening on TCP
  const odd: OddServer = {
    url: new URL(`http://127.0.0.1:${port}/graphql`),
    sockets,
    requests: 0,
    headers: {},
    behave,
  };
  return odd;
}

export const json =
  (body: unknown, status = 200) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const MEGABYTE = Buffer.alloc(1024 * 1024, ' ');

/** Writes whitespace for as long as somebody reads it. */
export function endless(response: ServerResponse, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  const more = (): void => {
    if (response.destroyed) return;
    if (response.write(MEGABYTE)) setImmediate(more);
    else response.once('drain', more);
  };
  more();
}

/** The ways in which C02, C05, C06 and C09 of the hardening matrix spoil an answer, with the code that a caller reads. */
export const SPOILT: readonly { name: string; behave: OddServer['behave']; code: string }[] = [
  { name: 'never answers', behave: () => {}, code: 'SOURCE_TIMEOUT' },
  {
    name: 'sends headers and then nothing',
    behave: (response) => response.writeHead(200).flushHeaders(),
    code: 'SOURCE_TIMEOUT',
  },
  { name: 'hangs up', behave: (response) => void response.destroy(), code: 'SOURCE_UNAVAILABLE' },
  {
    name: 'sends a login page',
    behave: (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>canary</html>'),
    code: 'SOURCE_BAD_RESPONSE',
  },
  {
    name: 'sends an empty body',
    behave: (response) => void response.writeHead(200).end(),
    code: 'SOURCE_BAD_RESPONSE',
  },
  { name: 'sends 204', behave: (response) => void response.writeHead(204).end(), code: 'SOURCE_BAD_RESPONSE' },
  { name: 'sends a list', behave: json([{ data: {} }]), code: 'SOURCE_BAD_RESPONSE' },
  { name: 'sends text as data', behave: json({ data: 'canary' }), code: 'SOURCE_BAD_RESPONSE' },
  { name: 'sends errors that are none', behave: json({ errors: ['canary'] }), code: 'SOURCE_BAD_RESPONSE' },
  {
    name: 'redirects',
    behave: (response) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    code: 'SOURCE_BAD_RESPONSE',
  },
  {
    name: 'cuts its body',
    behave: (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"data":{"_entities":[');
      setTimeout(() => response.destroy(), 5);
    },
    code: 'SOURCE_BAD_RESPONSE',
  },
  {
    name: 'announces 200 MB',
    behave: (response) => endless(response, { 'content-length': String(200 * 1024 * 1024) }),
    code: 'SOURCE_BAD_RESPONSE',
  },
  { name: 'sends a body without an end', behave: (response) => endless(response), code: 'SOURCE_BAD_RESPONSE' },
  { name: 'sends 500', behave: (response) => void response.writeHead(500).end('canary'), code: 'SOURCE_UNAVAILABLE' },
  {
    name: 'sends 502 in HTML',
    behave: (response) => void response.writeHead(502).end('<p>canary'),
    code: 'SOURCE_UNAVAILABLE',
  },
  { name: 'sends 404', behave: (response) => void response.writeHead(404).end('canary'), code: 'SOURCE_BAD_RESPONSE' },
  { name: 'sends 403', behave: (response) => void response.writeHead(403).end('canary'), code: 'SOURCE_UNAVAILABLE' },
  {
    name: 'asks to wait',
    behave: (response) => void response.writeHead(429, { 'retry-after': '3' }).end(),
    code: 'SOURCE_THROTTLED',
  },
];
