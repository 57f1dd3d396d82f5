import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../platform/clock.ts';
import { id } from '../../../platform/ids.ts';
import * as keys from '../../../sandbox/data/keys.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/start.ts';
import { readZendeskConfig } from '../../../subgraphs/support/connectors/zendesk/config.ts';
import { createZendeskSupport } from '../../../subgraphs/support/connectors/zendesk/connector.ts';

test("what was written to Zendesk's sandbox is there again after a restart, with the same ids", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zendesk-journal-'));
  const journalFile = join(folder, 'journal');
  const orgId = id<'SupportOrg'>(keys.zendesk.organization(0));
  const subscription = { orgId, subscriptionId: 'sub_journal' };
  const call = (key: string) => ({
    correlationId: key,
    signal: AbortSignal.timeout(10_000),
    key,
    actingFor: 'SUPPORT',
  });
  const rights = { ...subscription, startsOn: '2026-01-01', endsOn: null };
  const latency = { minMs: 0, maxMs: 0 };
  const visit = async <T>(
    sandbox: RunningSandbox,
    act: (port: ReturnType<typeof createZendeskSupport>) => Promise<T>,
  ) => {
    const port = createZendeskSupport(readZendeskConfig(sandbox.environment), { clock: systemClock });
    try {
      return await act(port);
    } finally {
      await port.close();
      await sandbox.close();
    }
  };

  const written = await visit(await startSandbox({ customers: 20, latency, journalFile }), async (port) => {
    await port.grant(
      {
        ...rights,
        rights: [
          { sku: 'SUB-ARCHIVE', seats: 2 },
          { sku: 'SUB-API', seats: 2 },
        ],
      },
      call('j:1'),
    );
    await assert.rejects(port.grant({ ...rights, rights: [{ sku: 'SUB-ARCHIVE', seats: 0.5 }] }, call('j:refused')));
    await port.grant({ ...rights, rights: [{ sku: 'SUB-ARCHIVE', seats: 7 }] }, call('j:2'));
    await port.updateOrg({ orgId, supportTier: 'STANDARD' }, call('j:3'));
    return port.rightsOf(subscription, call('j:read'));
  });
  assert.deepEqual(
    written.map(({ sku, seats }) => [sku, seats]),
    [['SUB-ARCHIVE', 7]],
  );

  const again = await startSandbox({ customers: 20, latency, journalFile });
  assert.equal(again.replayed.refused, 0);
  const kept = await visit(again, async (port) => {
    assert.equal((await port.orgs([orgId], call('j:read')))[0]?.supportTier, 'STANDARD');
    return port.rightsOf(subscription, call('j:read'));
  });
  assert.deepEqual(kept, written);
  await rm(folder, { recursive: true });
});
