import { stripe as keys } from '../../sandbox/data/keys.ts';
import type { World } from '../../sandbox/data/world.ts';
import type { Acknowledgement } from '../../test/invariants/evidence.ts';
import { drive, type Sample } from './drive.ts';
import type { Ground } from './ground.ts';
import { soundCustomers } from './reads.ts';
import { type Act, submit } from './submit.ts';

/** A running subscription of the company, as billing keeps it. */
export interface RunningSubscription {
  readonly id: string;
}

/** Running subscriptions of customers whom all systems know, in the order of the world. */
export const runningSubscriptions = (world: World): RunningSubscription[] =>
  soundCustomers(world).flatMap(({ index, subscriptions }) =>
    subscriptions.flatMap(({ status }, position) =>
      status === 'ACTIVE' ? [{ id: keys.subscription(index, position) }] : [],
    ),
  );

/** Renewals that are asked for at one time, as a scheduler does. */
const AT_ONCE = 16;
/** A renewal that the hub was too busy to accept is asked for again, with its key. */
const TRIES = 20;

/** Has each subscription fall due at its time, and asks for its renewal until the hub says yes or no. */
export function fallDue(
  ground: Ground,
  due: readonly { readonly atMs: number; readonly subscription: RunningSubscription }[],
  noted: Acknowledgement[],
): Promise<Sample[]> {
  let free = AT_ONCE;
  const waiting: (() => void)[] = [];
  const turn = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const over = () => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return drive(
    due.map(({ atMs }) => atMs),
    async (nr) => {
      const subscription = due[nr]?.subscription;
      if (subscription === undefined) throw new Error(`nothing falls due as number ${nr}`);
      await turn();
      try {
        return await renewed(ground, renewalOf(subscription, nr), noted);
      } finally {
        over();
      }
    },
  );
}

/** Only the last answer is noted: it is the one that a scheduler acts on. */
async function renewed(ground: Ground, act: Act, noted: Acknowledgement[]): Promise<string | null> {
  for (let tries = 1; ; tries += 1) {
    const answers: Acknowledgement[] = [];
    const wrong = await submit(ground, act, answers).catch((error: unknown) => String(error));
    if (tries < TRIES && answers.at(-1)?.answer === 'UNKNOWN') continue;
    noted.push(...answers);
    return wrong;
  }
}

const RENEW_SUBSCRIPTION = /* GraphQL */ `
  mutation ($input: RenewSubscriptionInput!) {
    renewSubscription(input: $input) {
      ... on RenewalAccepted { process { id } }
      ... on RenewalRejected { reasons { code field message } }
    }
  }
`;

/** Another year, as it is. */
const renewalOf = ({ id }: RunningSubscription, nr: number): Act => ({
  name: 'renewSubscription',
  query: RENEW_SUBSCRIPTION,
  key: 'portal',
  input: { idempotencyKey: `renewal-${nr}`, subscriptionId: id, termMonths: 12 },
});
