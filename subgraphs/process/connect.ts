import type { Environment } from '../../platform/config.ts';
import type { PortServices } from '../../platform/port/wrapped.ts';
import { connectBilling } from '../billing/connect.ts';
import { connectCrm } from '../crm/connect.ts';
import { connectErp } from '../erp/connect.ts';
import { connectSupport } from '../support/connect.ts';

/** How each system that acts run across is connected; read with `readAll`, so that the problems of all are told together. */
export const systemConnectors = (env: Environment, services: PortServices) => ({
  erp: () => connectErp(env, services),
  billing: () => connectBilling(env, services),
  crm: () => connectCrm(env, services),
  support: () => connectSupport(env, services),
});
