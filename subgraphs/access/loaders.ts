import { contextOf, type PortContext } from '../../platform/port/loaders.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import { ACCESS_METHODS, type AccessPort } from './port.ts';

/** A loader for each batch method of the port, under the method's name, and the port itself for other questions. */
export type Context = PortContext<AccessPort, typeof ACCESS_METHODS>;

export const createContext = (port: AccessPort, request: SubgraphRequest): Context =>
  contextOf(port, ACCESS_METHODS, request);
