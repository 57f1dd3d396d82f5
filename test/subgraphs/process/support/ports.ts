import { systemClock } from '../../../../platform/clock.ts';
import { silentLog } from '../../../../platform/log.ts';
import { readOwnership } from '../../../../platform/ownership/ownership.ts';
import { createRowJudge } from '../../../../platform/rows/row-judge.ts';
import { subgraphSdl } from '../../../../platform/subgraph/schema.ts';
import { connectBilling } from '../../../../subgraphs/billing/connect.ts';
import { connectCrm } from '../../../../subgraphs/crm/connect.ts';
import { connectErp } from '../../../../subgraphs/erp/connect.ts';
import { connectIdentity } from '../../../../subgraphs/identity/connect.ts';
import type { Ports } from '../../../../subgraphs/process/systems.ts';
import { connectSupport } from '../../../../subgraphs/support/connect.ts';

/** Every subgraph's SDL read as one: what the supergraph says of ownership. */
export function ownershipOfAll() {
  const root = new URL('../../../../subgraphs/', import.meta.url);
  const shared = ['identity', 'erp', 'billing', 'crm', 'support', 'process'].map((domain) =>
    subgraphSdl(new URL(`${domain}/schema.graphql`, root)),
  );
  return readOwnership(shared.join('\n'));
}

/** The systems' ports against a sandbox; nothing is cached, so that a test reads what is there. */
export async function connectAll(
  environment: Readonly<Record<string, string>>,
  db: Parameters<typeof connectIdentity>[0],
): Promise<Ports> {
  const rows = createRowJudge({ db, clock: systemClock, log: silentLog });
  const services = { clock: systemClock, log: silentLog, cache: null, rows };
  return {
    erp: connectErp(environment, services),
    billing: connectBilling(environment, services),
    crm: connectCrm(environment, services),
    support: connectSupport(environment, services),
    identity: await connectIdentity(db, services),
  };
}
