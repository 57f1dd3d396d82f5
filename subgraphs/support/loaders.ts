import { contextOf, type PortContext } from '../../platform/port/loaders.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import { SUPPORT_METHODS, type SupportPort } from './port.ts';

/** A loader for each batch method of the port, under the method's name, and the port itself for other questions. */
export type Context = PortContext<SupportPort, typeof SUPPORT_METHODS>;

export const createContext = (port: SupportPort, request: SubgraphRequest): Context =>
  contextOf(port, SUPPORT_METHODS, request);
