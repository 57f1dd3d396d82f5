import type { InstanceIds } from '../../../platform/port/instances.ts';
import { owned } from '../../../platform/port/owned.ts';
import { ERP_METHODS, type ErpCapabilities, type ErpPort } from '../port.ts';
import { readsOfAll } from './ask-all.ts';
import { readsById } from './by-id.ts';
import type { CutoverBook } from './cutover.ts';
import { createDirectory } from './directories.ts';
import { routedScans } from './scans.ts';
import { routedWrites } from './writes.ts';

export interface Routed {
  /** Each takes and gives the graph's ids (`asInstance`) and is wrapped on its own. In the order of the configuration. */
  readonly instances: ReadonlyMap<string, ErpPort>;
  readonly ids: InstanceIds;
  readonly cutovers: CutoverBook;
}

/**
 * Several ERPs as one port. What is asked by id goes to the instance that the id names, or to the owner of a customer who
 * is being moved; what has no id (products, companies, catalogue, numbers) is asked of all and put together. One that is
 * down takes only its own answers with it.
 */
export function routed(parts: Routed): ErpPort {
  const port: ErpPort = {
    capabilities: anyOf([...parts.instances.values()].map(({ capabilities }) => capabilities)),
    ...readsById(parts),
    ...readsOfAll(parts),
    ...routedWrites(parts),
    directory: createDirectory(parts),
    ...routedScans(parts),
  };
  return owned(port, ERP_METHODS, { system: 'ERP' }); // rights before anything is noted down about a key
}

/** What any of them can: where one cannot, the port's own answer for that customer says so. */
const anyOf = (all: readonly ErpCapabilities[]): ErpCapabilities => {
  const names = new Set(all.flatMap((capabilities) => Object.keys(capabilities) as (keyof ErpCapabilities)[])); // the interface's own
  const can = [...names].map((name) => [name, all.some((capabilities) => capabilities[name])]);
  return Object.fromEntries(can) as unknown as ErpCapabilities; // every name that any of them has, each a boolean
};
