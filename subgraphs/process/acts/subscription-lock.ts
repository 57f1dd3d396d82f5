import type { Context } from '../loaders.ts';
import type { Rejection } from '../schema.generated.ts';
import type { Verdict } from '../verdicts/verdict.ts';

interface Named {
  readonly subscriptionId: string;
}

const lockOf = ({ subscriptionId }: Named): string => `subscription:${subscriptionId}`;

/** One act on the terms of a subscription at a time: a second one would be judged by what is half changed. */
export const subscriptionLock = (input: Named) => ({
  name: lockOf(input),
  taken: (processId: string): readonly Rejection[] => [running(processId)],
});

/** The verdict, and beside it that another process is changing the subscription; not told of one that is another's. */
export async function alone<Plan>(
  { engine }: Pick<Context, 'engine'>,
  input: Named,
  judged: Promise<Verdict<Plan>>,
): Promise<Verdict<Plan>> {
  const [verdict, holder] = await Promise.all([judged, engine.holderOf(lockOf(input))]);
  const isKnown = verdict.passed || verdict.reasons.every(({ code }) => code !== 'UNKNOWN_SUBSCRIPTION');
  if (holder === null || !isKnown) return verdict;
  return { passed: false, reasons: [...(verdict.passed ? [] : verdict.reasons), running(holder)] };
}

const running = (processId: string): Rejection => ({
  code: 'PROCESS_RUNNING',
  system: 'HUB',
  field: 'subscriptionId',
  message: `process ${processId} is changing this subscription; come again when it has ended`,
});
