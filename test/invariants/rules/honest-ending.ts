import { countEffects } from '../effects.ts';
import type { Breach, Evidence, JournaledRun, JournaledStep, Remedied } from '../evidence.ts';

/**
 * I3: the state that is told is that of the ledgers. Compensated means net zero but for what is shown to stay; rejected means
 * that nothing was ever done; superseded that a later process has done all of it.
 */
export function honestEnding({ runs, steps, ledgers, remedied }: Evidence): Breach[] {
  const stepsOf = Map.groupBy(steps, ({ runId }) => runId);
  const remediesOf = Map.groupBy(remedied, ({ runId }) => runId);
  return runs.flatMap((run) => {
    const own = stepsOf.get(run.id) ?? [];
    const remedies = remediesOf.get(run.id) ?? [];
    const { counts } = countEffects(run.id, ledgers);
    const standing = counts.filter(({ opened, ended }) => opened > ended);
    const breaches = [
      ...endingOf(run.state, own),
      ...ledgersOf(run.state, own, standing),
      ...skippedByNobody(own, remedies),
      ...(run.state === 'SUPERSEDED' ? supersededBy(run, runs, remedies) : []),
    ];
    return breaches.map(
      (says): Breach => ({ invariant: 'I3', processId: run.id, correlationId: run.correlationId, says }),
    );
  });
}

/** What the steps must look like at that end. */
function endingOf(state: string, steps: readonly JournaledStep[]): string[] {
  const left = ENDS_WITH[state];
  if (left === undefined) return [];
  return steps
    .filter((step) => !(left.states.includes(step.state) || (left.stays && stays(step))))
    .map(({ name, state }) => `${left.said}, with ${name} ${state}${left.stays ? ' and no reason why it stays' : ''}`);
}

const ENDS_WITH: Readonly<Record<string, { said: string; states: readonly string[]; stays: boolean }>> = {
  COMPLETED: { said: 'completed', states: ['DONE', 'SKIPPED'], stays: false },
  COMPENSATED: { said: 'compensated', states: ['UNDONE', 'FAILED', 'SKIPPED'], stays: true },
  REJECTED: { said: 'rejected', states: [], stays: false },
};

/** What the ledgers must not hold any more at that end. */
function ledgersOf(
  state: string,
  steps: readonly JournaledStep[],
  standing: readonly { vendor: string; subject: string }[],
): string[] {
  if (!['COMPENSATED', 'REJECTED', 'SUPERSEDED'].includes(state)) return [];
  return standing
    .filter(
      ({ subject }) => !steps.some((step) => (stays(step) || isSkipped(step)) && subject.includes(`:${step.name}`)),
    )
    .map(({ vendor, subject }) => `${state.toLowerCase()}, and ${vendor} still holds ${subject}`);
}

/** A step whose effect stays by intention is DONE and says why. */
const stays = ({ state, error }: JournaledStep): boolean => state === 'DONE' && error !== null;

/** What an operator did, or took back, outside: it is his word that holds, and he gave it. */
const isSkipped = ({ state }: JournaledStep): boolean => state === 'SKIPPED';

function skippedByNobody(steps: readonly JournaledStep[], remedies: readonly Remedied[]): string[] {
  return steps.filter(isSkipped).flatMap(({ name, error }) => {
    const decided = remedies.some(
      ({ step, resolution, by }) => step === name && resolution === 'SKIPPED' && by !== null,
    );
    if (!decided) return [`${name} is skipped, and nobody decided that`];
    return error === null ? [`${name} is skipped, and nobody said why`] : [];
  });
}

/** A process that was made needless names the one that did, which is of its kind and completed. */
function supersededBy(run: JournaledRun, runs: readonly JournaledRun[], remedies: readonly Remedied[]): string[] {
  const later = runs.find(({ id }) => id !== run.id && run.reason?.split(/\s+/).includes(id));
  if (later === undefined) return ['superseded, and no process is named that did what it was for'];
  if (later.kind !== run.kind || later.state !== 'COMPLETED') {
    return [`superseded by ${later.id}, which is ${later.kind} and ${later.state}`];
  }
  return remedies.some(({ resolution }) => resolution === 'SUPERSEDED')
    ? []
    : ['superseded, and it never waited as an exception'];
}
