import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskText } from '../../../platform/mask/mask.ts';
import { dataClasses } from '../../../platform/mask/spoken-of.ts';
import type { DataClass } from '../../../platform/principal.ts';

/** Reads as a key with every scope that shows these classes in full. */
export type AskUnmasked = <Data>(
  unmasked: readonly DataClass[],
  query: string,
) => Promise<{
  readonly data: Data;
  readonly errors: readonly {
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
  readonly extensions: Readonly<Record<string, unknown>>;
}>;

/** How each sensitive field of the graph is reached from a customer; its value is called `v`. */
export const READS: Readonly<Record<string, string>> = {
  'Customer.billingEmail': 'v: billingEmail',
  'Customer.taxId': 'v: taxId',
  'Customer.billingAddress': 'v: billingAddress { line1 postalCode city }',
  'SalesRep.email': 'accountOwner { v: email }',
  'Contact.name': 'contacts(first: 3) { nodes { v: name } }',
  'Contact.email': 'contacts(first: 3) { nodes { v: email } }',
  'Contact.phone': 'contacts(first: 3) { nodes { v: phone } }',
  'Contact.marketingEmail': 'contacts(first: 3) { nodes { v: marketingEmail } }',
  'Payment.instrument': 'payments(first: 3) { nodes { v: instrument } }',
};

/** Anything may stand in it, so that its own class alone does not open it: test/subgraphs/events/parked.test.ts. */
const READ_ELSEWHERE: ReadonlySet<string> = new Set(['ParkedEvent.rawBody']);

interface Shown {
  readonly values: readonly unknown[];
  readonly text: string;
  readonly masked: unknown;
}

const ALL = ['PERSONAL', 'FINANCIAL', 'SECRET'] as const;

export const readingOf = (coordinate: string): string => `{ customers(first: 6) { nodes { ${READS[coordinate]} } } }`;

export function maskedFields(ask: () => AskUnmasked): void {
  const sensitive = [...dataClasses()].filter(
    ([coordinate, { mask, purpose }]) => (mask !== null || purpose !== null) && !READ_ELSEWHERE.has(coordinate),
  );

  test('B26 the table below reads every field of the graph that has a mask or a purpose', () => {
    assert.deepEqual(Object.keys(READS).sort(), sensitive.map(([coordinate]) => coordinate).sort());
  });

  for (const [coordinate, { class: itsClass, mask }] of sensitive) {
    if (mask === null) continue;
    test(`B26 ${coordinate} is masked without its right and full with it`, async () => {
      const values = async (unmasked: readonly DataClass[]): Promise<Shown> => {
        const { data, errors, extensions } = await ask()<unknown>(unmasked, readingOf(coordinate));
        assert.deepEqual(errors, []);
        return { values: valuesIn(data), text: JSON.stringify(data), masked: extensions.masked };
      };
      const full = await values(ALL);
      assert.ok(full.values.length >= 3 && full.values.some((value) => value !== null), 'there is something to mask');
      assert.equal(full.masked, undefined);
      assert.deepEqual((await values([itsClass])).values, full.values, 'its own class opens it');

      const others: readonly DataClass[] = ALL.filter((one) => one !== itsClass);
      for (const unmasked of [[], others]) {
        const shown: Shown = await values(unmasked);
        const expected = full.values.map((value): string | null =>
          typeof value === 'string' ? maskText(mask, value) : null,
        );
        assert.deepEqual(shown.values, expected);
        assert.deepEqual(shown.masked, [coordinate]);
        for (const value of full.values.flatMap(textsIn)) assert.ok(!shown.text.includes(`"${value}"`), value);
      }
    });
  }

  test('B26 what a system observes of a masked field is masked as that field is', async () => {
    const query = '{ customers(first: 6) { nodes { observedByCrm { field value } } } }';
    const observed = async (unmasked: readonly DataClass[]) =>
      (
        await ask()<{ customers: { nodes: { observedByCrm: { field: string; value: string }[] | null }[] } }>(
          unmasked,
          query,
        )
      ).data.customers.nodes.flatMap(({ observedByCrm }) => observedByCrm ?? []);
    const full = await observed(ALL);
    assert.ok(full.some(({ field, value }) => field === 'Customer.billingAddress' && value.length > 10));
    assert.deepEqual(
      await observed([]),
      full.map((one) => (one.field === 'Customer.billingAddress' ? { ...one, value: '***' } : one)),
    );
  });
}

export function consent(ask: () => AskUnmasked): void {
  interface People {
    customers: {
      nodes: {
        contacts: {
          nodes: { email: string | null; emailConsent: boolean | null; marketingEmail: string | null }[];
        } | null;
      }[];
    };
  }
  const QUERY =
    '{ customers(first: 3) { nodes { contacts(first: 3) { nodes { email emailConsent marketingEmail } } } } }';

  test('consent: the address for marketing is there, in full, for those who agreed, and withheld with a reason for others', async () => {
    const { data, errors } = await ask()<People>([], QUERY);
    const { data: full } = await ask()<People>(['PERSONAL'], QUERY);
    const codes = new Map(errors.map(({ path, extensions }) => [path?.join('.'), extensions.code]));
    const met = { agreed: 0, refused: 0, unasked: 0 };
    data.customers.nodes.forEach(({ contacts }, c) => {
      contacts?.nodes.forEach(({ emailConsent, marketingEmail }, n) => {
        const held = full.customers.nodes[c]?.contacts?.nodes[n]?.email ?? null;
        met[emailConsent === null ? 'unasked' : emailConsent ? 'agreed' : 'refused'] += 1;
        assert.equal(marketingEmail, emailConsent === true ? held : null);
        const withheld = held !== null && emailConsent !== true;
        const code = codes.get(`customers.nodes.${c}.contacts.nodes.${n}.marketingEmail`);
        assert.equal(code, withheld ? 'CONSENT_MISSING' : undefined);
      });
    });
    assert.ok(met.agreed > 0 && met.refused + met.unasked > 0, JSON.stringify(met));
  });

  test('consent: who sees persons in full still needs it for marketing, and reads the address for service without', async () => {
    const { data } = await ask()<People>(['PERSONAL'], QUERY);
    const people = data.customers.nodes.flatMap(({ contacts }) => contacts?.nodes ?? []);
    const without = people.filter(({ emailConsent }) => emailConsent !== true);
    assert.ok(without.length > 0);
    for (const { email, marketingEmail } of without) {
      assert.match(email ?? '', /^[^*]+@/);
      assert.equal(marketingEmail, null);
    }
  });
}

function valuesIn(data: unknown): unknown[] {
  if (Array.isArray(data)) return data.flatMap(valuesIn);
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([name, value]) => (name === 'v' ? [value] : valuesIn(value)));
}

/** Every text in a value. */
export const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];
