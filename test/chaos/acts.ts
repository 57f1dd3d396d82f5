import type { Random } from '../../sandbox/data/random.ts';
import type { WorldCustomer } from '../../sandbox/data/world.ts';
import type { ChaosKeys } from './keys.ts';
import { AFTER_SALES } from './kinds/after-sales.ts';
import { CUSTOMERS } from './kinds/customers.ts';
import { ORDERS } from './kinds/orders.ts';
import { SUBSCRIPTIONS } from './kinds/subscriptions.ts';

/** One mutation that a client wants done, and asks for until it is answered. */
export interface Wanted {
  readonly act: string;
  readonly key: keyof ChaosKeys;
  readonly query: string;
  readonly input: Readonly<Record<string, unknown>> & { readonly idempotencyKey: string };
}

/** What acts are made of: a customer whom all systems know, and a subscription of his as the hub tells it. */
export interface Ground {
  readonly customer: WorldCustomer;
  readonly subscription: {
    readonly id: string;
    readonly items: readonly { sku: string; quantity: number }[];
    readonly usage: readonly { sku: string }[];
  } | null;
  /** SKUs sold in the customer's currency. */
  readonly service: string;
  readonly seat: string;
  /** What is to be mended, and the case about it; null: nothing is. */
  readonly broken: { readonly caseId: string; readonly serialNumber: string } | null;
  /** Goods that were delivered; null: none. They are sent back as long as there are any, and as long as it is not too late. */
  readonly delivered: { readonly salesOrderId: string; readonly sku: string } | null;
  /** The company that sells to the customer, and another of ours in his currency; null: there is no other. */
  readonly legalEntityId: string;
  readonly otherEntityId: string | null;
  /** Whom the customer is merged with, and taken apart from, again and again; null: he is left alone. */
  readonly twin: WorldCustomer | null;
}

/** A kind of act that the run mixes. */
export interface Kind {
  /** How often it comes, beside the others. */
  readonly weight: number;
  readonly act: string;
  /** The key that may do it. */
  readonly key: keyof ChaosKeys;
  /** Types of the input, and of the answer that accepts it. */
  readonly types: readonly [input: string, accepted: string];
  /** A field of that answer which says how much was accepted: where it was nothing, there is no process. */
  readonly says?: string;
  /** Without its idempotency key; null: the ground has not what the act needs. @param nr no two acts of a run have the same */
  readonly input: (ground: Ground, nr: number, random: Random) => Readonly<Record<string, unknown>> | null;
}

/** A new process gets its entry in one of these. */
const KINDS: readonly Kind[] = [...ORDERS, ...SUBSCRIPTIONS, ...CUSTOMERS, ...AFTER_SALES];

const queryOf = ({ act, types: [input, accepted], says = '__typename' }: Kind): string =>
  `mutation Act($input: ${input}!) { ${act}(input: $input) { ... on ${accepted} { says: ${says} process { id } } } }`;

export function nextAct(grounds: readonly Ground[], nr: number, random: Random): Wanted {
  for (;;) {
    const ground = grounds[random.int(0, grounds.length - 1)];
    const [first, ...others] = KINDS.map((kind) => [kind, kind.weight] as const);
    if (ground === undefined || first === undefined) throw new Error('there is nothing to act on');
    const kind = random.weighted([first, ...others]);
    const input = kind.input(ground, nr, random);
    if (input === null) continue;
    return {
      ...{ act: kind.act, key: kind.key, query: queryOf(kind) },
      input: { idempotencyKey: `chaos-${nr}`, ...input },
    };
  }
}
