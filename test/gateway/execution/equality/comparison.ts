import type { Answer } from './runner.ts';

type Path = readonly (string | number)[];

/** What is wrong with an answer, one line for each thing; nothing where it is right. */
export function differences(expected: Answer, got: Answer): string[] {
  const found = [...dataDifferences(expected.data, got.data, [])];
  if (found.length === 0 && JSON.stringify(expected.data) !== JSON.stringify(got.data)) {
    found.push('data: the same fields in another order');
  }
  for (const { message } of got.errors) if (message.includes('MISUSE')) found.push(message);
  const needed = expected.errors.map(({ path }) => nullAt(expected.data, path ?? []));
  for (const place of needed) {
    const isTold = got.errors.some(({ path }) => path !== undefined && startsWith(path, place));
    if (!isTold) found.push(`errors: none tells why ${place.join('.') || 'data'} is null`);
  }
  for (const { path, message } of got.errors) {
    const isDue = path !== undefined && needed.some((place) => startsWith(path, place));
    if (!isDue) found.push(`errors: nothing is wrong at ${path?.join('.')}, yet: ${message}`);
  }
  return found;
}

/**
 * Nulls that only one of two answers with equal data explains. An error below a null is counted at the null: which of
 * several broken promises below it is told is left to the runner.
 */
export function pathDifferences(one: Answer, other: Answer): string[] {
  const places = ({ data, errors }: Answer) =>
    new Set(errors.map(({ path }) => (path === undefined ? 'no path' : nullAt(data, path).join('.'))));
  return [...places(one).symmetricDifference(places(other))].sort();
}

/** The part of the path at whose end the data is null. */
function nullAt(data: unknown, path: Path): Path {
  let value = data;
  for (const [index, step] of path.entries()) {
    if (value === null || typeof value !== 'object') return path.slice(0, index);
    value = (value as Record<string | number, unknown>)[step];
  }
  return path;
}

const startsWith = (path: Path, start: Path) => start.every((step, index) => path[index] === step);

function* dataDifferences(expected: unknown, got: unknown, path: Path): Generator<string> {
  const isTree = (value: unknown) => typeof value === 'object' && value !== null;
  if (isTree(expected) && isTree(got) && Array.isArray(expected) === Array.isArray(got)) {
    const [a, b] = [expected as Record<string, unknown>, got as Record<string, unknown>]; // both are trees
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      yield* dataDifferences(own(a, key), own(b, key), [...path, key]);
    }
  } else if (!Object.is(expected, got)) {
    yield `data.${path.join('.')}: expected ${shown(expected)}, got ${shown(got)}`;
  }
}

const own = (object: Record<string, unknown>, key: string) => (Object.hasOwn(object, key) ? object[key] : undefined);
const shown = (value: unknown) => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
};
