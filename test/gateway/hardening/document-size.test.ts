import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS as LIMITS } from '../../../gateway/plugins/limits.ts';
import { target, times } from './attack.ts';

/** Processor time that a refusal may take, client and server together. */
const CHEAP = { status: 400, cpuMs: 50 };
const PARSED = 'GRAPHQL_PARSE_FAILED';

/** `customer { parent { parent ... } }`, so many fields deep. */
const deep = (depth: number): string =>
  `{ customer(id: 1) ${'{ parent '.repeat(depth - 2)}{ id }${' }'.repeat(depth - 2)} }`;

/** Fragments of which each spreads the next one twice; `deeper`: the second time one field further in. */
const doubling = (count: number, deeper: boolean): string => {
  const body = (i: number) =>
    i + 1 === count ? 'id' : deeper ? `a: parent { ...F${i + 1} } ...F${i + 1}` : `...F${i + 1} ...F${i + 1}`;
  return `{ customer(id: 1) { ...F0 } } ${times(count, (i) => `fragment F${i} on Customer { ${body(i)} }`)}`;
};

test('document size and depth', async (t) => {
  const { hub, refuses } = await target(t);
  const check = async (queries: readonly string[], code: string | readonly string[]) => {
    for (const query of queries) {
      const answer = await refuses(query.slice(0, 80), () => hub.ask(query), { ...CHEAP, code });
      assert.ok((answer.body.errors?.length ?? 0) <= 10);
    }
  };

  await t.test('A27: a hundred aliases, and a thousand of a root field, are too many', async () => {
    await check([`{ ${times(101, (i) => `a${i}: __typename`)} }`], 'MAX_ALIASES_LIMIT');
    await check([`{ customer(id: 1) { ${times(101, (i) => `a${i}: name`)} } }`], 'MAX_ALIASES_LIMIT');
    const roots = ['MAX_ALIASES_LIMIT', 'MAX_ROOT_FIELDS_LIMIT', PARSED];
    await check(
      [`{ ${times(1_000, (i) => `a${i}: who`)} }`, `{ ${times(1_000, (i) => `a${i}: who`)} }`.repeat(2)],
      roots,
    );
    await check([`{ ${times(LIMITS.rootFields + 1, () => 'who')} }`], 'MAX_ROOT_FIELDS_LIMIT');
    const hidden = `{ ...F } fragment F on Query { ${times(101, (i) => `a${i}: who`)} }`;
    await check([hidden], 'MAX_ALIASES_LIMIT');
  });

  await t.test('A28: one field written 500 times, or 3,000 times with arguments, is too much', async () => {
    const limits = [PARSED, 'MAX_SELECTIONS_LIMIT', 'MAX_ROOT_FIELDS_LIMIT'];
    await check([`{ ${times(500, () => 'who')} }`, `{ ${times(3_000, () => 'customer(id: 1) { id }')} }`], limits);
    await check(
      [
        `{ customer(id: 1) { ${times(3_000, () => 'id')} } }`,
        `{ customer(id: 1) { ${times(600, () => 'parent { id }')} } }`,
      ],
      limits,
    );
  });

  await t.test('A29: a thousand unknown directives are told in ten errors at most', async () => {
    await check(
      [`{ who ${times(1_000, (i) => `@d${i}`)} }`, `{ who ${times(1_000, () => '@d')} }`],
      ['MAX_DIRECTIVES_LIMIT', PARSED],
    );
    await check([`{ who ${times(LIMITS.directives, (i) => `@d${i}`)} }`], 'GRAPHQL_VALIDATION_FAILED');
    const unknown = `{ ${times(LIMITS.rootFields, (i) => `f${i}`)} }`;
    await check([unknown, `{ customer(id: 1) { ${times(900, (i) => `f${i}`)} } }`], 'GRAPHQL_VALIDATION_FAILED');
  });

  await t.test('A30: five hundred conditions are too many', async () => {
    for (const directive of ['@skip(if: false)', '@include(if: true)']) {
      await check([`{ who ${times(500, () => directive)} }`], ['MAX_DIRECTIVES_LIMIT', PARSED]);
      await check(
        [`{ customer(id: 1) { ${times(LIMITS.directives + 1, () => `id ${directive}`)} } }`],
        'MAX_DIRECTIVES_LIMIT',
      );
    }
  });

  await t.test('A31: thirty times around a circle of relations is too deep', async () => {
    const inFragments = `{ customer(id: 1) { ...F0 } } ${times(20, (i) => `fragment F${i} on Customer { parent { ${i < 19 ? `...F${i + 1}` : 'id'} } }`)}`;
    const inline = `{ customer(id: 1) { ${'... on Customer { parent { '.repeat(28)} id ${'} } '.repeat(28)} } }`;
    await check([deep(30), deep(LIMITS.depth + 1), inFragments, inline], 'MAX_DEPTH_LIMIT');
  });

  await t.test('A32: thousands of levels are refused without a stack', async () => {
    await check([deep(2_000), deep(8_000), `{ ${'... { '.repeat(2_000)} who ${'} '.repeat(2_000)} }`], PARSED);
    await check(['{ a '.repeat(8_000), '{'.repeat(50_000)], PARSED); // never closed
    await check([`{ ${'... { '.repeat(900)} who ${'} '.repeat(900)} }`.slice(0, -1)], PARSED);
    const allowed = LIMITS.tokens / 3 - 20; // as many levels of fragments as there are tokens for
    const query = `{ ${'... { '.repeat(allowed)} who ${'} '.repeat(allowed)} }`;
    const answer = await hub.ask(query);
    assert.ok(answer.status === 200 || answer.status === 400, answer.text);
    assert.ok(!/call stack/i.test(answer.text), answer.text);
    hub.fetches.length = 0;
  });

  await t.test('A33: lists and objects in arguments are refused thousands of levels deep', async () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{a: ', '}'],
    ] as const) {
      await check(
        [`{ echo(text: ${open.repeat(8_000)}${close.repeat(8_000)}) }`, `{ echo(text: ${open.repeat(60_000)}`],
        PARSED,
      );
      const within = 600;
      await check(
        [`{ echo(text: ${open.repeat(within)}1${close.repeat(within)}) }`],
        ['GRAPHQL_VALIDATION_FAILED', PARSED],
      );
    }
    await check([`query Q($v: ${'['.repeat(8_000)}Int${']'.repeat(8_000)}) { who }`], PARSED);
  });

  await t.test('A34: fragments in a circle are invalid', async () => {
    await check(
      [
        '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
        '{ ...A } fragment A on Query { ...A }',
        '{ customer(id: 1) { ...A } } fragment A on Customer { parent { ...A } }',
        `{ ...F0 } ${times(49, (i) => `fragment F${i} on Query { ...F${(i + 1) % 49} }`)}`,
      ],
      'GRAPHQL_VALIDATION_FAILED',
    );
  });

  await t.test('A35: fragments that double are measured before they unfold', async () => {
    const before = process.memoryUsage().rss;
    await check(
      [doubling(18, false), doubling(18, true), doubling(45, false)],
      ['MAX_SELECTIONS_LIMIT', 'MAX_DEPTH_LIMIT'],
    );
    const rise = process.memoryUsage().rss - before;
    assert.ok(rise < 20e6, `${rise} bytes`);
    const roots = doubling(18, false)
      .replaceAll('on Customer', 'on Query')
      .replace('customer(id: 1) { ...F0 }', '...F0')
      .replaceAll(' id ', ' who ');
    await check([roots], 'MAX_ROOT_FIELDS_LIMIT');
  });

  await t.test('A38: a page of no, of negative length, or cut from both ends is refused', async () => {
    const BAD_PAGE = { status: 400, code: 'BAD_USER_INPUT' };
    for (const name of ['first', 'last']) {
      for (const size of [-1, 0, LIMITS.pageSize + 1]) {
        for (const [query, variables] of [
          [`{ pages(${name}: ${size}) { id } }`, {}],
          [`query Q($n: Int) { pages(${name}: $n) { id } }`, { n: size }],
          [`query Q($n: Int = ${size}) { pages(${name}: $n) { id } }`, {}],
          [`{ ...F } fragment F on Query { p: pages(${name}: ${size}) { id } }`, {}],
        ] as const) {
          await refuses(query, () => hub.ask(query, { variables }), BAD_PAGE);
        }
      }
    }
    for (const [query, variables] of [
      ['{ pages(first: 1, last: 1) { id } }', {}],
      ['query Q($a: Int, $b: Int) { pages(first: $a, last: $b) { id } }', { a: 1, b: 1 }],
      ['query Q($a: Int = 1) { pages(first: $a, last: 2) { id } }', {}],
    ] as const) {
      await refuses(query, () => hub.ask(query, { variables }), BAD_PAGE);
    }
    const one = await hub.ask('query Q($a: Int, $b: Int) { pages(first: $a, last: $b) { id } }', {
      variables: { a: 1, b: null },
    });
    assert.deepEqual(one.body.data, { pages: [{ id: '0' }] }, 'one end is enough');
    hub.fetches.length = 0;
  });

  await t.test('A39: comments and commas are no tokens; one token over the limit is', async () => {
    const padding = '# a comment , , ,\n,,,\uFEFF\t'.repeat(500);
    assert.ok(padding.length > 10_000);
    assert.deepEqual((await hub.ask(`${padding}{__typename}`)).body.data, { __typename: 'Query' });
    const tokens = (count: number) => `query Q(${times((count - 9) / 4, (i) => `$v${i}: ID`)}) { a: who }`;
    const answer = await hub.ask(tokens(LIMITS.tokens - 3));
    assert.equal(
      answer.body.errors?.[0]?.extensions.code,
      'GRAPHQL_VALIDATION_FAILED',
      'read to its end: no variable is used',
    );
    await check([tokens(LIMITS.tokens + 1), `${padding}${tokens(LIMITS.tokens + 1)}`], PARSED);
    hub.fetches.length = 0;
  });
});
