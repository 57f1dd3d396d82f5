import type { GraphQLSchema } from 'graphql';
import { type Composed, composed } from './composition.ts';
import { oracle } from './oracle.ts';
import { type Answer, plain, type Runner, type Running } from './runner.ts';
import { type RunningSubgraph, type Session, session, subgraph } from './subgraph.ts';
import type { World } from './world.ts';
import type { Operation } from './write-operation.ts';

export interface Outcome {
  readonly answer: Answer;
  /** Effects of mutations, in their order. */
  readonly effects: readonly string[];
  /** Each fetch, as text: subgraph, operation, variables, answer. */
  readonly fetches: readonly string[];
  /** A runner is not to reject; what it rejected with. */
  readonly threw?: string;
}

export interface RunningWorld {
  readonly apiSchema: GraphQLSchema;
  readonly sdls: Readonly<Record<string, string>>;
  expected(operation: Operation): Promise<Outcome>;
  /** What the runner makes of it. */
  answer(runner: string, operation: Operation): Promise<Outcome>;
  fallbacks(runner: string): number;
  stop(): Promise<void>;
}

/** A world behind each of the runners. @returns why it does not compose, where it does not */
export async function runWorld(
  world: World,
  runners: Readonly<Record<string, Runner>>,
): Promise<RunningWorld | { readonly refused: readonly string[] }> {
  const subgraphs = new Map<string, RunningSubgraph>();
  for (const name of world.subgraphs) {
    const isEmpty = [...world.objects.values()].every((object) => !object.in.has(name));
    if (!isEmpty) subgraphs.set(name, subgraph(world, name));
  }
  const sdls = Object.fromEntries([...subgraphs].map(([name, { sdl }]) => [name, sdl]));
  const made = composed(sdls);
  if (!isComposed(made)) return { refused: made };

  let now: { session: Session; fetches: string[] } = { session: session(), fetches: [] };
  const reachable = Object.fromEntries(
    [...subgraphs].map(([name, { run }]) => [
      name,
      async (query: string, variables: Readonly<Record<string, unknown>>) => {
        const { session, fetches } = now; // this operation's, also where the answer comes late
        const result = await run(query, variables, session);
        fetches.push(`${name}: ${query} ${JSON.stringify(variables)}\n    -> ${JSON.stringify(result)}`);
        return result;
      },
    ]),
  );
  const running = new Map<string, Running>();
  for (const [name, runner] of Object.entries(runners)) running.set(name, await runner(made.supergraphSdl, reachable));
  const ask = oracle(world, made.apiSchema);

  return {
    apiSchema: made.apiSchema,
    sdls,
    async expected({ query, variables, operationName }) {
      const own = session();
      const answer = plain(await ask(query, { ...variables }, operationName, own));
      return { answer, effects: own.effects, fetches: [] };
    },
    async answer(runner, { query, variables, operationName }) {
      now = { session: session(), fetches: [] };
      const { session: own, fetches } = now;
      const started = running.get(runner);
      if (started === undefined) throw new Error(`There is no runner ${runner}`);
      try {
        const answer = await started.run(query, variables, operationName);
        return { answer, effects: own.effects, fetches };
      } catch (error) {
        const threw = error instanceof Error ? (error.stack ?? error.message) : String(error);
        return { answer: { data: null, errors: [] }, effects: own.effects, fetches, threw };
      }
    },
    fallbacks: (runner) => running.get(runner)?.fallbacks() ?? 0,
    async stop() {
      for (const { stop } of running.values()) await stop();
    },
  };
}

const isComposed = (made: Composed | readonly string[]): made is Composed => 'supergraphSdl' in made;
