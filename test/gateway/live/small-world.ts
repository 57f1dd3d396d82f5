import type { TestContext } from 'node:test';
import { gatewayConfig } from '../../../gateway/config.ts';
import type { GatewayOptions } from '../../../gateway/gateway.ts';
import type { Changes } from '../../../platform/changes/changes.ts';
import { type Principal, principalOf } from '../../../platform/principal.ts';
import type { SubgraphRequest } from '../../../platform/subgraph/subgraph.ts';
import { listenTo } from '../../support/event-stream.ts';
import { startHub } from '../hub.ts';

export const ORDERS = `
  extend schema
    @link(url: "https://concord.example/governance/v1.0", import: ["@live"])
    @composeDirective(name: "@live")
  directive @live(query: String!, on: [String!]!, until: String) on FIELD_DEFINITION
  type Query {
    order(id: ID!): Order @requiresScopes(scopes: [["order:read"]])
    ordersOf(customer: ID!): [Order!]
  }
  type Subscription {
    orderChanged(id: ID!): Order
      @requiresScopes(scopes: [["order:read"]])
      @live(query: "order", on: ["order:{id}"], until: "endedAt")
    ordersOf(customer: ID!): [Order!] @live(query: "ordersOf", on: ["customer:{customer}"])
    unheard: Int
  }
  type Order @key(fields: "id") { id: ID!, state: String, endedAt: String, secret: String @requiresScopes(scopes: [["secret"]]) }
`;

export interface Order {
  id: string;
  state: string;
  endedAt: string | null;
  secret?: string;
}

/** Changes as a test tells them. */
export function toldChanges() {
  const listeners = new Map<string, Set<() => void>>();
  const changes: Changes = {
    async listen(topics, heard) {
      for (const topic of topics) listeners.set(topic, (listeners.get(topic) ?? new Set()).add(heard));
      return () => {
        for (const topic of topics) listeners.get(topic)?.delete(heard);
      };
    },
    close: async () => {},
  };
  const listening = (topic: string): number => listeners.get(topic)?.size ?? 0;
  const tell = (topic: string) => {
    for (const heard of [...(listeners.get(topic) ?? [])]) heard();
  };
  return { changes, tell, listening };
}

export interface SmallWorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly gateway?: Partial<GatewayOptions>;
}

/** One subgraph of orders behind a gateway that hears of their changes; the key `k` may read orders. */
export async function smallWorld(t: TestContext, { env = {}, gateway = {} }: SmallWorldOptions = {}) {
  const orders = new Map<string, Order>([['1', { id: '1', state: 'OPEN', endedAt: null, secret: 's' }]]);
  const told = toldChanges();
  const caller: { principal: Principal | null } = {
    principal: principalOf({ id: 'k1', name: 'test', scopes: ['order:read'] }),
  };
  const asked: SubgraphRequest[] = [];
  const hub = await startHub(t, {
    parts: {
      orders: {
        sdl: ORDERS,
        resolvers: {
          Query: {
            order: (_s, { id }, request: SubgraphRequest) => {
              asked.push(request);
              return orders.get(id) ?? null;
            },
            ordersOf: () => [...orders.values()],
          },
        },
      },
    },
    config: gatewayConfig({ PORT: '0', HUB_MODE: 'production', HUB_LIVE_GAP_MS: '10', ...env }),
    gateway: {
      authenticate: async (key) => (key === 'k' ? caller.principal : null),
      door: { judgeAgainMs: 20 },
      changes: told.changes,
      ...gateway,
    },
  });
  const change = (order: Order) => {
    orders.set(order.id, order);
    told.tell(`order:${order.id}`);
    told.tell('customer:c');
  };
  const listen = (query: string, variables?: Record<string, unknown>) => {
    const listening = listenTo<Record<string, unknown>>(hub.url, 'k', query, variables);
    t.after(() => listening.close());
    return listening;
  };
  return { hub, orders, caller, asked, change, listen, ...told };
}
