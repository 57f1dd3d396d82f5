import { fixedClock } from '../../../platform/clock.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import * as keys from '../../../sandbox/data/keys.ts';
import { startSandbox } from '../../../sandbox/start.ts';
import { readZendeskConfig } from '../../../subgraphs/support/connectors/zendesk/config.ts';
import { createZendeskSupport } from '../../../subgraphs/support/connectors/zendesk/connector.ts';
import { supportContract } from '../../contract/support.ts';

supportContract('Zendesk, against the sandbox', async () => {
  const clock = fixedClock('2026-10-05T08:00:00Z');
  const sandbox = await startSandbox({ customers: 150, seed: 7, clock, latency: { minMs: 0, maxMs: 0 } });
  const port = createZendeskSupport(readZendeskConfig(sandbox.environment), { clock });
  const world = createWorld({ seed: 7, size: 150, today: '2026-10-05' });
  const orgs = [...world.customers()]
    .filter(({ known }) => known.support)
    .map(({ index, hubId, crmName }) => ({ id: String(keys.zendesk.organization(index)), hubId, name: crmName }));
  const tier = world.customer(0).supportTier;
  return {
    port,
    orgs,
    otherTier: tier === 'PREMIUM' ? 'STANDARD' : 'PREMIUM',
    skus: ['SUB-CLOUD-BUSINESS', 'SUB-ARCHIVE'],
    close: async () => {
      await port.close();
      await sandbox.close();
    },
  };
});
