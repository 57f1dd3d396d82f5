import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { parse } from 'graphql';
import type { HubContext } from '../../gateway/context.ts';
import { overHttp } from '../../gateway/execution/transports/http.ts';
import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { principalOf, type RowScope } from '../../platform/principal.ts';
import { serveSubgraph } from '../../platform/subgraph/serve.ts';
import type { Subgraph, SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import { meanwhile } from '../support/meanwhile.ts';

const SECRET = 'shared-by-gateway-and-subgraphs';

test('B24: identical reads under way at once share one request only within the same caller’s rows', async (t) => {
  const gate = Promise.withResolvers<void>();
  const arrived: (RowScope | null | undefined)[] = [];
  const resolvers = {
    Query: {
      seen: async (_root: unknown, _args: unknown, { call }: SubgraphRequest) => {
        arrived.push(call.rows);
        await gate.promise;
        return JSON.stringify(call.rows ?? 'every customer');
      },
    },
  };
  const subgraph: Subgraph = {
    name: 'crm',
    schema: buildSubgraphSchema([
      { typeDefs: parse('type Query { seen: String }'), resolvers: resolvers as GraphQLResolverMap<unknown> },
    ]), // contextFor below gives every resolver a SubgraphRequest; Apollo types the context as unknown
    contextFor: (request) => request,
  };
  const served = await serveSubgraph(subgraph, { host: '127.0.0.1', port: 0, secret: SECRET, log: silentLog });
  t.after(() => served.close());
  const transport = overHttp({
    subgraph: 'crm',
    system: 'CRM',
    url: served.url,
    secret: SECRET,
    clock: systemClock,
    log: silentLog,
  });
  t.after(() => transport.close());
  const scopes: (RowScope | null)[] = [{ partnerOfRecord: ['p1'] }, { partnerOfRecord: ['p2'] }, null];
  const read = async (rows: RowScope | null): Promise<unknown> => {
    const principal = principalOf({ id: `key of ${JSON.stringify(rows)}`, name: 'test', scopes: [], rows });
    const call = { correlationId: 'shared', signal: AbortSignal.timeout(20_000) };
    const context = { call, principal, correlationId: 'shared', deadlineAt: systemClock.now() + 20_000 };
    const { data } = await transport.fetch({ query: '{ seen }' }, context as unknown as HubContext); // what the transport reads
    return data?.seen;
  };
  const reading = Promise.all([...scopes, ...scopes, ...scopes].map(read));
  await meanwhile(reading, 'a request of each came', () => arrived.length >= scopes.length);
  gate.resolve();
  const own = scopes.map((rows) => JSON.stringify(rows ?? 'every customer'));
  assert.deepEqual(await reading, [...own, ...own, ...own]);
  assert.equal(arrived.length, scopes.length, 'those with the same rows shared one');
});
