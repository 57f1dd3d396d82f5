import type { World } from '../../sandbox/data/world.ts';
import { CUSTOMER_360 } from '../../test/graph/behaviours/queries.ts';
import type { Ground } from './ground.ts';

/** Customers whom all four systems know and nothing is wrong with, in the order of the world. */
export const soundCustomers = (world: World) =>
  [...world.customers()].filter(
    ({ known, traits, creditHold }) => Object.values(known).every(Boolean) && traits.length === 0 && !creditHold,
  );

/** Reads one customer across all systems, as an app does. Answers what was wrong with the answer, null where nothing was. */
export async function read360({ client }: Ground, id: string): Promise<string | null> {
  const { status, data, errors } = await client.ask(CUSTOMER_360, { id }, 'operator');
  const [error] = errors;
  if (status !== 200 || error !== undefined)
    return `${id}: ${status} ${error?.extensions?.code ?? ''} ${error?.message ?? ''}`;
  return data?.customer == null ? `${id}: the hub says that there is no such customer` : null;
}

/** The middle of three customers of four that an app shows was shown before; the fourth is asked for the first time. */
export function coldEvery<Customer>(customers: readonly Customer[], warm: number, share: number) {
  const [known, others] = [customers.slice(0, warm), customers.slice(warm)];
  const every = Math.round(1 / share);
  return (nr: number): Customer => {
    const from =
      nr % every === 0 && others.length > 0 ? others[(nr / every) % others.length] : known[nr % known.length];
    if (from === undefined) throw new Error('there is no customer to read');
    return from;
  };
}
