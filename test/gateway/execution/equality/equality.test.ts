import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FIXED } from './fixed-seeds.ts';
import { judge, newTally, type Trial } from './judge.ts';
import { operationChoices } from './operation-choices.ts';
import { worldChoices } from './world-choices.ts';

// More worlds: EQUALITY_RUNS=5000, others than last time unless EQUALITY_SEED is set too. What fails is told with its seed.
const RUNS = Number(process.env.EQUALITY_RUNS ?? 40);
const SEED = Number(process.env.EQUALITY_SEED ?? (process.env.EQUALITY_RUNS ? Date.now() % 2 ** 31 : 1));
const SHRINK_MS = 60_000;

const OPERATIONS = 5;
const trials: fc.Arbitrary<Trial> = fc.record({
  world: worldChoices,
  operations: fc.array(operationChoices, { minLength: 1, maxLength: OPERATIONS, size: 'max' }),
});

async function holds(parameters: fc.Parameters<[Trial]>) {
  const tally = newTally();
  let isFailed = false;
  const result = await fc.check(
    fc.asyncProperty(trials, async (trial) => {
      const failure = await judge(trial, isFailed ? newTally() : tally);
      isFailed ||= failure !== undefined;
      return failure === undefined;
    }),
    parameters,
  );
  if (!result.failed) return tally;
  const [smallest] = result.counterexample ?? [];
  const told = smallest ? await judge(smallest, newTally(), 'small') : 'none';
  assert.fail(`seed ${result.seed} path ${result.counterexamplePath} after ${result.numRuns} worlds\n${told}`);
}

test(`in ${RUNS} made-up worlds the hub answers as one server over the same data would, and as ApolloGateway does`, async (t) => {
  const limit = { interruptAfterTimeLimit: RUNS * 500 + SHRINK_MS };
  const tally = await holds({ seed: SEED, numRuns: RUNS, endOnFailure: false, ...limit });
  t.diagnostic(JSON.stringify({ seed: SEED, ...tally }));
  assert.ok(tally.worlds >= RUNS * 0.9, 'too many worlds do not compose');
  assert.ok(tally.operations >= tally.worlds * 2, 'too few operations are valid');
  const apolloWrong = Object.values(tally.apolloWrong).reduce((sum, count) => sum + count, 0);
  assert.ok(apolloWrong <= tally.operations * 0.1, 'ApolloGateway and the plain server differ too often to be trusted');
  assert.ok(tally.refused <= tally.operations * 0.03, 'too much is refused');
  assert.equal(tally.fallbacks, 0, 'an operation is not covered by our own runner');
});

for (const { seed, path, was } of FIXED) {
  test(`${was} (seed ${seed}, path ${path})`, async () => {
    await holds({ seed, path, numRuns: 1, endOnFailure: true });
  });
}
