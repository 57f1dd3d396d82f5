import type { Environment } from '../../platform/config.ts';
import { connectBilling } from '../billing/connect.ts';
import { connectCrm } from '../crm/connect.ts';
import { connectErp, type ErpServices } from '../erp/connect.ts';
import { connectSupport } from '../support/connect.ts';

/** Acts are started from another process than the worker's by the role `client`, on the same database. */
export { engineRules } from './engine-rules.ts';
export { startProcesses } from './start.ts';

/** How each system that acts run across is connected; read with `readAll`, so that the problems of all are told together. */
export const systemConnectors = (env: Environment, services: ErpServices) => ({
  erp: () => connectErp(env, services),
  billing: () => connectBilling(env, services),
  crm: () => connectCrm(env, services),
  support: () => connectSupport(env, services),
});
