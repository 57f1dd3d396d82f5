/**
 * The load, in a process of its own: holds N connections open, each asks its next request as soon as it has its answer. When the time is
 * over no more is asked and what is in flight is waited for, so that the CPU time of the gateway belongs to the answers that were counted.
 */
import { Client, type Dispatcher } from 'undici';
import { bodyOf, QUERIES, type QueryName } from '../shops/queries.ts';
import { SHOPS, shopId } from '../shops/shop.ts';

export interface Load {
  readonly url: string;
  /** Sent with each request, besides those of every GraphQL request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Asked in turn. */
  readonly queries: readonly QueryName[];
  readonly connections: number;
  /** Number of shops that are asked about in turn, from `first` on; 1: always the same request. */
  readonly shops: number;
  readonly first: number;
  /** Ends after so many ms or so many requests, whichever comes first. */
  readonly ms: number;
  readonly requests: number;
}

export interface LoadResult {
  readonly requests: number;
  /** Answers that were not a 200 of the right length, and what the first of them was. */
  readonly wrong: number;
  readonly firstWrong: string | undefined;
  /** Requests that the gateway had begun and that were not waited for. */
  readonly leftBehind: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What a gateway may add to the data as `extensions`, in bytes. */
const ROOM = 2_048;
const HEADERS = { 'content-type': 'application/json', accept: 'application/json' } as const;

const lengths = Object.fromEntries(
  Object.values(QUERIES).map((query) => [query.name, Buffer.byteLength(JSON.stringify(query.answer(shopId(0))))]),
);

async function drive({
  url,
  headers: added,
  queries,
  connections,
  shops,
  first,
  ms,
  requests,
}: Load): Promise<LoadResult> {
  const { origin, pathname } = new URL(url);
  const headers = { ...HEADERS, ...added };
  const bodies = Array.from({ length: shops * queries.length }, (_, i) => {
    const name = queries[i % queries.length] ?? 'small';
    const shop = shopId((first + Math.floor(i / queries.length)) % SHOPS);
    return { body: Buffer.from(bodyOf(QUERIES[name], shop)), least: lengths[name] ?? 0 };
  });
  const clients = Array.from({ length: connections }, () => new Client(origin, { pipelining: 1 }));
  const took: number[] = [];
  let asked = 0;
  let wrong = 0;
  let firstWrong: string | undefined;
  const startedAt = performance.now();
  const over = startedAt + ms;

  const run = (client: Client) =>
    new Promise<void>((resolve) => {
      const next = () => {
        const request = bodies[asked % bodies.length];
        if (request === undefined || asked >= requests || performance.now() >= over) return resolve();
        asked += 1;
        const sentAt = performance.now();
        let status = 0;
        let length = 0;
        const done = (problem?: string) => {
          const right =
            problem === undefined && status === 200 && length >= request.least && length < request.least + ROOM;
          if (!right) {
            wrong += 1;
            firstWrong ??= problem ?? `status ${status} with ${length} bytes where ${request.least} are right`;
            setImmediate(next); // some failures come while the request is being sent
            return;
          }
          took.push(performance.now() - sentAt);
          next();
        };
        const handler: Dispatcher.DispatchHandler = {
          onRequestStart() {}, // undici asks for it
          onResponseStart(_, code) {
            status = code;
          },
          onResponseData(_, part) {
            length += part.length;
          },
          onResponseEnd: () => done(),
          onResponseError: (_, error) => done(String(error)),
        };
        client.dispatch({ method: 'POST', path: pathname, headers, body: request.body }, handler);
      };
      next();
    });
  await Promise.all(clients.map(run));
  const seconds = (performance.now() - startedAt) / 1_000;
  await Promise.all(clients.map((client) => client.close()));
  took.sort((a, b) => a - b);
  const share = (q: number) => took[Math.min(took.length - 1, Math.floor(took.length * q))] ?? Number.NaN;
  return { requests: took.length, wrong, firstWrong, leftBehind: 0, seconds, p50Ms: share(0.5), p99Ms: share(0.99) };
}

process.on('message', (load: Load) => {
  drive(load).then(
    (result) => process.send?.({ result }),
    (error) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
