import { countEffects } from '../effects.ts';
import type { Breach, Evidence, JournaledStep } from '../evidence.ts';

/** I3: the state that is told is that of the ledgers; compensated means net zero but for what is shown to stay. */
export function honestEnding({ runs, steps, ledgers }: Evidence): Breach[] {
  const stepsOf = Map.groupBy(steps, ({ runId }) => runId);
  return runs.flatMap((run) => {
    const own = stepsOf.get(run.id) ?? [];
    const { counts } = countEffects(run.id, ledgers);
    const standing = counts.filter(({ opened, ended }) => opened > ended);
    return [...endingOf(run.state, own), ...ledgersOf(run.state, own, standing)].map(
      (says): Breach => ({ invariant: 'I3', processId: run.id, correlationId: run.correlationId, says }),
    );
  });
}

/** What the steps must look like at that end. */
function endingOf(state: string, steps: readonly JournaledStep[]): string[] {
  if (state === 'COMPLETED') {
    return steps.filter((step) => step.state !== 'DONE').map(({ name, state }) => `completed, with ${name} ${state}`);
  }
  if (state === 'COMPENSATED') {
    return steps
      .filter((step) => !(['UNDONE', 'FAILED'].includes(step.state) || stays(step)))
      .map(({ name, state }) => `compensated, with ${name} ${state} and no reason why it stays`);
  }
  return [];
}

function ledgersOf(
  state: string,
  steps: readonly JournaledStep[],
  standing: readonly { vendor: string; subject: string }[],
): string[] {
  if (state !== 'COMPENSATED') return [];
  return standing
    .filter(({ subject }) => !steps.some((step) => stays(step) && subject.includes(`:${step.name}`)))
    .map(({ vendor, subject }) => `compensated, and ${vendor} still holds ${subject}`);
}

/** A step whose effect stays by intention is DONE and says why. */
const stays = ({ state, error }: JournaledStep): boolean => state === 'DONE' && error !== null;
