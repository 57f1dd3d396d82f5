import { contextOf, type PortContext } from '../../platform/port/loaders.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import { BILLING_METHODS, type BillingPort } from './port.ts';

/** A loader for each batch method of the port, under the method's name, and the port itself for other questions. */
export type Context = PortContext<BillingPort, typeof BILLING_METHODS>;

export const createContext = (port: BillingPort, request: SubgraphRequest): Context =>
  contextOf(port, BILLING_METHODS, request);
