import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { fixedClock } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import { silentLog } from '../../../platform/log.ts';
import { principalOf } from '../../../platform/principal.ts';
import { CALL_HEADER, encodeCall } from '../../../platform/subgraph/call-header.ts';
import { serveSubgraph } from '../../../platform/subgraph/serve.ts';
import { SIGNATURE_HEADER, SIGNATURE_WINDOW_SECONDS, sign } from '../../../platform/subgraph/sign.ts';
import type { SubgraphRequest } from '../../../platform/subgraph/subgraph.ts';
import { meanwhile } from '../../support/meanwhile.ts';

const SECRET = 'a-secret-for-tests';
const SUPPORT_APP = principalOf({ id: 'k1', name: 'Støtte', scopes: ['customer:read'], actsFor: 'SUPPORT' });

/** A subgraph whose fields show what it was told. */
const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, SubgraphRequest>({
    name: 'Query',
    fields: {
      caller: { type: GraphQLString, resolve: (_s, _a, { principal }) => `${principal.name} ${principal.actsFor}` },
      correlation: { type: GraphQLString, resolve: (_s, _a, { call }) => call.correlationId },
      noted: {
        type: GraphQLString,
        resolve: (_s, _a, { call }) => {
          call.note?.({ system: 'ERP', state: 'FRESH', ms: 3, calls: 1 });
          return 'yes';
        },
      },
      down: {
        type: GraphQLString,
        resolve: () => {
          throw new HubError('THROTTLED', 'ERP asks to wait', { system: 'ERP', retryAfterMs: 2_500 });
        },
      },
      defect: {
        type: GraphQLString,
        resolve: () => {
          throw new Error('postgres://hub:canary@10.0.0.7/hub');
        },
      },
      waits: {
        type: GraphQLString,
        resolve: (_s, _a, { call }) =>
          new Promise((_resolve, reject) =>
            call.signal.addEventListener('abort', () =>
              reject(new HubError('TIMEOUT', 'ERP did not answer in time', { system: 'ERP' })),
            ),
          ),
      },
    },
  }),
});

async function served(t: TestContext, contexts: SubgraphRequest[] = []) {
  const clock = fixedClock('2027-01-31T08:15:00Z');
  const server = await serveSubgraph(
    {
      name: 'erp',
      schema,
      contextFor: (request) => {
        contexts.push(request);
        return request;
      },
    },
    { host: '127.0.0.1', port: 0, secret: SECRET, log: silentLog, clock },
  );
  t.after(() => server.close());
  const headersFor = (body: string, options: { subgraph?: string; secret?: string; deadlineMs?: number } = {}) => {
    const callHeader = encodeCall({
      correlationId: 'c-1',
      deadlineAt: clock.now() + (options.deadlineMs ?? 5_000),
      principal: SUPPORT_APP,
    });
    const { secret = SECRET, subgraph = 'erp' } = options;
    return {
      'content-type': 'application/json',
      [CALL_HEADER]: callHeader,
      [SIGNATURE_HEADER]: sign({ secret, subgraph, body, callHeader }, clock.now()),
    };
  };
  const post = (body: string, headers: Record<string, string>, signal?: AbortSignal) =>
    fetch(server.url, { method: 'POST', body, headers, ...(signal ? { signal } : {}) });
  return { server, clock, headersFor, post };
}

const ask = (query: string) => JSON.stringify({ query });

test('a signed request is answered for the caller it names, with how each system answered', async (t) => {
  const { post, headersFor } = await served(t);
  const body = ask('{ caller correlation noted }');
  const response = await post(body, headersFor(body));
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), {
    data: { caller: 'Støtte SUPPORT', correlation: 'c-1', noted: 'yes' },
    extensions: { sources: [{ system: 'ERP', state: 'FRESH', ms: 3, calls: 1 }] },
  });
});

test('B39: a direct call without the signature of the hub is refused, whatever it asks', async (t) => {
  const contexts: SubgraphRequest[] = [];
  const { post } = await served(t, contexts);
  for (const query of ['{ _service { sdl } }', '{ _entities(representations: []) { __typename } }', '{ caller }']) {
    const response = await post(ask(query), { 'content-type': 'application/json' });
    assert.equal(response.status, 401, query);
    assert.match(await response.text(), /UNAUTHENTICATED/);
  }
  assert.equal(contexts.length, 0);
});

test('B40: a signature holds for its window, its body, its call, its subgraph and its secret only', async (t) => {
  const contexts: SubgraphRequest[] = [];
  const { post, headersFor, clock } = await served(t, contexts);
  const body = ask('{ caller }');
  const good = headersFor(body);
  const otherCall = encodeCall({
    correlationId: 'c-1',
    deadlineAt: clock.now() + 5_000,
    principal: { ...SUPPORT_APP, scopes: ['operate'] },
  });
  const refused: Record<string, [string, Record<string, string>]> = {
    'body changed': [ask('{ correlation }'), good],
    'call changed': [body, { ...good, [CALL_HEADER]: otherCall }],
    'other subgraph': [body, headersFor(body, { subgraph: 'billing' })],
    'other secret': [body, headersFor(body, { secret: 'another-secret' })],
    'malformed signature': [body, { ...good, [SIGNATURE_HEADER]: 't=now,v1=yes' }],
    'call is not a call': [body, signedOverCall('bm8', body)],
  };
  function signedOverCall(callHeader: string, text: string) {
    const signature = sign({ secret: SECRET, subgraph: 'erp', body: text, callHeader }, clock.now());
    return { [CALL_HEADER]: callHeader, [SIGNATURE_HEADER]: signature };
  }
  for (const [name, [text, headers]] of Object.entries(refused)) {
    assert.equal((await post(text, headers)).status, 401, name);
  }
  clock.advance((SIGNATURE_WINDOW_SECONDS + 1) * 1_000);
  assert.equal((await post(body, good)).status, 401, 'replayed after the window');
  assert.equal(contexts.length, 0);
  clock.advance(-1_000);
  assert.equal((await post(body, good)).status, 200, 'at the edge of the window');
});

test('B40: a call that is not signed for this subgraph says nothing about versions', async (t) => {
  const { post, headersFor } = await served(t);
  const body = ask('{ caller }');
  const good = headersFor(body);
  const response = await post(body, { ...good, [CALL_HEADER]: `1${good[CALL_HEADER]?.slice(1)}` });
  assert.equal(response.status, 401);
  assert.doesNotMatch(await response.text(), /version/);
});

test('a gateway of another version is refused with both versions, and no right or limit is dropped on the way', async (t) => {
  const contexts: SubgraphRequest[] = [];
  const { post, clock } = await served(t, contexts);
  const body = ask('{ caller }');
  const signed = (callHeader: string) => ({
    [CALL_HEADER]: callHeader,
    [SIGNATURE_HEADER]: sign({ secret: SECRET, subgraph: 'erp', body, callHeader }, clock.now()),
  });
  const limited = principalOf({
    ...SUPPORT_APP,
    kind: 'USER',
    rows: {
      partnerOfRecord: Array.from({ length: 500 }, (_, n) => `partner-${n}-with-a-long-name-of-its-own`),
      regions: [],
    },
    unmasked: ['PERSONAL'],
    acts: { submitOrder: {}, issueCredit: { upTo: { EUR: '500.00' } } },
    operations: 'registered',
    budget: { costPerMinute: 1, requestsPerMinute: 2, concurrency: 3, maxCost: 4 },
  });
  const sent = { correlationId: 'c-1', deadlineAt: clock.now() + 5_000, principal: limited };
  const now = encodeCall(sent);
  const first = Buffer.from(JSON.stringify(sent)).toString('base64url');
  const later = `3${now.slice(1)}`;
  for (const [header, version] of [
    [first, 1],
    [later, 3],
  ] as const) {
    const response = await post(body, signed(header));
    assert.equal(response.status, 400);
    assert.match(await response.text(), new RegExp(`writes version ${version} .* reads 2.*CALL_VERSION_MISMATCH`));
  }
  const unknownRight = `2.${Buffer.from(JSON.stringify({ ...sent, principal: { ...limited, more: 1 } })).toString('base64url')}`;
  assert.equal((await post(body, signed(unknownRight))).status, 401);
  assert.equal(contexts.length, 0);
  assert.equal((await post(body, signed(now))).status, 200);
  assert.deepEqual(contexts[0]?.principal, limited);
});

test('errors carry the public code, and a defect shows nothing of itself', async (t) => {
  const { post, headersFor } = await served(t);
  const body = ask('{ down defect }');
  const answer = await (await post(body, headersFor(body))).text();
  assert.ok(!answer.includes('canary') && !answer.includes('10.0.0.7'));
  const errors = JSON.parse(answer).errors as { path: string[]; extensions: unknown }[];
  assert.deepEqual(Object.fromEntries(errors.map(({ path, extensions }) => [path[0], extensions])), {
    down: { code: 'SOURCE_THROTTLED', system: 'ERP', retryable: true, retryAfterSeconds: 3 },
    defect: { code: 'INTERNAL_SERVER_ERROR', retryable: false },
  });
});

test('the deadline of the call ends what the subgraph waits for', async (t) => {
  const { post, headersFor } = await served(t);
  const body = ask('{ waits }');
  const answer = await (await post(body, headersFor(body, { deadlineMs: 20 }))).text();
  assert.match(answer, /SOURCE_TIMEOUT/);
});

test('a gateway that hangs up ends what the subgraph waits for', async (t) => {
  const contexts: SubgraphRequest[] = [];
  const { post, headersFor } = await served(t, contexts);
  const body = ask('{ waits }');
  const hangUp = new AbortController();
  const request = post(body, headersFor(body), hangUp.signal);
  const { signal } = await meanwhile(request, 'the subgraph is asked', () => contexts[0]?.call);
  const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  hangUp.abort();
  await assert.rejects(request);
  await aborted;
});

test('only POST /graphql and the health checks exist; bodies have a limit', async (t) => {
  const { server, post, headersFor } = await served(t);
  const origin = new URL(server.url).origin;
  assert.equal((await fetch(`${origin}/livez`)).status, 200);
  assert.equal((await fetch(`${origin}/readyz`)).status, 200);
  assert.equal((await fetch(server.url)).status, 404);
  assert.equal((await fetch(`${origin}/`)).status, 404);
  const large = 'x'.repeat(4 * 1024 * 1024 + 1);
  assert.equal((await post(large, headersFor(large))).status, 413);
  for (const wrong of ['{"query":', 'null', '[]', '{"query":1}']) {
    assert.equal((await post(wrong, headersFor(wrong))).status, 400, wrong);
  }
});
