import { stripe as keys } from '../../sandbox/data/keys.ts';
import type { World } from '../../sandbox/data/world.ts';
import type { Acknowledgement } from '../../test/invariants/evidence.ts';
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

/**
 * Has each renewal accepted beforehand, for the instant at which it falls due, and asks until the hub says yes or no. The
 * answers count from the call on, a few at a time.
 */
export async function acceptAhead(
  ground: Ground,
  due: readonly { readonly at: Date; readonly subscription: RunningSubscription }[],
  noted: Acknowledgement[],
): Promise<(string | null)[]> {
  const answers: (string | null)[] = [];
  const queue = due.entries();
  const askOn = async () => {
    for (const [nr, { at, subscription }] of queue) {
      answers[nr] = await renewed(ground, renewalOf(subscription, nr, at), noted);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askOn));
  return answers;
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

/** Another year, as it is, from that instant on. */
const renewalOf = ({ id }: RunningSubscription, nr: number, at: Date): Act => ({
  name: 'renewSubscription',
  query: RENEW_SUBSCRIPTION,
  key: 'portal',
  input: { idempotencyKey: `renewal-${nr}`, subscriptionId: id, termMonths: 12, beginsAt: at.toISOString() },
});
