import { contextOf, type PortContext } from '../../platform/port/loaders.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import { IDENTITY_METHODS, type IdentityPort } from './port.ts';

/** A loader for each batch method of the port, under the method's name, and the port itself for other questions. */
export type Context = PortContext<IdentityPort, typeof IDENTITY_METHODS>;

export const createContext = (port: IdentityPort, request: SubgraphRequest): Context =>
  contextOf(port, IDENTITY_METHODS, request);
