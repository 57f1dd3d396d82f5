import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ground } from '../gateways.ts';
import { SUBGRAPHS, type SubgraphUrls } from '../subgraphs/subgraphs.ts';
import { composeSupergraph } from '../subgraphs/supergraph.ts';
import type { Load, LoadResult } from './driver.ts';
import { forked } from './forked.ts';
import { type Processors, processors } from './processors.ts';

/** What every gateway is measured on: the subgraphs, their graph, the driver. */
export interface RunningGround extends Omit<Ground, 'port'> {
  readonly processors: Processors;
  load(load: Partial<Load> & Pick<Load, 'url' | 'queries'>): Promise<LoadResult>;
  /** Calls that the subgraphs have had so far. */
  calls(): Promise<number>;
  stop(): Promise<void>;
}

export async function openGround({ pin }: { pin: boolean }): Promise<RunningGround> {
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
