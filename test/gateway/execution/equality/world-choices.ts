import fc from 'fast-check';

/** A field as drawn: numbers that the builder reads against what there is by then, so that every choice means something. */
export interface FieldChoice {
  readonly type: number;
  readonly wrap: number;
  readonly owner: number;
  readonly twist: number;
  readonly with: number;
  readonly args: readonly number[];
}

export interface EntityChoice {
  readonly keys: readonly number[];
  /** For each subgraph, bits that say which keys it declares. */
  readonly keysIn: readonly number[];
  readonly home: number;
  readonly bridge: boolean;
  readonly stubs: boolean;
  readonly fields: readonly FieldChoice[];
}

export interface AbstractChoice {
  readonly members: number;
  readonly local: readonly number[];
  readonly first: boolean;
  readonly fields: readonly FieldChoice[];
}

export interface WorldChoices {
  readonly seed: number;
  readonly weather: number;
  readonly subgraphs: number;
  readonly entities: readonly EntityChoice[];
  readonly values: readonly { readonly fields: readonly FieldChoice[] }[];
  readonly interfaces: readonly AbstractChoice[];
  readonly unions: readonly AbstractChoice[];
  readonly entityInterface: (AbstractChoice & { readonly added: readonly FieldChoice[] }) | null;
  readonly roots: readonly FieldChoice[];
  readonly mutations: readonly FieldChoice[];
}

const number = fc.nat({ max: 59 }); // divisible by 2 to 6: every remainder is as likely
const bits = fc.nat({ max: 63 });

const field: fc.Arbitrary<FieldChoice> = fc.record({
  type: number,
  wrap: number,
  owner: number,
  twist: number,
  with: number,
  args: fc.array(number, { maxLength: 2 }),
});
const fields = (minLength: number, maxLength: number) => fc.array(field, { minLength, maxLength });
const abstract = (most: number) =>
  fc.record({
    members: bits,
    local: fc.array(bits, { minLength: 5, maxLength: 5 }),
    first: fc.boolean(),
    fields: fields(1, most),
  });

export const worldChoices: fc.Arbitrary<WorldChoices> = fc.record({
  seed: fc.nat(),
  weather: number,
  subgraphs: fc.integer({ min: 2, max: 5 }),
  entities: fc.array(
    fc.record({
      keys: fc.array(number, { minLength: 1, maxLength: 3 }),
      keysIn: fc.array(bits, { minLength: 5, maxLength: 5 }),
      home: number,
      bridge: fc.boolean(),
      stubs: fc.boolean(),
      fields: fields(1, 6),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  values: fc.array(fc.record({ fields: fields(1, 4) }), { maxLength: 2 }),
  interfaces: fc.array(abstract(2), { maxLength: 2 }),
  unions: fc.array(abstract(1), { maxLength: 1 }),
  entityInterface: fc.option(
    abstract(2).chain((choice) => fields(1, 2).map((added) => ({ ...choice, added }))),
    { freq: 2 },
  ),
  roots: fields(2, 6),
  mutations: fields(0, 3),
});
