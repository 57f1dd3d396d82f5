import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CuttingProxy {
  readonly url: string;
  /** Methods that came by, in order. */
  readonly methods: string[];
  /** Ends the session that the hub used last, at the server. */
  endSession(): Promise<void>;
  /** Lets the server do the next call of this method and then cuts the line, as when the answer is lost. */
  loseAnswerTo(method: string): void;
  close(): Promise<void>;
}

/** Stands between the hub and a real server, and loses answers on demand. */
export async function cuttingProxy(target: string): Promise<CuttingProxy> {
  const methods: string[] = [];
  const toLose: string[] = [];
  let last: { path: string; authorization: string } | undefined;
  const server = createServer(async (request, response) => {
    try {
      const body = await textOf(request);
      const method = String(JSON.parse(body).method);
      methods.push(method);
      const { authorization } = request.headers;
      const headers = { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) };
      if (authorization) last = { path: String(request.url), authorization };
      const answer = await fetch(target + request.url, { method: 'POST', headers, body });
      const text = await answer.text();
      const at = toLose.indexOf(method);
      if (at >= 0) {
        toLose.splice(at, 1);
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    } catch {
      request.socket.destroy(); // the server behind is away: to the hub it looks the same
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    methods,
    async endSession() {
      if (!last) throw new Error('no session was used yet');
      const body = JSON.stringify({ id: 1, method: 'common.db.logout', params: [] });
      const headers = { 'content-type': 'application/json', authorization: last.authorization };
      await (await fetch(target + last.path, { method: 'POST', headers, body })).text();
    },
    loseAnswerTo: (method) => toLose.push(method),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
