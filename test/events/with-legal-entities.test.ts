import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withLegalEntities } from '../../events/register/with-legal-entities.ts';
import type { Call } from '../../platform/call.ts';
import { id } from '../../platform/ids.ts';
import { pageOf } from '../../platform/page.ts';

const call: Call = { correlationId: 'test', signal: new AbortController().signal };

test('each customer of the ERP’s directory comes with the companies that bill it, asked in the port’s measure and past the cache', async () => {
  const all = Array.from({ length: 250 }, (_, nr) => ({
    externalId: String(1_000 + nr),
    hubId: `C-${nr}`,
    name: 'n',
    email: null,
    parentExternalId: null,
    mergedIntoExternalId: null,
  }));
  const asked: [keys: number, fresh: boolean | undefined][] = [];
  const directory = withLegalEntities({
    directory: async ({ first, after }) => pageOf(all, first, after, ({ externalId }) => externalId),
    legalEntitiesOf: async (keys, { fresh }) => {
      asked.push([keys.length, fresh]);
      return keys.map((key) => (Number(key) % 2 === 0 ? [id('2'), id('3')] : []));
    },
  });
  const page = await directory({ first: 240, after: null }, call);
  assert.deepEqual([page.entries.length, page.hasMore, page.endCursor], [240, true, '1239']);
  assert.deepEqual(
    page.entries.slice(0, 2).map(({ rows }) => rows),
    [{ legalEntities: ['2', '3'] }, { legalEntities: [] }],
  );
  assert.deepEqual(page.entries.at(-1)?.rows, { legalEntities: [] });
  assert.deepEqual(asked, [
    [100, true],
    [100, true],
    [40, true],
  ]);
  assert.deepEqual((await directory({ first: 10, after: '1249' }, call)).entries, []);
});
