import { once } from 'node:events';
import { HubError } from '../../platform/errors.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import type { Part } from './hub.ts';

/** Stands for whatever must never reach a caller. */
export const CANARY = 'postgres://hub:canary@10.0.0.7:5432/hub';

/** What `Customer.orders` and `Customer.health` do; set by a test, reset by none: each test makes its own. */
export interface Weather {
  erp: 'fine' | 'down' | 'throttled' | 'defect' | 'hangs' | 'heeds';
  /** Signals of the calls that reached the ERP. */
  signals: AbortSignal[];
  writes: number;
}

const PEOPLE: Part = {
  sdl: `
    scalar Date
    type Query {
      customer(id: ID!): Customer
      customers(first: Int = 20): [Customer!]
      hundred(first: Int = 100): [Customer!] @listSize(slicingArguments: ["first"])
      herd(first: Int): [Customer!] @listSize(slicingArguments: ["first"], assumedSize: 100)
      pages(first: Int, last: Int): [Customer!]
      echo(text: String, json: String, on: Date): String
      named(ids: [ID!]): Int
      filtered(filter: Filter): String
      who: String
    }
    enum Tone { QUIET LOUD }
    input Filter { ids: [ID!], text: String, on: Date, tone: Tone, inner: Filter }
    type Mutation { write(n: Int!): Int }
    type Customer @key(fields: "id") { id: ID!, name: String, parent: Customer, kin(first: Int = 2): [Customer!] @listSize(slicingArguments: ["first"]) }
  `,
  resolvers: {},
};
const ERP: Part = {
  sdl: `
    type Customer @key(fields: "id") { id: ID!, orders: [Int!], credit: Int }
  `,
  resolvers: {},
};

export function smallGraph(weather: Weather): Record<string, Part> {
  const erp = async (value: unknown, context: SubgraphRequest): Promise<unknown> => {
    const { call } = context;
    weather.signals.push(call.signal);
    switch (weather.erp) {
      case 'down':
        throw new HubError('UNAVAILABLE', 'ERP cannot be reached', { system: 'ERP', cause: new Error(CANARY) });
      case 'throttled':
        throw new HubError('THROTTLED', 'ERP asks to wait', { system: 'ERP', retryAfterMs: 3_000 });
      case 'defect':
        throw new Error(CANARY);
      case 'hangs':
        return new Promise(() => {});
      case 'heeds':
        if (!call.signal.aborted) await once(call.signal, 'abort');
        throw new HubError('TIMEOUT', 'ERP did not answer in time', { system: 'ERP' });
      case 'fine':
        call.note?.({ system: 'ERP', state: 'FRESH', asOf: '2027-01-31T08:15:00.000Z', ms: 2.04, calls: 1 });
        return value;
    }
  };
  return {
    people: {
      ...PEOPLE,
      resolvers: {
        Query: {
          customer: (_s, { id }) => (id === 'none' ? null : { id }),
          customers: (_s, { first }) => Array.from({ length: first }, (_, index) => ({ id: `${index}` })),
          herd: (_s, { first }) => Array.from({ length: first ?? 100 }, (_, index) => ({ id: `${index}` })),
          pages: (_s, { first, last }) =>
            Array.from({ length: first ?? last ?? 2 }, (_, index) => ({ id: `${index}` })),
          echo: (_s, args: object) => JSON.stringify(args),
          who: (_s, _a, { principal, call }: SubgraphRequest) => `${principal.name} ${call.correlationId}`,
        },
        Mutation: {
          write: (_s, { n }) => {
            weather.writes += 1;
            return n;
          },
        },
        Customer: {
          name: ({ id }: { id: string }) => `name ${id}`,
          parent: ({ id }: { id: string }) => ({ id: `${id}^` }),
          kin: ({ id }: { id: string }) => [{ id: `${id}k` }],
        },
      },
    },
    erp: {
      ...ERP,
      resolvers: {
        Customer: {
          __resolveReference: (reference: object) => reference,
          orders: (_s: unknown, _a: unknown, context: SubgraphRequest) => erp([1, 2], context),
          credit: (_s: unknown, _a: unknown, context: SubgraphRequest) => erp(7, context),
        },
      },
    },
  };
}

export const fineWeather = (): Weather => ({ erp: 'fine', signals: [], writes: 0 });
