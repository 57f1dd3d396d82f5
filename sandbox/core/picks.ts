import type { Trait, World, WorldCustomer } from '../data/world.ts';

export const TRAITS = [
  'hierarchy-parent',
  'hierarchy-child',
  'merged-away',
  'merge-survivor',
  'amended-mid-term',
  'failed-payment',
  'collections',
  'over-licensed',
  'credit-hold',
  'tax-refused',
  'name-disagrees',
  'open-escalation',
  'prospect',
] as const satisfies readonly Trait[];

const MOST = 5;
/** Every trait occurs this early; a world of 100,000 need not be walked through. */
const WITHIN = 200;

/** A customer to try something with. */
export interface Pick {
  readonly id: string;
  readonly name: string;
  readonly traits: readonly Trait[];
}

export const pickOf = ({ hubId, legalName, traits }: WorldCustomer): Pick => ({ id: hubId, name: legalName, traits });

/** The first few customers of whom this is true; with null, those of whom nothing special is. */
export function customersWith(world: World, trait: Trait | null): Pick[] {
  const found: Pick[] = [];
  for (let index = 0; index < Math.min(world.size, WITHIN) && found.length < MOST; index += 1) {
    const customer = world.customer(index);
    const { traits } = customer;
    if (trait === null ? traits.length === 0 : traits.includes(trait)) found.push(pickOf(customer));
  }
  return found;
}
