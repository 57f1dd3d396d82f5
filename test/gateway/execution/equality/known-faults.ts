import type { Outcome } from './run-world.ts';
import type { Answer } from './runner.ts';
import type { Operation } from './write-operation.ts';

/** The hub says that no right plan exists, instead of a wrong answer. */
export const isRefusal = ({ data, errors }: Answer): boolean =>
  data === null && errors.length > 0 && errors.every(({ extensions }) => extensions?.code === 'REFUSED');

export function knownFault(faults: readonly string[], got: Outcome, operation: Operation): string | undefined {
  return faults[0] && got && operation ? 'all' : undefined;
}
