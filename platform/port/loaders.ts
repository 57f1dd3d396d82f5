import DataLoader from 'dataloader';
import type { Call } from '../call.ts';
import type { Principal } from '../principal.ts';
import type { SubgraphRequest } from '../subgraph/subgraph.ts';
import { type Invoke, keyAndSubject, type Method, type MethodsOf } from './methods.ts';

type BatchMethod = Extract<Method, { kind: 'batch' }>;

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
  const loaders = new (loadersFor(methods))(port, call) as unknown as LoadersOf<Port, Methods>; // a getter for each of these names
  return { loaders, port, call, principal };
}

type NewLoaders = new (port: object, call: Call) => object;
const kinds = new WeakMap<object, NewLoaders>();

/** Loaders that are made when they are asked for: a request asks a few of the many that a port has. */
function loadersFor(methods: object): NewLoaders {
  const known = kinds.get(methods);
  if (known !== undefined) return known;
  class Loaders {
    readonly #made: Record<string, DataLoader<unknown, unknown, string>> = {};
    readonly #port: object;
    readonly #call: Call;

    constructor(port: object, call: Call) {
      this.#port = port;
      this.#call = call;
    }

    static named(name: string, method: BatchMethod): PropertyDescriptor {
      return {
        get(this: Loaders) {
          this.#made[name] ??= newLoader(this.#port, name, method, this.#call);
          return this.#made[name];
        },
      };
    }
  }
  for (const [name, method] of Object.entries(methods) as [string, Method][]) {
    if (method.kind === 'batch') Object.defineProperty(Loaders.prototype, name, Loaders.named(name, method));
  }
  kinds.set(methods, Loaders);
  return Loaders;
}

function newLoader(port: object, name: string, method: BatchMethod, call: Call) {
  const ask = (port as Record<string, unknown>)[name] as Invoke; // MethodsOf names methods of this port only
  return new DataLoader<unknown, unknown, string>(
    (keys) => ask.call(port, keys, call) as Promise<readonly unknown[]>, // a batch method answers per key
    { maxBatchSize: method.maxKeys, cacheKeyFn: (key) => keyAndSubject(method, key).cacheKey },
  );
}
