import { HubError } from '../../../platform/errors.ts';
import { judgeWrites } from '../../../platform/ownership/rights.ts';
import type { Context } from '../loaders.ts';

/**
 * Refuses an act that would change what the caller has no right to. For acts whose inputs are all judged by the owner it
 * never does; it is there for the input that says so no more. @throws NOT_OWNER, before anything is read
 */
export function refuseForeignWrites(
  { ownership, principal }: Pick<Context, 'ownership' | 'principal'>,
  act: string,
  given: Readonly<Record<string, unknown>>,
): void {
  const foreign = judgeWrites(ownership, act, given, { actsFor: principal.actsFor, reached: 'UNKNOWN' }).find(
    ({ right }) => right !== 'ALLOWED',
  );
  if (foreign === undefined) return;
  const { field, owner } = foreign;
  throw new HubError('NOT_OWNER', `${field} is owned by ${owner}, for which your key does not act; nothing was run`, {
    system: owner,
    field,
  });
}
