import assert from 'node:assert/strict';

/** A command of a page that asks the hub, with the answer that is printed under it. */
export interface Example {
  readonly command: string;
  readonly answer: unknown;
}

/** In the order of the page. */
export const examplesIn = (page: string): readonly Example[] =>
  [...page.matchAll(/```sh\n(HUB=[\s\S]*?)```\n\n```json\n([\s\S]*?)```/g)].map(([, command = '', answer = '']) => ({
    command,
    answer: JSON.parse(answer) as unknown,
  }));

/** Fails unless the answer is as printed; text that ends with `…` stands for anything that begins like it. */
export function assertAsPrinted(actual: unknown, printed: unknown, path = 'answer'): void {
  if (typeof printed === 'string' && printed.endsWith('…')) {
    assert.ok(actual !== undefined && (printed === '…' || String(actual).startsWith(printed.slice(0, -1))), path);
  } else if (printed !== null && typeof printed === 'object') {
    assert.deepEqual(Object.keys(actual as object), Object.keys(printed), path);
    for (const [key, value] of Object.entries(printed))
      assertAsPrinted((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
  } else assert.equal(actual, printed, path);
}
