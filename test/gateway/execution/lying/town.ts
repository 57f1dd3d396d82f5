import assert from 'node:assert/strict';
import { test } from 'node:test';
import { part } from '../corpus/part.ts';
import { composed } from '../equality/composition.ts';
import { hub } from '../equality/runner.ts';

const ann = { id: '1', name: 'Ann' };
const bo = { id: '2', name: 'Bo' };
const dog = { __typename: 'Dog', name: 'Rex', bones: 3 };

/** Two honest subgraphs. `a` has the users, `b` all that is known of them. */
const PARTS = {
  a: part(
    'type Query { hi: String users: [User] sure: [User!]! me: User } type User @key(fields: "id") { id: ID! name: String }',
    { Query: { hi: 'hi', users: [ann, bo], sure: [ann, bo], me: ann }, User: [ann, bo] },
  ),
  b: part(
    `type Query { far: Int }
     type User @key(fields: "id") { id: ID! age: Int level: Int! half: Float word: String yes: Boolean no: ID mood: Mood any: Any
       nums: [Int] exact: [Int!] grid: [[Int]] cart: Cart carts: [Cart!] pet: Pet pets: [Beast] friend: User }
     type Cart { sum: Int! note: String } enum Mood { GOOD BAD } scalar Any
     interface Pet { name: String } type Dog implements Pet { name: String bones: Int } type Cat implements Pet { name: String lives: Int }
     union Beast = Dog | Cat`,
    {
      Query: { far: 7 },
      User: [ann, bo].map(({ id }, index) => ({
        id,
        age: 30 + index,
        level: 1,
        half: 0.5,
        word: 'w',
        yes: true,
        no: 'n',
        mood: 'GOOD',
        any: { x: 1 },
        nums: [1, 2],
        exact: [1, 2],
        grid: [[1], [2]],
        cart: { sum: 1, note: 'n' },
        carts: [
          { sum: 1, note: 'n' },
          { sum: 2, note: 'm' },
        ],
        pet: dog,
        pets: [dog],
        friend: { id: '2' },
      })),
    },
  ),
};

/** Stands in lies, and must not come out. */
export const CANARY = 'canary-71';

/** Makes an honest answer another one; what it throws is a subgraph that gave none. */
export type Lie = (honest: Answer, query: string) => unknown;
type Answer = { data: Record<string, unknown> };

export interface Lying {
  readonly name: string;
  readonly query: string;
  readonly a?: Lie;
  readonly b?: Lie;
  readonly data: unknown;
  /** Path and code of each error, in any order. */
  readonly errors: readonly (readonly [path: string, code: string])[];
}

/** The same answer with another value at a place: `1.age` is within `_entities`, `/users.0` within the data. */
export const say =
  (place: string, value: unknown): Lie =>
  (honest) => {
    const answer = structuredClone(honest);
    const steps = place.startsWith('/') ? place.slice(1).split('.') : ['_entities', ...place.split('.')];
    const last = steps.pop() ?? '';
    let here: unknown = answer.data;
    for (const step of steps) here = (here as Record<string, unknown>)[step]; // the honest answer has the place
    if (value === undefined) delete (here as Record<string, unknown>)[last];
    else (here as Record<string, unknown>)[last] = value;
    return answer;
  };

/** Whatever was asked, this is the answer. */
export const answer =
  (value: unknown): Lie =>
  () =>
    value;

/** No answer. */
export const refuse =
  (error: unknown): Lie =>
  () => {
    throw error;
  };

export function tryLies(lies: readonly Lying[]): void {
  for (const { name, query, data, errors, ...told } of lies) {
    test(name, async () => {
      const made = composed({ a: PARTS.a.sdl, b: PARTS.b.sdl });
      assert.ok('supergraphSdl' in made);
      const subgraph = (part: 'a' | 'b') => async (text: string, variables: Readonly<Record<string, unknown>>) => {
        const honest = JSON.parse(JSON.stringify(await PARTS[part].subgraph(text, variables))) as Answer;
        const lie = told[part];
        return lie === undefined ? honest : lie(honest, text);
      };
      const running = await hub(made.supergraphSdl, { a: subgraph('a'), b: subgraph('b') });
      const got = await running.run(query);
      await running.stop();
      const about = JSON.stringify(got);
      assert.deepEqual(got.data, data, about);
      assert.deepEqual(
        got.errors.map(({ path, extensions }) => `${path?.join('.') ?? ''} ${extensions?.code}`).sort(),
        errors.map(([path, code]) => `${path} ${code}`).sort(),
        about,
      );
      assert.ok(!about.includes(CANARY), 'what a subgraph sent came out');
    });
  }
}
