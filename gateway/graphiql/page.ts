import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { isLoopback } from '../config.ts';
import { takesHtml } from '../http/accept.ts';

/** What the page offers beyond the editor. Development only: keys in a page are keys for everybody who sees it. */
export interface GraphiqlOptions {
  /** API keys to choose from, by the name shown. The first is chosen at the start. */
  readonly keys: Readonly<Record<string, string>>;
}

/** Everything comes from this server, so that the page works offline and loads nothing that was not installed. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HTML = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Concord</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/graphiql/graphiql.css">
    <link rel="stylesheet" href="/graphiql/page.css">
    <script src="/graphiql/react.js" defer></script>
    <script src="/graphiql/react-dom.js" defer></script>
    <script src="/graphiql/graphiql.js" defer></script>
    <script src="/graphiql/page.js" defer></script>
  </head>
  <body><div id="key"></div><div id="graphiql">Loading the editor</div></body>
</html>
`;

const CSS = 'text/css; charset=utf-8';
const JS = 'text/javascript; charset=utf-8';

/** Serves GraphiQL at `/` to browsers, with a tab for each example and a field for the API key. */
export function serveGraphiql(server: FastifyInstance, options: GraphiqlOptions): void {
  const { resolve } = createRequire(import.meta.url);
  // By way of package.json: these packages do not export their browser builds.
  const installed = (name: string, file: string) => join(dirname(resolve(`${name}/package.json`)), file);
  const files: readonly [name: string, type: string, file: string | URL][] = [
    ['react.js', JS, installed('react', 'umd/react.production.min.js')],
    ['react-dom.js', JS, installed('react-dom', 'umd/react-dom.production.min.js')],
    ['graphiql.js', JS, installed('graphiql', 'graphiql.min.js')],
    ['graphiql.css', CSS, installed('graphiql', 'graphiql.min.css')],
    ['page.js', JS, new URL('page.js', import.meta.url)],
    ['page.css', CSS, new URL('page.css', import.meta.url)],
  ];

  server.get('/', async (request, reply) => {
    if (!takesHtml(request.headers.accept)) return reply.callNotFound();
    return reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(HTML);
  });
  for (const [name, type, file] of files) {
    let content: { bytes: Buffer; tag: string } | undefined; // read when a browser first asks
    server.get(`/graphiql/${name}`, async (request, reply) => {
      content ??= tagged(readFileSync(file));
      reply.headers({ 'cache-control': 'no-cache', etag: content.tag });
      if (request.headers['if-none-match'] === content.tag) return reply.code(304).send();
      return reply.type(type).send(content.bytes);
    });
  }
  server.get('/graphiql/settings.json', async (request, reply) => {
    // A foreign page whose name was pointed at this machine (DNS rebinding) would be same-origin: it may not read the keys.
    if (!isLoopback(request.hostname.replace(/^\[|\]$/g, ''))) return reply.callNotFound();
    return reply.send({ examples: examples(), keys: options.keys });
  });
}

const tagged = (bytes: Buffer) => ({ bytes, tag: `"${createHash('sha256').update(bytes).digest('base64url')}"` });

export interface Example {
  readonly name: string;
  readonly query: string;
  /** JSON text. */
  readonly variables: string;
}

/** `gateway/graphiql/examples/*.graphql` in the order of their names, each with the variables that stand beside it. */
export function examples(): Example[] {
  const folder = new URL('examples/', import.meta.url);
  const names = readdirSync(folder);
  return names
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => {
      const variables = name.replace(/\.graphql$/, '.variables.json');
      return {
        name: name.replace(/^\d+-|\.graphql$/g, ''),
        query: readFileSync(new URL(name, folder), 'utf8'),
        variables: names.includes(variables) ? readFileSync(new URL(variables, folder), 'utf8').trim() : '{}',
      };
    });
}
