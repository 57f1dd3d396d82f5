import { createCalendar } from './calendar.ts';
import { type CustomerSource, customer } from './customer.ts';
import { FIRST_HUB_NUMBER } from './keys.ts';
import { LEGAL_ENTITIES } from './legal-entities.ts';
import { domainOf, personName } from './names.ts';
import { PRODUCTS } from './products.ts';
import { createRandom, mixed } from './random.ts';
import type { World } from './world.ts';

export interface WorldOptions {
  readonly seed: number;
  /** How many customers, from 1. */
  readonly size: number;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** Number in the hub id of the first customer, so that a world can stand beside a system whose customers are numbered otherwise. */
  readonly firstHubNumber?: number;
  /** Every system holds the same of every customer who trades: what differs was planted. Default: as it is in life. */
  readonly agreeing?: boolean;
}

/**
 * The same options give the same world, whichever customer is asked for first. The first 60 customers hold every trait
 * at least twice, at the same ids for any seed; C-10001 is an ordinary customer with something in every system.
 */
export function createWorld(options: WorldOptions): World {
  const { seed, size, today, firstHubNumber = FIRST_HUB_NUMBER, agreeing = false } = options;
  const salesReps = salesTeam(seed);
  const source: CustomerSource = {
    seed,
    size,
    calendar: createCalendar(today),
    salesReps: salesReps.length,
    firstHubNumber,
    agreeing,
  };
  const at = (index: number) => {
    if (!Number.isInteger(index) || index < 0 || index >= size) {
      throw new RangeError(`there is no customer ${index}: this world has ${size}, counted from 0`);
    }
    return customer(index, source);
  };
  return {
    seed,
    today,
    size,
    products: PRODUCTS,
    legalEntities: LEGAL_ENTITIES,
    salesReps,
    *customers() {
      for (let index = 0; index < size; index += 1) yield at(index);
    },
    customer: at,
    indexOf(hubId) {
      const index = Number(/^c-(\d{1,9})$/i.exec(hubId)?.[1] ?? Number.NaN) - firstHubNumber;
      return index >= 0 && index < size ? index : -1;
    },
  };
}

function salesTeam(seed: number): { name: string; email: string }[] {
  const random = createRandom(mixed(seed, 4242));
  const team = new Map<string, { name: string; email: string }>();
  while (team.size < 12) {
    const { firstName, lastName } = personName(random);
    const email = `${firstName}.${lastName}@${domainOf('Meridian Instruments')}`.toLowerCase();
    team.set(email, { name: `${firstName} ${lastName}`, email });
  }
  return [...team.values()];
}
