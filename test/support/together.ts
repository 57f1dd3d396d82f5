/**
 * Which test files share a process. To start one and to read the code under test takes two to four seconds of a core, more than
 * the tests of most files: those of one part of the system share that.
 */

/** So many files at most: a process that hangs or breaks takes few others with it, and the last of a run is not a long one. */
const MOST_FILES = 8;

/**
 * What has a process of its own: the longest, first, so that no core waits for one of them at the end, and what looks at the
 * process that it runs in.
 */
const ALONE = [
  'test/saga/killed-anywhere.test.ts',
  'test/saga/in-doubt/each-write.test.ts',
  'test/graph/hub-apart.test.ts',
  'test/scripts/new-process.test.ts',
  'test/chaos/random-kills.test.ts',
  'test/hardening/hub-in-trouble.test.ts',
  'test/hardening/sources.test.ts',
  'test/graph/starting-and-ending.test.ts',
  'test/graph/hub-in-one-process.test.ts', // takes most of the customers that nobody has touched
];

export interface Together {
  /** The part of the system that they test, and a number where it takes several: `gateway-policy-1`. */
  readonly name: string;
  /** From the root, with slashes, in their order. */
  readonly files: readonly string[];
}

/** Has each file in one group, those alone first, then the largest. */
export function grouped(files: readonly string[]): Together[] {
  const alone = ALONE.filter((file) => files.includes(file)).map((file) => ({ name: nameOf(file), files: [file] }));
  const parts = Map.groupBy(
    files.filter((file) => !ALONE.includes(file)),
    partOf,
  );
  const groups = [...parts].flatMap(([part, own]) =>
    inEqualParts(own.sort()).map((few, nr, all) => ({
      name: all.length === 1 ? nameOf(part) : `${nameOf(part)}-${nr + 1}`,
      files: few,
    })),
  );
  return [...alone, ...groups.sort((one, other) => other.files.length - one.files.length)];
}

/** `test/gateway/policy` of `test/gateway/policy/scopes.test.ts`, `test/saga` of `test/saga/held.test.ts`. */
const partOf = (file: string): string => file.split('/').slice(0, -1).slice(0, 3).join('/');

const nameOf = (path: string): string =>
  path
    .replace(/^test\//, '')
    .replace(/\.test\.ts$/, '')
    .replaceAll('/', '-');

function inEqualParts(files: readonly string[]): (readonly string[])[] {
  const size = Math.ceil(files.length / Math.ceil(files.length / MOST_FILES));
  return Array.from({ length: Math.ceil(files.length / size) }, (_, nr) => files.slice(nr * size, (nr + 1) * size));
}
