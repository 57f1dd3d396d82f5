import { z } from 'zod';
import type { Logger } from '../../platform/log.ts';

/** How much of one subgraph may be asked, in points. null: not limited. */
export interface UpstreamBudget {
  /** By one operation. */
  readonly maxCost: number | null;
  /** By all callers together in a minute. */
  readonly costPerMinute: number | null;
}

/** By subgraph. */
export type UpstreamBudgets = Readonly<Record<string, UpstreamBudget>>;

const ENTRY = /^([A-Za-z0-9_-]+)=([1-9]\d{0,14})$/;

/** `erp=2000,billing=5000`: points by subgraph. Default: none. */
export const pointsBySubgraph = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .refine(
    (entries) => entries.every((entry) => ENTRY.test(entry)),
    'must be subgraph=points separated by commas, like erp=2000,billing=5000',
  )
  .transform(
    (entries): Readonly<Record<string, number>> =>
      Object.fromEntries(
        entries.map((entry) => ENTRY.exec(entry)).map((found) => [found?.[1] ?? '', Number(found?.[2])]),
      ),
  );

export const upstreamBudgets = (
  maxCost: Readonly<Record<string, number>>,
  costPerMinute: Readonly<Record<string, number>>,
): UpstreamBudgets =>
  Object.fromEntries(
    [...new Set([...Object.keys(maxCost), ...Object.keys(costPerMinute)])].map((name) => [
      name,
      { maxCost: maxCost[name] ?? null, costPerMinute: costPerMinute[name] ?? null },
    ]),
  );

/** A budget for a subgraph that the graph does not have limits nothing: most likely it is misspelt. */
export function warnOfUnknown(budgets: UpstreamBudgets, subgraphs: readonly string[], log: Logger): void {
  const unknown = Object.keys(budgets).filter((name) => !subgraphs.includes(name));
  if (unknown.length === 0) return;
  log.warn(
    { unknown, subgraphs },
    'HUB_UPSTREAM_MAX_COST or HUB_UPSTREAM_COST_PER_MINUTE names subgraphs that the graph does not have',
  );
}
