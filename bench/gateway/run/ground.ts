import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ground } from '../gateways.ts';
import { SUBGRAPHS, type SubgraphUrls } from '../subgraphs/subgraphs.ts';
import { composeSupergraph } from '../subgraphs/supergraph.ts';
import type { Load, LoadResult } from './driver.ts';
import { forked } from './forked.ts';
import { type Processors, processors } from './processors.ts';
import { driveWithWrk } from './wrk.ts';

/** What every gateway is measured on: the subgraphs, their graph, the driver. */
export interface RunningGround extends Omit<Ground, 'port'> {
  readonly processors: Processors;
  load(load: Partial<Load> & Pick<Load, 'url' | 'queries'>): Promise<LoadResult>;
  /** Calls that the subgraphs have had so far. */
  calls(): Promise<number>;
  stop(): Promise<void>;
}

export interface GroundOptions {
  /** Ties processes to processors. */
  readonly pin: boolean;
  /** Who makes the load of a length of time. A number of requests is always made by our own driver. */
  readonly driver: 'own' | 'wrk';
}

export async function openGround({ pin, driver: by }: GroundOptions): Promise<RunningGround> {
  const where = processors(pin);
  const file = (name: string) => join(import.meta.dirname, name);
  const subgraphs = await forked<object, { urls: SubgraphUrls; calls: number }>(
    file('../subgraphs/main.ts'),
    where.others,
  );
  const driver = await forked<Load, { result: LoadResult }>(file('driver.ts'), where.others);
  const folder = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
  const supergraph = join(folder, 'supergraph.graphql');
  const { urls } = subgraphs.ready;
  writeFileSync(supergraph, composeSupergraph(urls));
  return {
    processors: where,
    supergraph,
    urls,
    schemas: Object.fromEntries(Object.entries(SUBGRAPHS).map(([name, { typeDefs }]) => [name, typeDefs])),
    async load(load) {
      const whole = {
        headers: {},
        connections: 8,
        shops: 1,
        first: 0,
        ms: 600_000,
        requests: Number.POSITIVE_INFINITY,
        ...load,
      };
      if (by === 'wrk' && load.ms !== undefined) return driveWithWrk(whole, where.others);
      return (await driver.ask(whole)).result;
    },
    async calls() {
      return (await subgraphs.ask({})).calls;
    },
    async stop() {
      await Promise.all([driver.stop(), subgraphs.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
