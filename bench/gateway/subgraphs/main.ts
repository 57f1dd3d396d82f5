/**
 * All four subgraphs in one process, one port each. An answer is worked out once for each request body and then sent as the same bytes,
 * so that what a gateway is measured with is the gateway. Tells its urls to the process that forked it, and on any message from it how
 * many calls it has had.
 */
import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import type { Served } from './served.ts';
import { SUBGRAPHS } from './subgraphs.ts';

let calls = 0;

/** Listens on a free port of the loopback. Resolves to the url. */
async function serve({ typeDefs, resolvers }: Served): Promise<string> {
  const schema = buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers });
  const answers = new Map<string, Buffer>();

  async function answer(body: Buffer): Promise<Buffer> {
    const key = hash('sha1', body, 'base64');
    const known = answers.get(key);
    if (known !== undefined) return known;
    const asked = JSON.parse(body.toString()) as { query: string; variables?: Record<string, unknown> }; // GraphQL over HTTP
    const result = await graphql({ schema, source: asked.query, variableValues: asked.variables });
    const made = Buffer.from(JSON.stringify(result));
    answers.set(key, made);
    return made;
  }

  function send(body: Buffer, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  }

  const server = createServer((request: IncomingMessage, response) => {
    calls += 1;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      answer(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)).then(
        (body) => send(body, response),
        (error) => response.writeHead(400).end(String(error)),
      );
    });
  });
  server.keepAliveTimeout = 600_000; // a gateway that waits for its turn keeps its connections
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`; // listening on TCP
}

const urls = Object.fromEntries(
  await Promise.all(Object.entries(SUBGRAPHS).map(async ([name, served]) => [name, await serve(served)] as const)),
);
process.on('message', () => process.send?.({ calls }));
process.on('disconnect', () => process.exit(0));
process.send?.({ urls });
