import { z } from 'zod';
import { type Environment, readConfig } from '../../platform/config.ts';
import { createDb } from '../../platform/db/db.ts';
import type { PortServices } from '../../platform/port/wrapped.ts';
import { SETTINGS } from '../../platform/settings.ts';
import { runSubgraph } from '../../platform/subgraph/run.ts';
import { connectErp } from './connect.ts';
import type { CutoverBook } from './instances/cutover.ts';
import { createCutoverBook } from './instances/cutover-book.ts';
import { createErpSubgraph } from './subgraph.ts';

/** Moves between several ERPs, from the database that the processes of acts keep up to date; without one nobody moves. */
function cutovers(env: Environment, { clock, log }: PortServices): CutoverBook | null {
  if (!env.ERP_INSTANCES) return null;
  const { DATABASE_URL: url } = readConfig(z.object({ DATABASE_URL: SETTINGS.databaseUrl.optional() }), env);
  return url === undefined ? null : createCutoverBook(createDb(url, { max: 4, log }), clock); // connects when first asked
}

await runSubgraph({
  name: 'erp',
  standardPort: 4101,
  connect: (env, services) => connectErp(env, { ...services, cutovers: cutovers(env, services) }),
  create: createErpSubgraph,
});
