import { getOperationAST, parse, validate } from 'graphql';
import { buildWorld } from './build-world.ts';
import { differences, pathDifferences } from './comparison.ts';
import { apolloFault, isRefusal } from './known-faults.ts';
import type { OperationChoices } from './operation-choices.ts';
import { type Outcome, type RunningWorld, runWorld } from './run-world.ts';
import { apollo, hub } from './runner.ts';
import { smallerOperation } from './smaller-operation.ts';
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
  /** Operations that the hub refuses; ApolloGateway's plan for each is wrong, here or over other data. */
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

/**
 * @param wanted a report on the smallest operation that still fails, or quickly on the first that does
 * @returns what is wrong, as a report; undefined where all is well
 */
export async function judge(
  trial: Trial,
  tally: Tally,
  wanted: 'small' | 'quick' = 'quick',
): Promise<string | undefined> {
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
        const place = { running, isRefusalDue: (asked: Operation) => apolloFailsElsewhere(trial, asked) };
        const failure = await judgeOperation(place, operation, tally);
        if (failure !== undefined) return wanted === 'small' ? await smallest(place, operation) : failure;
      }
    }
    tally.fallbacks += running.fallbacks('hub');
    return undefined;
  } finally {
    await running.stop();
  }
}

interface Place {
  readonly running: RunningWorld;
  readonly isRefusalDue: (operation: Operation) => Promise<boolean>;
}

/** A wrong plan may do no harm where the data happen to be empty: the same graph is tried with other data. */
async function apolloFailsElsewhere({ world }: Trial, operation: Operation): Promise<boolean> {
  for (let other = 1; other <= 8; other++) {
    const running = await runWorld(buildWorld({ ...world, seed: world.seed + other, weather: 0 }), { apollo });
    if ('refused' in running) continue; // what differs between subgraphs follows from the seed too
    const expected = await running.expected(operation);
    const fails = faults(expected, await running.answer('apollo', operation)).length > 0;
    await running.stop();
    if (fails) return true;
  }
  return false;
}

async function smallest(place: Place, operation: Operation): Promise<string | undefined> {
  const found = await smallerOperation(operation, async (smaller) => {
    const document = parse(smaller.query);
    const isThere = getOperationAST(document, smaller.operationName) != null;
    const isValid = isThere && validate(place.running.apiSchema, document).length === 0;
    return isValid && (await judgeOperation(place, smaller, newTally())) !== undefined;
  });
  return judgeOperation(place, found, newTally());
}

async function judgeOperation(
  { running, isRefusalDue }: Place,
  operation: Operation,
  tally: Tally,
): Promise<string | undefined> {
  tally.operations += 1;
  const expected = await running.expected(operation);
  if (expected.answer.errors.length > 0) tally.withErrors += 1;
  const ours = await running.answer('hub', operation);
  const theirs = await running.answer('apollo', operation);
  tally.hubFetches += ours.fetches.length;
  tally.apolloFetches += theirs.fetches.length;

  const theirFaults = faults(expected, theirs);
  if (theirFaults.length > 0) {
    const fault = apolloFault(theirFaults, operation, running.apiSchema);
    tally.apolloWrong[fault] = (tally.apolloWrong[fault] ?? 0) + 1;
  }
  const report = (title: string, lines: readonly string[]) =>
    [title, ...lines.slice(0, 15), reportOn(running.sdls, operation, { expected, ours, theirs })].join('\n');
  if (isRefusal(ours.answer)) {
    tally.refused += 1;
    if (theirFaults.length > 0 || (await isRefusalDue(operation))) return undefined;
    return report(`The hub refuses what ApolloGateway answers right: ${ours.answer.errors[0]?.message}`, []);
  }
  const ourFaults = faults(expected, ours);
  if (ourFaults.length > 0) return report('The hub answers wrong:', ourFaults);
  if (theirFaults.length > 0) return undefined;
  const places = pathDifferences(theirs.answer, ours.answer);
  return places.length > 0 ? report('Only one of both has an error at', places) : undefined;
}

function faults(expected: Outcome, got: Outcome): string[] {
  if (got.threw !== undefined) return [`threw ${got.threw}`];
  const found = differences(expected.answer, got.answer);
  if (found.length === 0 && expected.effects.join() !== got.effects.join()) {
    found.push(`effects: expected ${expected.effects.join(', ')}; got ${got.effects.join(', ')}`);
  }
  return found;
}

function reportOn(
  sdls: Readonly<Record<string, string>>,
  { query, variables }: Operation,
  { expected, ours, theirs }: Readonly<Record<'expected' | 'ours' | 'theirs', Outcome>>,
): string {
  const withoutLink = (sdl: string) => sdl.split('\n').slice(2).join('\n');
  return [
    ...Object.entries(sdls).map(([name, sdl]) => `\n# subgraph ${name}\n${withoutLink(sdl)}`),
    '\n# operation',
    query,
    JSON.stringify(variables),
    '# fetches of the hub',
    ...ours.fetches.map(cut),
    '# fetches of ApolloGateway',
    ...theirs.fetches.map(cut),
    '# expected',
    JSON.stringify(expected.answer),
    '# the hub answered',
    JSON.stringify(ours.answer),
  ].join('\n');
}

const cut = (text: string) => (text.length > 900 ? `${text.slice(0, 900)}...` : text);
