import { contextOf, type PortContext } from '../../platform/port/loaders.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import { ERP_METHODS, type ErpPort } from './port.ts';

/** A loader for each batch method of the port, under the method's name, and the port itself for other questions. */
export type Context = PortContext<ErpPort, typeof ERP_METHODS>;

export const createContext = (port: ErpPort, request: SubgraphRequest): Context =>
  contextOf(port, ERP_METHODS, request);
