import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `test('A01 ...'`, `await t.test(\`B02: ...\``, `it("C03 ...")`: where a name begins. */
const NAME = /\b(?:test|it|describe|subtest)\(\s*(?:'|"|`)((?:[A-D]\d{2}(?:-[A-D]\d{2})?[ ,:/]*)+)/g;
/** `'B02 directly': [...]` and `['B02 directly', ...],`: a line of a table whose words become the name of a test. */
const LINE = /^\s*(?:\[\s*)?(['"`])((?:[A-D]\d{2}(?:-[A-D]\d{2})?[ ,:/]+)+)[^'"`]+\1\s*[:,]/gm;
const ID = /([A-D])(\d{2})(?:-([A-D])(\d{2}))?/g;

/** Ids of the hardening matrix with which names of tests in a text begin; `A27-A29` stands for three. */
export function idsIn(source: string): readonly string[] {
  const ids = new Set<string>();
  const beginnings = [
    ...[...source.matchAll(NAME)].map(([, names = '']) => names),
    ...[...source.matchAll(LINE)].map(([, , names = '']) => names),
  ];
  for (const names of beginnings) {
    for (const [, letter = '', first = '', , last = first] of names.matchAll(ID)) {
      for (let number = Number(first); number <= Number(last); number++) ids.add(idOf(letter, number));
    }
  }
  return [...ids];
}

export const idOf = (letter: string, number: number): string => `${letter}${String(number).padStart(2, '0')}`;

/** Ids with the test files below the folder that name them. */
export function idsBelow(folder: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  for (const file of files) {
    for (const id of idsIn(readFileSync(join(folder, file), 'utf8'))) found.set(id, [...(found.get(id) ?? []), file]);
  }
  return found;
}
