import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphQLError } from 'graphql';
import { scalarResolvers } from '../../../platform/subgraph/scalars.ts';
import { target } from './attack.ts';

const BAD = { status: 400, code: ['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED'] };

test('values that no system can take', async (t) => {
  const { hub, refuses, post } = await target(t);

  await t.test('A40: a number that is no Int is refused, as a literal, as a variable and in the JSON', async () => {
    for (const number of ['3000000000', '-2147483649', '1e400', '1e999', '1.5', '-1e400', '9'.repeat(400)]) {
      const literal = `{ customers(first: ${number}) { id } }`;
      await refuses(literal, () => hub.ask(literal), BAD);
      const body = `{"query":"query Q($n: Int) { customers(first: $n) { id } }","variables":{"n":${number}}}`;
      await refuses(body, () => post(body), BAD);
      const act = `{"query":"mutation M($n: Int!) { write(n: $n) }","variables":{"n":${number}}}`;
      await refuses(act, () => post(act), BAD);
    }
    for (const value of ['7', true, [], {}, null]) {
      await refuses(
        `${value}`,
        () => hub.ask('mutation M($n: Int!) { write(n: $n) }', { variables: { n: value } }),
        BAD,
      );
    }
  });

  await t.test(
    'A42: NUL and half a surrogate pair are refused everywhere, other text comes back as it was',
    async () => {
      for (const text of ['a\u0000b', '\ud800', 'x\udc00', '\udc00\ud800']) {
        const queries: [string, object][] = [
          ['query Q($t: String) { echo(text: $t) }', { t: text }],
          ['query Q($t: ID!) { customer(id: $t) { id } }', { t: text }],
          ['query Q($t: [ID!]) { named(ids: $t) }', { t: ['1', text] }],
          ['query Q($f: Filter) { filtered(filter: $f) }', { f: { ids: ['1'], text, inner: null } }],
          ['query Q($f: Filter) { filtered(filter: $f) }', { f: { inner: { ids: [text] } } }],
        ];
        for (const [query, variables] of queries) {
          const { body } = await refuses(query, () => hub.ask(query, { variables }), BAD);
          assert.match(String(body.errors?.[0]?.extensions.field), /^(t|t\.1|f\.text|f\.inner\.ids\.0)$/);
        }
        await refuses('literal', () => hub.ask(`{ echo(text: ${JSON.stringify(text)}) }`), BAD);
      }
      for (const text of ['\u202Eabc', 'a\u200Bb', '😀', 'e\u0301', 'é', '\uFEFF', '\t\n', '"\\']) {
        for (const [query, variables] of [
          ['query Q($t: String) { echo(text: $t) }', { t: text }],
          [`{ echo(text: ${JSON.stringify(text)}) }`, {}],
        ] as const) {
          const { data } = (await hub.ask(query, { variables })).body as { data: { echo: string } };
          assert.deepEqual(JSON.parse(data.echo), { text });
        }
      }
      hub.fetches.length = 0;
    },
  );

  await t.test('A43: an id has at most so many characters and none that steers, wherever it stands', async () => {
    for (const id of ['x'.repeat(90 * 1024), 'x'.repeat(513), 'a\nb', 'a\r\nb', 'a\tb', 'a\u001bb', '\u007f']) {
      const queries: [string, object][] = [
        ['query Q($id: ID!) { customer(id: $id) { id } }', { id }],
        ['query Q($ids: [ID!]) { named(ids: $ids) }', { ids: ['1', id] }],
        ['query Q($ids: [ID!]) { named(ids: $ids) }', { ids: id }],
        ['query Q($f: Filter) { filtered(filter: $f) }', { f: { inner: { ids: [id] } } }],
        [`{ customer(id: ${JSON.stringify(id)}) { id } }`, {}],
        [`{ named(ids: ["1", ${JSON.stringify(id)}]) }`, {}],
        [`{ filtered(filter: { inner: { ids: [${JSON.stringify(id)}] } }) }`, {}],
        [`query Q($id: ID! = ${JSON.stringify(id)}) { customer(id: $id) { id } }`, {}],
      ];
      for (const [query, variables] of queries) {
        const name = `${query.slice(0, 80)} ${JSON.stringify(variables).slice(0, 80)}`;
        const { body } = await refuses(name, () => hub.ask(query, { variables }), BAD);
        assert.match(
          String(body.errors?.[0]?.extensions.field),
          /^(id|ids|ids\.1|f\.inner\.ids\.0|filter|undefined)$/,
          name,
        );
      }
    }
    for (const id of ['x'.repeat(512), '../x', '%2e%2e', 'a?b#c', 'gid://shop/Product/7', '日本']) {
      const { status, body } = await hub.ask('query Q($id: ID!) { customer(id: $id) { id } }', { variables: { id } });
      assert.deepEqual([status, body.data], [200, { customer: { id } }]);
    }
    hub.fetches.length = 0;
  });

  await t.test('A44: a day or an instant that does not exist is refused, with the place where it stands', async () => {
    for (const day of [
      '2026-02-30',
      '0000-01-01',
      '9999-12-31',
      '2026-13-01',
      '2026-00-10',
      '2026-1-1',
      'today',
      '',
      '2026-02-28T00:00:00Z',
    ]) {
      await refuses(day, () => hub.ask(`{ echo(on: ${JSON.stringify(day)}) }`), BAD);
      const query = 'query Q($f: Filter) { filtered(filter: $f) }';
      const { text } = await refuses(day, () => hub.ask(query, { variables: { f: { inner: { on: day } } } }), BAD);
      assert.match(text, /f\.inner\.on/);
    }
    const { parseValue } = scalarResolvers.DateTime;
    for (const instant of [
      '2026-02-30T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '9999-01-01T00:00:00Z',
      '2026-06-30T23:59:60Z',
      '2026-01-01T00:00:00+99:00',
      '2026-01-01T25:00:00Z',
      '2026-01-01 00:00:00Z',
      '2026-01-01T00:00:00',
    ]) {
      assert.throws(() => parseValue(instant), GraphQLError, instant);
    }
    assert.equal(parseValue('2026-02-28T23:59:59.5+05:30'), '2026-02-28T23:59:59.5+05:30');
  });

  await t.test('A41: a decimal has at most 18 digits before and 6 after the point, and is text', () => {
    const { parseValue } = scalarResolvers.Decimal;
    for (const wrong of [
      '1234567890123456789',
      '0.1000001',
      '1e3',
      '.5',
      '5.',
      '+1',
      '1,5',
      '',
      ' 1',
      'NaN',
      '--1',
      '٣',
      0.1,
      7,
      null,
    ]) {
      assert.throws(() => parseValue(wrong), GraphQLError, String(wrong));
    }
    for (const good of ['123456789012345678.123456', '-0.000001', '-0', '1049.50', '0.30'])
      assert.equal(parseValue(good), good);
  });

  await t.test(
    'A45: an unknown enum value, null and an extra field are refused, and no name that would be right is told',
    async () => {
      const query = 'query Q($f: Filter!) { filtered(filter: $f) }';
      for (const filter of [
        { tone: 'LOUDE' },
        { tone: 7 },
        { tune: 'LOUD' },
        { ids: [null] },
        { ids: 7.5 },
        null,
        'x',
        [],
      ]) {
        const { text } = await refuses(JSON.stringify(filter), () => hub.ask(query, { variables: { f: filter } }), BAD);
        assert.ok(!/did you mean|QUIET/i.test(text), text);
      }
      for (const literal of ['{ tone: LOUDE }', '{ tone: "LOUD" }', '{ tune: LOUD }', '{ ids: [null] }']) {
        const { text } = await refuses(literal, () => hub.ask(`{ filtered(filter: ${literal}) }`), BAD);
        assert.ok(!/did you mean|QUIET/i.test(text), text);
      }
    },
  );

  await t.test('A47: a line break in a header that the hub keeps makes no second one', async () => {
    for (const id of ['x y', 'x"y', '<x>', 'x'.repeat(129), 'é', '%0d%0aset-cookie:a=1']) {
      const headers = { 'x-correlation-id': encodeURI(id).slice(0, 200) };
      const answer = await hub.ask('{ who }', { headers });
      assert.equal(answer.headers.get('set-cookie'), null);
      assert.match(answer.headers.get('x-correlation-id') ?? '', /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/);
    }
    hub.fetches.length = 0;
  });
});
