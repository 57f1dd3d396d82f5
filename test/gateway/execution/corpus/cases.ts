import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, validate } from 'graphql';
import { type Composed, composed } from '../equality/composition.ts';
import { type Answer, apollo, hub, type Runner } from '../equality/runner.ts';
import type { Part } from './part.ts';

export interface Ask {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly data: unknown;
  /** Paths of the errors, joined by dots, in any order. Default: none. */
  readonly errors?: readonly string[];
  /** How often the hub asks subgraphs, where that is the point. */
  readonly fetches?: Readonly<Record<string, number>>;
}

export interface Case {
  readonly name: string;
  readonly parts: Readonly<Record<string, Part>>;
  readonly asks: readonly Ask[];
  /** Why ApolloGateway does not answer it right. It is held to that, so that what is written here stays true. */
  readonly apolloFails?: string;
  /** The hub may refuse, with this message, what the base cannot plan: a refusal is told, a wrong answer is not. */
  readonly mayRefuse?: RegExp;
  /** The hub refuses the supergraph; the message says why. */
  readonly notLoaded?: RegExp;
}

/** Tries each case on the hub, and on ApolloGateway, on which the hub is built. */
export function tryCases(cases: readonly Case[]): void {
  for (const one of cases) {
    const { notLoaded } = one;
    test(one.name, async () => {
      const tried = tryOn(hub, one, supergraphOf(one), true);
      await (notLoaded === undefined ? tried : assert.rejects(tried, notLoaded));
    });
    const { apolloFails } = one;
    if (apolloFails === undefined)
      test(`${one.name}, by ApolloGateway`, () => tryOn(apollo, one, supergraphOf(one), false));
    else {
      test(`${one.name}: ApolloGateway does not (${apolloFails})`, async () => {
        await assert.rejects(tryOn(apollo, one, supergraphOf(one), false));
      });
    }
  }
}

function supergraphOf({ parts }: Case): Composed {
  const made = composed(Object.fromEntries(Object.entries(parts).map(([name, { sdl }]) => [name, sdl])));
  if (!('supergraphSdl' in made)) throw new Error(made.join('\n'));
  return made;
}

async function tryOn(
  runner: Runner,
  { parts, asks, mayRefuse }: Case,
  { supergraphSdl, apiSchema }: Composed,
  isHub: boolean,
): Promise<void> {
  const fetches: string[] = [];
  const subgraphs = Object.fromEntries(
    Object.entries(parts).map(([name, { subgraph }]) => [
      name,
      (query: string, variables: Readonly<Record<string, unknown>>) => {
        fetches.push(`${name}: ${query} ${JSON.stringify(variables)}`);
        return subgraph(query, variables);
      },
    ]),
  );
  const running = await runner(supergraphSdl, subgraphs);
  try {
    for (const ask of asks) {
      const problems = validate(apiSchema, parse(ask.query));
      if (problems.length > 0) throw new Error(`The case is not valid: ${problems[0]?.message}`);
      for (const cache of ['cold', 'warm']) {
        fetches.length = 0;
        const got = await running.run(ask.query, ask.variables, ask.operationName);
        compare(
          ask,
          got,
          [`cache ${cache}`, ask.query, ...fetches, JSON.stringify(got)].join('\n'),
          isHub ? mayRefuse : undefined,
        );
        if (isHub) for (const [name, count] of Object.entries(ask.fetches ?? {})) countOf(name, count, fetches);
      }
    }
    if (isHub) assert.equal(running.fallbacks(), 0, 'the hub did not run this itself');
  } finally {
    await running.stop();
  }
}

function compare({ data, errors = [] }: Ask, got: Answer, about: string, mayRefuse: RegExp | undefined): void {
  if (mayRefuse !== undefined && got.errors[0]?.extensions?.code === 'REFUSED') {
    assert.equal(got.data, null, about);
    assert.match(got.errors[0].message, mayRefuse, about);
    return;
  }
  assert.deepEqual(got.data, data, about);
  assert.equal(JSON.stringify(got.data), JSON.stringify(data), `the order of the fields\n${about}`);
  assert.deepEqual(got.errors.map(({ path }) => path?.join('.') ?? 'no path').sort(), [...errors].sort(), about);
}

function countOf(name: string, count: number, fetches: readonly string[]): void {
  const own = fetches.filter((text) => text.startsWith(`${name}:`));
  assert.equal(own.length, count, `fetches of ${name}:\n${fetches.join('\n')}`);
}
