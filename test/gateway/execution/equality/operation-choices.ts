import fc from 'fast-check';

/** One selection as drawn; the writer reads it against the type that it stands in. */
export interface SelectionChoice {
  readonly kind: number;
  readonly pick: number;
  readonly alias: number;
  readonly args: number;
  readonly condition: number;
  readonly children: readonly SelectionChoice[];
}

export interface OperationChoices {
  readonly kind: number;
  readonly values: number;
  readonly introspection: number;
  readonly selections: readonly SelectionChoice[];
}

const number = fc.nat({ max: 59 });

/** @param depth how many more levels there may be below */
const selection = (depth: number): fc.Arbitrary<SelectionChoice> =>
  fc.record({
    kind: number,
    pick: number,
    alias: number,
    args: number,
    condition: number,
    children: depth === 0 ? fc.constant([]) : fc.array(selection(depth - 1), { maxLength: depth > 3 ? 4 : 3 }),
  });

export const operationChoices: fc.Arbitrary<OperationChoices> = fc.record({
  kind: number,
  values: fc.nat(),
  introspection: number,
  selections: fc.array(selection(5), { minLength: 1, maxLength: 4 }),
});
