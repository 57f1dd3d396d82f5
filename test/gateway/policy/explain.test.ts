import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayConfig } from '../../../gateway/config.ts';
import type { Explanation } from '../../../gateway/policy/explanation.ts';
import { HubError } from '../../../platform/errors.ts';
import { principalOf } from '../../../platform/principal.ts';
import { type Answer, type Hub, type Part, startHub } from '../hub.ts';

const GOVERNED = `
  extend schema @link(url: "https://concord.example/governance/v1.0", import: ["@owner", "@data"])
    @composeDirective(name: "@owner") @composeDirective(name: "@data")
  directive @owner(system: System!, until: Milestone, then: System) repeatable on FIELD_DEFINITION | OBJECT
  directive @data(class: DataClass!, mask: Mask) on FIELD_DEFINITION | OBJECT
  enum System { ERP CRM HUB }
  enum Milestone { ORDER_ACCEPTED }
  enum DataClass { PUBLIC INTERNAL PERSONAL FINANCIAL SECRET }
  enum Mask { EMAIL LAST4 HIDE }
  type Money @shareable { amount: String, currency: String }
`;
const CRM: Part = {
  sdl: `${GOVERNED}
    type Query { customers: [Customer!], one: Customer }
    type Customer @key(fields: "id") @key(fields: "erpId") @owner(system: CRM) {
      id: ID!
      erpId: ID
      name: String
      email: String @data(class: PERSONAL, mask: EMAIL)
      region: String
    }
  `,
  resolvers: {
    Query: {
      customers: () => [
        { id: '1', erpId: 'E1', name: 'one', email: 'a@b.example' },
        { id: '2', erpId: 'E2', name: 'two', email: null },
      ],
      one: () => null,
    },
  },
};
const ERP: Part = {
  sdl: `${GOVERNED}
    type Customer @key(fields: "erpId") {
      erpId: ID
      terms: String @owner(system: CRM, until: ORDER_ACCEPTED, then: ERP)
      limit: Money @owner(system: ERP) @requiresScopes(scopes: [["finance"]])
      desk: Int @owner(system: ERP) @policy(policies: [["desk"]])
      balance: Money @owner(system: ERP)
      broken: Int @owner(system: ERP)
      account: Account @owner(system: ERP)
    }
    type Account @owner(system: ERP) { secret: Int! @requiresScopes(scopes: [["finance"], ["audit", "deep"]]) }
  `,
  resolvers: {
    Customer: {
      __resolveReference: (reference: object, { call }) => {
        call.note?.({ system: 'ERP', state: 'CACHED', asOf: '2027-01-01T00:00:00.000Z' });
        return reference;
      },
      terms: () => 'N30',
      balance: () => ({ amount: '1.00', currency: 'EUR' }),
      account: () => ({ secret: 1 }),
      broken: () => {
        throw new HubError('UNAVAILABLE', 'down', { system: 'ERP' });
      },
    },
  },
};
const parts = { crm: CRM, erp: ERP };
const QUERY = `{
  customers { erpId name email region terms limit { amount } desk balance { amount } broken a: account { ...A } }
  one { name }
}
fragment A on Account { secret }`;

const ask = (hub: Hub, query: string, extensions: unknown) =>
  hub.send({
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer k' },
    body: JSON.stringify({ query, extensions }),
  });
const explained = ({ body }: Answer): Explanation | undefined =>
  (body.extensions as { explain?: Explanation } | undefined)?.explain;
const operator = principalOf({ id: 'op', name: 'op', scopes: ['operate'] });

test('each field is explained: system, owner, id there, age, and why it is null, refused or masked', async (t) => {
  const hub = await startHub(t, { parts, gateway: { authenticate: async () => operator } });
  const answer = await ask(hub, QUERY, { explain: true });
  const { fields = [], omitted } = explained(answer) ?? {};
  const by = Object.fromEntries(fields.map(({ path, ...rest }) => [path, rest]));
  const asOf = '2027-01-01T00:00:00.000Z';
  const erp = { systems: ['ERP'], owner: 'ERP', externalId: 'E1', asOf };
  const crm = { systems: ['CRM'], owner: 'CRM' };
  assert.deepEqual(by['customers.name'], { field: 'Customer.name', ...crm, externalId: 'E1', values: 2, nulls: 0 });
  assert.deepEqual(by['customers.email']?.why, { reason: 'MASK', mask: 'EMAIL' });
  assert.deepEqual(by['customers.region']?.why, { reason: 'ABSENT' });
  assert.deepEqual(by['customers.terms'], {
    ...{ field: 'Customer.terms', ...erp, owner: 'CRM, from ORDER_ACCEPTED on ERP', values: 2, nulls: 0 },
  });
  assert.deepEqual(by['customers.limit'], {
    ...{ field: 'Customer.limit', ...erp, values: 0, nulls: 2 },
    why: { reason: 'SCOPES', needs: [['finance']], at: 'Customer.limit' },
  });
  assert.deepEqual(by['customers.desk']?.why, { reason: 'POLICIES', needs: [['desk']], at: 'Customer.desk' });
  assert.deepEqual(by['customers.balance.amount']?.systems, ['ERP'], 'an amount comes from who holds it');
  assert.deepEqual(by['customers.broken']?.why, { reason: 'ERROR', code: 'SOURCE_UNAVAILABLE' });
  assert.deepEqual(
    by['customers.a']?.why,
    { reason: 'SCOPES', needs: [['finance'], ['audit', 'deep']], at: 'Account.secret' },
    'a null that climbed',
  );
  assert.deepEqual(by.one?.why, { reason: 'ABSENT' });
  assert.equal(by['one.name'], undefined, 'below a null there is nothing to explain');
  assert.equal(omitted, 0);
});

test('who sees some customers only learns that a missing record may be one of the others', async (t) => {
  const limited = { ...operator, rows: { customers: ['1'] } };
  const hub = await startHub(t, { parts, gateway: { authenticate: async () => limited } });
  const { fields = [] } = explained(await ask(hub, '{ one { name } }', { explain: true })) ?? {};
  assert.deepEqual(fields[0]?.why, { reason: 'ROWS_OR_ABSENT' });
});

test('nothing is explained to who may not operate the hub, nor to who does not ask', async (t) => {
  const hub = await startHub(t, { parts });
  assert.equal(explained(await ask(hub, QUERY, { explain: true })), undefined);
  const open = await startHub(t, { parts, gateway: { authenticate: async () => operator } });
  for (const extensions of [undefined, {}, { explain: false }, { explain: 'true' }, { explain: { all: true } }]) {
    assert.equal(explained(await ask(open, QUERY, extensions)), undefined);
  }
  const developer = await startHub(t, { parts, config: { development: true } });
  assert.ok(explained(await ask(developer, QUERY, { explain: true })));
});

test('an explanation has a bound, and says what it leaves out', async (t) => {
  const many = Array.from({ length: 400 }, (_, index) => `n${index}: name`).join(' ');
  const { limits } = gatewayConfig({});
  const hub = await startHub(t, {
    parts,
    config: { limits: { ...limits, aliases: 1_000, selections: 10_000 } },
    gateway: { authenticate: async () => operator },
  });
  const { fields = [], omitted = 0 } = explained(await ask(hub, `{ customers { ${many} } }`, { explain: true })) ?? {};
  assert.equal(fields.length, 300);
  assert.equal(omitted, 101);
});
