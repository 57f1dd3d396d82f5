import { buildWorld } from './build-world.ts';
import { differences, pathDifferences } from './comparison.ts';
import { isRefusal, knownFault } from './known-faults.ts';
import type { OperationChoices } from './operation-choices.ts';
import { type Outcome, type RunningWorld, runWorld } from './run-world.ts';
import { apollo, hub } from './runner.ts';
import type { WorldChoices } from './world-choices.ts';
import { type Operation, writeOperation } from './write-operation.ts';

export interface Trial {
  readonly world: WorldChoices;
  readonly operations: readonly OperationChoices[];
}

export interface Tally {
  worlds: number;
  /** Worlds that composition refuses. */
  notComposed: number;
  operations: number;
  invalid: number;
  /** Operations whose right answer holds errors. */
  withErrors: number;
  hubFetches: number;
  apolloFetches: number;
  /** Operations that ApolloGateway answers wrong, by what is known of it. */
  apolloWrong: Record<string, number>;
  /** Operations that the hub refuses, none of which ApolloGateway answers right. */
  refused: number;
  fallbacks: number;
}

export const newTally = (): Tally => ({
  worlds: 0,
  notComposed: 0,
  operations: 0,
  invalid: 0,
  withErrors: 0,
  hubFetches: 0,
  apolloFetches: 0,
  apolloWrong: {},
  refused: 0,
  fallbacks: 0,
});

/** @returns what is wrong, as a report; undefined where all is well */
export async function judge(trial: Trial, tally: Tally): Promise<string | undefined> {
  const world = buildWorld(trial.world);
  const running = await runWorld(world, { hub, apollo });
  if ('refused' in running) {
    tally.notComposed += 1;
    return undefined;
  }
  try {
    tally.worlds += 1;
    for (const choices of trial.operations) {
      const operation = writeOperation(running.apiSchema, choices);
      if (operation === undefined) tally.invalid += 1;
      else {
        const failure = await judgeOperation(running, operation, tally);
        if (failure !== undefined) return failure;
      }
    }
    tally.fallbacks += running.fallbacks('hub');
    return undefined;
  } finally {
    await running.stop();
  }
}

async function judgeOperation(running: RunningWorld, operation: Operation, tally: Tally): Promise<string | undefined> {
  tally.operations += 1;
  const expected = await running.expected(operation);
  if (expected.answer.errors.length > 0) tally.withErrors += 1;
  const ours = await running.answer('hub', operation);
  const theirs = await running.answer('apollo', operation);
  tally.hubFetches += ours.fetches.length;
  tally.apolloFetches += theirs.fetches.length;
  const theirFaults = faults(expected, theirs);
  const report = (title: string, lines: readonly string[]) =>
    [
      title,
      ...lines.slice(0, 15),
      '',
      ...Object.entries(running.sdls).map(
        ([name, sdl]) => `# subgraph ${name}\n${sdl.split('\n').slice(2).join('\n')}\n`,
      ),
      '# operation',
      operation.query,
      JSON.stringify(operation.variables),
      '# fetches of the hub',
      ...ours.fetches,
      '# fetches of ApolloGateway',
      ...theirs.fetches,
      '# expected',
      JSON.stringify(expected.answer),
      '# the hub answered',
      JSON.stringify(ours.answer),
    ].join('\n');

  if (theirFaults.length > 0) {
    const known = knownFault(theirFaults, theirs, operation);
    if (known === undefined) return report('ApolloGateway answers wrong in a way that is not known yet:', theirFaults);
    tally.apolloWrong[known] = (tally.apolloWrong[known] ?? 0) + 1;
  }
  if (isRefusal(ours.answer)) {
    tally.refused += 1;
    return theirFaults.length > 0
      ? undefined
      : report(`The hub refuses what ApolloGateway answers right: ${ours.answer.errors[0]?.message}`, []);
  }
  const ourFaults = faults(expected, ours);
  if (ourFaults.length > 0) return report('The hub answers wrong:', ourFaults);
  if (theirFaults.length > 0) return undefined;
  const paths = pathDifferences(theirs.answer.errors, ours.answer.errors);
  return paths.length > 0 ? report('Only one of both has an error at', paths) : undefined;
}

function faults(expected: Outcome, got: Outcome): string[] {
  const found = differences(expected.answer, got.answer);
  if (found.length === 0 && expected.effects.join() !== got.effects.join()) {
    found.push(`effects: expected ${expected.effects.join(', ')}; got ${got.effects.join(', ')}`);
  }
  return found;
}
