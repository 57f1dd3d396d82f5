import { contextOf, type PortContext } from '../../platform/port/loaders.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import { CRM_METHODS, type CrmPort } from './port.ts';

/** A loader for each batch method of the port, under the method's name, and the port itself for other questions. */
export type Context = PortContext<CrmPort, typeof CRM_METHODS>;

export const createContext = (port: CrmPort, request: SubgraphRequest): Context =>
  contextOf(port, CRM_METHODS, request);
