import DataLoader from 'dataloader';
import type { Call } from '../call.ts';
import type { Principal } from '../principal.ts';
import type { SubgraphRequest } from '../subgraph/subgraph.ts';
import { type Invoke, keyAndSubject, type Method, type MethodsOf } from './methods.ts';

type BatchNames<Methods> = {
  [Name in keyof Methods]: Methods[Name] extends { kind: 'batch' } ? Name : never;
}[keyof Methods];

type LoaderOf<Ask> = Ask extends (keys: readonly (infer Key)[], call: Call) => Promise<readonly (infer Value)[]>
  ? DataLoader<Key, Value, string>
  : never;

/** One loader for each batch method of the port, under the method's own name. */
export type LoadersOf<Port, Methods> = { readonly [Name in BatchNames<Methods> & keyof Port]: LoaderOf<Port[Name]> };

/** What a resolver stands on: made anew for each request. */
export interface PortContext<Port, Methods> {
  readonly loaders: LoadersOf<Port, Methods>;
  readonly port: Port;
  readonly call: Call;
  readonly principal: Principal;
}

/** Gathers what one tick asks into one call of the port, split by how much it takes, and asks for each key once a request. */
export function contextOf<Port extends object, const Methods extends MethodsOf<Port>>(
  port: Port,
  methods: Methods,
  { call, principal }: SubgraphRequest,
): PortContext<Port, Methods> {
  const loaders = (Object.entries(methods) as [string, Method][]).flatMap(([name, method]) => {
    if (method.kind !== 'batch') return [];
    const ask = (port as Record<string, unknown>)[name] as Invoke; // MethodsOf names methods of this port only
    const loader = new DataLoader<unknown, unknown, string>(
      (keys) => ask.call(port, keys, call) as Promise<readonly unknown[]>, // a batch method answers per key
      { maxBatchSize: method.maxKeys, cacheKeyFn: (key) => keyAndSubject(method, key).cacheKey },
    );
    return [[name, loader]];
  });
  return { loaders: Object.fromEntries(loaders) as LoadersOf<Port, Methods>, port, call, principal }; // built from the same names
}
