import { spokenOf } from '../mask/spoken-of.ts';
import type { SubgraphRequest } from './subgraph.ts';

interface ObservedValue {
  readonly field: string;
  readonly value: string | null;
}

/**
 * `ObservedValue` of every subgraph: what a system holds of a field that another owns is masked as that field is. Every
 * subgraph's context names its caller.
 */
export const observedValueResolvers = {
  ObservedValue: {
    value: ({ field, value }: ObservedValue, _args: unknown, { principal }: Pick<SubgraphRequest, 'principal'>) =>
      spokenOf(field, value, principal.unmasked),
  },
};
