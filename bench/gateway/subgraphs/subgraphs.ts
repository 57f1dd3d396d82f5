import { accounts } from './accounts.ts';
import { inventory } from './inventory.ts';
import { products } from './products.ts';
import { reviews } from './reviews.ts';
import type { Served } from './served.ts';

export const SUBGRAPHS = { accounts, inventory, products, reviews } as const satisfies Record<string, Served>;

export type SubgraphName = keyof typeof SUBGRAPHS;

/** Where each subgraph listens. */
export type SubgraphUrls = Readonly<Record<SubgraphName, string>>;
