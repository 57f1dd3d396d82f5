/** Bodies as class A of the hardening matrix has them, by the id of the case; each is to be refused with a 4xx. */
export const HOSTILE: readonly (readonly [id: string, body: string])[] = [
  ['A01', '{"query":'],
  ['A02', ''],
  ['A17', asked(1)],
  ['A18', '{"query":"{ __typename }","variables":[]}'],
  ['A19', '{"query":"query A { __typename }","operationName":"B"}'],
  ['A21', `[${Array(10).fill('{"query":"{ __typename }"}').join()}]`],
  ['A23', 'null'],
  ['A25', `{"query":"{ __typename }","variables":{"v":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`],
  ['A27', asked(`{ ${each(1_000, (nr) => `a${nr}: __typename`)} }`)],
  ['A28', asked(`{ ${each(3_000, () => 'customers { nodes { id } }')} }`)],
  ['A29', asked(`{ __typename ${each(1_000, (nr) => `@nothing${nr}`)} }`)],
  ['A32', asked(`{ ${'customer(id: "C-10001") { parent { '.repeat(1_000)} id ${'} }'.repeat(1_000)} }`)],
  ['A33', asked(`{ customers(first: ${'['.repeat(8_000)}1${']'.repeat(8_000)}) { nodes { id } } }`)],
  ['A34', asked('query { ...A } fragment A on Query { ...B } fragment B on Query { ...A }')],
  [
    'A35',
    asked(
      `{ ...F0 } ${each(18, (nr) => `fragment F${nr} on Query { ...F${nr + 1} ...F${nr + 1} }`)} fragment F18 on Query { __typename }`,
    ),
  ],
  ['A36', asked('{ customers(first: 1000000) { nodes { id } } }')],
  ['A38', asked('{ customers(first: -1) { nodes { id } } }')],
  ['A40', asked('{ customers(first: 3000000000) { nodes { id } } }')],
  ['A45', asked('{ customers(colour: RED) { nodes { id } } }')],
  ['A09', asked(`{ __typename } #${'x'.repeat(262_144)}`)],
];

function asked(query: unknown): string {
  return JSON.stringify({ query });
}

function each(count: number, text: (nr: number) => string): string {
  return Array.from({ length: count }, (_, nr) => text(nr)).join(' ');
}
