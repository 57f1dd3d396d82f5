import type { World } from '../../sandbox/data/world.ts';
import { CUSTOMER_360 } from '../../test/graph/behaviours/queries.ts';
import { arrivals, steady } from './arrivals.ts';
import { drive } from './drive.ts';
import type { Ground } from './ground.ts';

/** Customers whom all four systems know and nothing is wrong with, in the order of the world. */
export const soundCustomers = (world: World) =>
  [...world.customers()].filter(
    ({ known, traits, creditHold }) => Object.values(known).every(Boolean) && traits.length === 0 && !creditHold,
  );

/**
 * Reads one customer across all systems, as an app does. Answers what was wrong with the answer, null where nothing was.
 * @param down a system whose part may be missing, with its error
 */
export async function read360({ client }: Ground, id: string, down: string | null = null): Promise<string | null> {
  const { status, data, errors } = await client.ask(CUSTOMER_360, { id }, 'operator');
  const [error] = errors.filter(({ extensions }) => down === null || extensions?.system !== down);
  if (status !== 200 || error !== undefined)
    return `${id}: ${status} ${error?.extensions?.code ?? ''} ${error?.message ?? ''}`;
  return data?.customer == null ? `${id}: the hub says that there is no such customer` : null;
}

const CASES = 'query ($id: ID!) { customer(id: $id) { id cases(first: 5) { nodes { id } } } }';
/** `@data(maxAgeSeconds)` of a case: the shortest life of all that the 360 view shows. */
const CASE_LIFE_MS = 30_000;

/** How the cases of a customer were told. */
export interface Mark {
  readonly state: string;
  /** They were told unmarked, and are older than a case may be. */
  readonly tooOld: boolean;
}

/** Reads a part of the 360 view alone, so that its age is told alone. */
export async function markOfCases({ client }: Ground, id: string): Promise<Mark | null> {
  const askedAt = Date.now();
  const { sources } = await client.ask(CASES, { id }, 'operator');
  const told = sources.find(({ system }) => system === 'SUPPORT');
  if (told === undefined) return null;
  const ageMs = told.asOf === undefined ? 0 : askedAt - Date.parse(told.asOf);
  return { state: told.state, tooOld: told.state !== 'STALE' && ageMs > CASE_LIFE_MS };
}

/** Reads each once, at a pace that a hub whose code is not compiled yet can keep; what they are is in the cache then. */
export async function readOnce(ground: Ground, customers: readonly { readonly hubId: string }[], perSecond: number) {
  const due = arrivals([steady(perSecond, customers.length / perSecond)], 3);
  await drive(due, (nr) => read360(ground, customers[nr % customers.length]?.hubId ?? ''));
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
