import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  graphql,
  parse,
} from 'graphql';
import type { Call } from '../../platform/call.ts';
import { systemClock } from '../../platform/clock.ts';
import { id } from '../../platform/ids.ts';
import { silentLog } from '../../platform/log.ts';
import type { Method } from '../../platform/port/methods.ts';
import type { PortServices } from '../../platform/port/wrapped.ts';
import { DATA_CLASSES, principalOf } from '../../platform/principal.ts';
import { subgraphSdl } from '../../platform/subgraph/schema.ts';
import { asSeenBy, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import { netsuite, salesforce, stripe, zendesk } from '../../sandbox/data/keys.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/start.ts';
import { connectBilling } from '../../subgraphs/billing/connect.ts';
import { BILLING_METHODS } from '../../subgraphs/billing/port.ts';
import { createBillingSubgraph } from '../../subgraphs/billing/subgraph.ts';
import { connectCrm } from '../../subgraphs/crm/connect.ts';
import { CRM_METHODS } from '../../subgraphs/crm/port.ts';
import { createCrmSubgraph } from '../../subgraphs/crm/subgraph.ts';
import type { Return } from '../../subgraphs/erp/after-sales.ts';
import { connectErp } from '../../subgraphs/erp/connect.ts';
import { ERP_METHODS, type ErpPort } from '../../subgraphs/erp/port.ts';
import { createErpSubgraph } from '../../subgraphs/erp/subgraph.ts';
import { connectSupport } from '../../subgraphs/support/connect.ts';
import { SUPPORT_METHODS } from '../../subgraphs/support/port.ts';
import { createSupportSubgraph } from '../../subgraphs/support/subgraph.ts';
import { firstReached, MARK, selected, type Ways, waysInto, without } from '../support/ways-into-graph.ts';

/**
 * What the schema declares of a field's age (`@data(maxAgeSeconds)`) against what the cache keeps: each field is asked for in
 * every way that leads to it, and the port says by which of its methods it was answered.
 */
const CUSTOMERS = Array.from({ length: 16 }, (_, index) => index);
const DOMAINS = {
  erp: {
    methods: ERP_METHODS,
    open: (env, services, heard) => createErpSubgraph(listening(withAfterSales(connectErp(env, services)), heard)),
    customer: (index) => ({ erpCustomerId: String(netsuite.customer(index)) }),
    references: { Case: [{ id: '1' }] },
  },
  billing: {
    methods: BILLING_METHODS,
    open: (env, services, heard) => createBillingSubgraph(listening(connectBilling(env, services), heard)),
    customer: (index) => ({ billingCustomerId: stripe.customer(index) }),
  },
  crm: {
    methods: CRM_METHODS,
    open: (env, services, heard) => createCrmSubgraph(listening(connectCrm(env, services), heard)),
    customer: (index) => ({ crmAccountId: salesforce.account(index) }),
    unshown: ['quoteLines', 'opportunityLines'],
  },
  support: {
    methods: SUPPORT_METHODS,
    open: (env, services, heard) => createSupportSubgraph(listening(connectSupport(env, services), heard)),
    customer: (index) => ({ supportOrgId: String(zendesk.organization(index)) }),
  },
} as const satisfies Record<string, Domain>;

interface Domain {
  readonly methods: Readonly<Record<string, Method>>;
  readonly open: (env: Record<string, string>, services: PortServices, heard: Set<string>) => Subgraph;
  readonly customer: (index: number) => Readonly<Record<string, string>>;
  /** Things of other domains to which this one adds fields. */
  readonly references?: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
  /** Methods that acts ask, and no field. */
  readonly unshown?: readonly string[];
}

/** The company has sold, and nothing was mended or sent back yet: here each case and each order has one of them. */
function withAfterSales(erp: ErpPort): ErpPort {
  const total = { minor: 100n, currency: 'EUR' };
  const shared = { customerId: id<'ErpCustomer'>(String(netsuite.customer(0))) };
  const salesOrderId = id<'SalesOrder'>(String(netsuite.salesOrder(0, 0)));
  const serviceOrder = async (call: Call) => {
    const [order] = await erp.salesOrders([salesOrderId], call);
    assert.ok(order);
    const about = { caseId: '1', assetSerialNumber: null, dispatchOn: null, billable: true };
    return { ...shared, ...about, id: order.id, order };
  };
  const returned: Return = {
    ...{
      ...shared,
      id: id<'Return'>('1'),
      number: 'RMA1',
      status: 'REFUNDED',
      authorizedOn: '2027-01-31',
      salesOrderId,
    },
    ...{ restock: true, lines: [], netTotal: total, tax: total, total },
    creditNote: { id: '1', number: 'CM1', issuedOn: '2027-01-31', total },
  };
  const overrides: Partial<ErpPort> = {
    serviceOrders: (ids, call) => Promise.all(ids.map(() => serviceOrder(call))),
    serviceOrdersOfCase: (ids, call) =>
      Promise.all(ids.map(async () => ({ ...shared, entries: [await serviceOrder(call)] }))),
    returns: async (ids) => ids.map(() => returned),
    returnsOfOrder: async (ids) => ids.map(() => ({ ...shared, entries: [returned] })),
  };
  return new Proxy(erp, { get: (target, name) => Reflect.get(overrides, name) ?? Reflect.get(target, name) });
}

/** The port, which notes each method that is called. */
const listening = <Port extends object>(port: Port, heard: Set<string>): Port =>
  new Proxy(port, {
    get(target, name) {
      const found = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return (...given: unknown[]) => {
        heard.add(String(name));
        return found.apply(target, given);
      };
    },
  });

let sandbox: RunningSandbox;
before(async () => {
  sandbox = await startSandbox({ customers: 60, latency: { minMs: 0, maxMs: 0 } });
});
after(() => sandbox?.close());

for (const [name, domain] of Object.entries(DOMAINS) as [keyof typeof DOMAINS, Domain][]) {
  describe(`the ages of ${name}`, () => {
    const heard = new Set<string>();
    const principal = principalOf({ id: 'all', name: 'all', scopes: ['operate'], unmasked: DATA_CLASSES });
    let subgraph: Subgraph;
    let kept: Awaited<ReturnType<typeof keptBy>>;
    const declared = declaredAges(subgraphSdl(new URL(`../../subgraphs/${name}/schema.graphql`, import.meta.url)));

    before(async () => {
      subgraph = domain.open(sandbox.environment, { clock: systemClock, log: silentLog, cache: null }, heard);
      kept = await keptBy();
    });

    test('of each field the cache keeps no copy for longer than the schema declares, and for as long', () => {
      assert.ok(declared.size > 5);
      assert.deepEqual(
        Object.fromEntries([...declared.keys()].sort().map((field) => [field, kept.ages.get(field)])),
        Object.fromEntries(
          [...declared].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([field, age]) => [field, age]),
        ),
      );
    });

    test('each method of the port whose answers are kept is one that a field asks', () => {
      const methods = Object.entries(domain.methods).filter(([, one]) => one.kind === 'batch' && one.maxAgeSeconds > 0);
      assert.deepEqual(
        methods.map(([method]) => method).filter((method) => !kept.methods.has(method)),
        domain.unshown ?? [],
      );
    });

    async function ask(source: string) {
      heard.clear();
      const call = { correlationId: 'test', signal: AbortSignal.timeout(30_000) };
      const contextValue = subgraph.contextFor(asSeenBy(principal, call));
      const { data, errors } = await graphql({ schema: subgraph.schema, source, contextValue });
      const said = (errors ?? []).filter(({ extensions }) => extensions.code !== 'CONSENT_MISSING');
      assert.deepEqual(said, [], source);
      return { methods: new Set(heard), data };
    }

    /** By `Type.field`: the longest that any method keeps it; and all methods that were asked. */
    async function keptBy(): Promise<{ ages: Map<string, number>; methods: Set<string> }> {
      const customers = CUSTOMERS.map(domain.customer);
      const ways = await waysInto(subgraph.schema, ask, { Customer: customers, ...domain.references });
      const ages = new Map<string, number>();
      const methods = new Set<string>();
      for (const coordinate of declared.keys()) {
        const [typeName = '', fieldName = ''] = coordinate.split('.');
        const type = subgraph.schema.getType(typeName) as GraphQLObjectType; // `declared` names none else
        const field = type.getFields()[fieldName];
        assert.ok(field, coordinate);
        let found = 0;
        for (const way of ways.get(typeName) ?? []) {
          const { methods: asked, data } = await ask(way.query(`${MARK} ${selected(field)}`));
          if (firstReached(data, typeName) === null) continue;
          found += 1;
          for (const method of asked) methods.add(method);
          const own = without(without(asked, way.asks), ofReference(field, ways));
          for (const method of own.size > 0 ? own : way.gives) {
            const about = domain.methods[method];
            const age = about?.kind === 'batch' ? about.maxAgeSeconds : 0;
            ages.set(coordinate, Math.max(ages.get(coordinate) ?? 0, age));
          }
        }
        assert.ok(found > 0, `no ${typeName} was found to ask for its ${fieldName}`);
      }
      return { ages, methods };
    }
  });
}

/** What a reference has asked of the thing that it leads to: how old that may be its own fields declare. */
const ofReference = ({ type }: GraphQLField<unknown, unknown>, ways: Ways): ReadonlySet<string> | undefined =>
  ways.get(`${getNamedType(type).name} by its key`)?.[0]?.asks;

/** By `Type.field`: what is said at the field, or else at its type. */
function declaredAges(sdl: string): ReadonlyMap<string, number> {
  const ageIn = (directives: readonly ConstDirectiveNode[] = []): number | null => {
    const said = directives.find(({ name }) => name.value === 'data')?.arguments ?? [];
    const age = said.find(({ name }) => name.value === 'maxAgeSeconds')?.value;
    return age?.kind === 'IntValue' ? Number(age.value) : null;
  };
  const ages = new Map<string, number>();
  for (const node of parse(sdl).definitions) {
    if (node.kind !== 'ObjectTypeDefinition' && node.kind !== 'ObjectTypeExtension') continue;
    for (const field of node.fields ?? []) {
      const age = ageIn(field.directives) ?? ageIn(node.directives);
      if (age !== null) ages.set(`${node.name.value}.${field.name.value}`, age);
    }
  }
  return ages;
}
