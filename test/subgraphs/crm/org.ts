import { systemClock } from '../../../platform/clock.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import * as keys from '../../../sandbox/data/keys.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/start.ts';
import { readSalesforceConfig } from '../../../subgraphs/crm/connectors/salesforce/config.ts';
import { salesforce } from '../../../subgraphs/crm/connectors/salesforce/connector.ts';

const SEED = 7;

/** A sandbox with the connector on it, and what the generated company says should be there. */
export async function openOrg(size = 150, env: Record<string, string> = {}) {
  const sandbox: RunningSandbox = await startSandbox({
    customers: size,
    seed: SEED,
    latency: { minMs: 0, maxMs: 0 },
  });
  const port = salesforce(readSalesforceConfig({ ...sandbox.environment, ...env }), systemClock);
  const world = createWorld({ seed: SEED, size, today: '2026-10-05' }); // names and ids do not depend on the day
  const known = [...world.customers()].filter((customer) => customer.known.crm);
  return {
    sandbox,
    port,
    world,
    accounts: known
      .filter(({ mergedIntoIndex }) => mergedIntoIndex === null)
      .map(({ index, hubId, crmName }) => ({ id: keys.salesforce.account(index), hubId, name: crmName })),
    merged: known.flatMap(({ index, mergedIntoIndex }) =>
      mergedIntoIndex === null
        ? []
        : [{ id: keys.salesforce.account(index), into: keys.salesforce.account(mergedIntoIndex) }],
    ),
    unknown: { account: keys.salesforce.account(900_000), opportunity: keys.salesforce.opportunity(900_000, 0) },
    close: async () => {
      await port.close();
      await sandbox.close();
    },
  };
}

/** Requests to the org's API since the last look, without those for a token. */
export const apiCalls = (sandbox: RunningSandbox) =>
  sandbox.calls().filter((call) => call.vendor === 'salesforce' && call.path.startsWith('/services/data/'));
