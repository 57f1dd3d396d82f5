import type { Call } from '../call.ts';

/** One part's answers for its share of a batch, in the order asked. */
export type AskPart<Key, Value> = (part: string, keys: readonly Key[], call: Call) => Promise<readonly Value[]>;

/**
 * Splits one batch over several parts of a system that answer on their own, and joins their answers in the order asked. A
 * key of no part is `none`. What a part that failed would have told is its `Error` (`joined`).
 */
export async function split<Key, Value>(
  keys: readonly Key[],
  partOf: (key: Key) => string | null,
  none: Value,
  ask: AskPart<Key, Value>,
  call: Call,
): Promise<readonly Value[]> {
  const shares = Map.groupBy(
    keys.map((key, at) => ({ key, at })),
    ({ key }) => partOf(key),
  );
  const answers: (Value | Error)[] = keys.map(() => none);
  await Promise.all(
    [...shares].map(async ([part, share]) => {
      if (part === null) return;
      const told = await answersOf(
        share.map(({ key }) => key),
        (asked) => ask(part, asked, call),
      );
      share.forEach(({ at }, nr) => {
        answers[at] = told[nr] as Value | Error; // one answer per key
      });
    }),
  );
  return joined(answers, call);
}

/** A part's answers, or its failure in place of each. */
async function answersOf<Key, Value>(
  keys: readonly Key[],
  ask: (keys: readonly Key[]) => Promise<readonly Value[]>,
): Promise<readonly (Value | Error)[]> {
  try {
    return await ask(keys);
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    return keys.map(() => failure);
  }
}

/**
 * A batch's answers as a port gives them: a key that failed among others is the `Error` itself, as DataLoader takes it and as
 * `cached` answers. Rejects when all failed, and, because decisions are made by it, when any did of a call that is `fresh`.
 */
export function joined<Value>(answers: readonly (Value | Error)[], call: Call): readonly Value[] {
  const failure = answers.find((answer) => answer instanceof Error);
  if (failure && (call.fresh || answers.every((answer) => answer instanceof Error))) throw failure;
  return answers as readonly Value[]; // with the Errors of single keys, by the convention above
}
