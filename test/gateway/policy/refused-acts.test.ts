import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphQLError } from 'graphql';
import { type Part, startHub, verdicts } from '../hub.ts';

const refused = (code: string) => () => {
  throw new GraphQLError(`no: ${code}`, { extensions: { code, retryable: false } });
};
const ORDERS: Part = {
  sdl: `
    type Query { orders: Int }
    type Mutation { order: Int approve: Int note: Int conflict: Int }
  `,
  resolvers: {
    Query: { orders: () => 1 },
    Mutation: {
      order: refused('LIMIT_EXCEEDED'),
      approve: refused('SELF_APPROVAL'),
      conflict: refused('CONFLICT'),
      note: () => 1,
    },
  },
};

test('B17 B20 an act that its subgraph refuses for its amount or its approver is answered 403, with the code at its path', async (t) => {
  for (const http of [false, true]) {
    const hub = await startHub(t, { parts: { orders: ORDERS }, http });
    for (const [query, verdict] of [
      ['mutation { order }', [['LIMIT_EXCEEDED', 'order']]],
      ['mutation { mine: approve }', [['SELF_APPROVAL', 'mine']]],
      [
        'mutation { __typename order conflict }',
        [
          ['LIMIT_EXCEEDED', 'order'],
          ['CONFLICT', 'conflict'],
        ],
      ],
    ] as const) {
      const answer = await hub.ask(query);
      assert.equal(answer.status, 403, query);
      assert.deepEqual(verdicts(answer), verdict, query);
    }
  }
});

test('where another act of the document ran, the answer is 200: it must not read as if nothing had happened', async (t) => {
  const hub = await startHub(t, { parts: { orders: ORDERS } });
  const answer = await hub.ask('mutation { note order }');
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body.data, { note: 1, order: null });
  assert.deepEqual(verdicts(answer), [['LIMIT_EXCEEDED', 'order']]);
  assert.equal((await hub.ask('mutation { conflict }')).status, 200);
});
