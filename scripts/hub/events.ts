import type { Command } from 'commander';
import { deadLetters } from '../../events/deliver/dead-letters.ts';
import { migrateDelivery } from '../../events/deliver/delivery.ts';
import { lagOf } from '../../events/deliver/lag.ts';
import { replay } from '../../events/deliver/replay.ts';
import { createSubscriptions, type Subscription } from '../../events/deliver/subscriptions.ts';
import type { DeliverTables } from '../../events/deliver/tables.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { HubError } from '../../platform/errors.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';

type WithDb = (work: (db: Db, clock: Clock) => Promise<void>) => Promise<void>;

/** These commands read and send again; what makes or reads a signing secret is for the graph. */
const NO_SECRETS = {
  close: () => '',
  open: () => {
    throw new Error('commands read no secrets');
  },
};

interface ReplayOptions {
  readonly ids?: string;
  readonly from?: string;
  readonly to?: string;
  readonly causedBy?: string;
  readonly deadLetters?: boolean;
  readonly mapping: string;
}

const MOST_SHOWN = 100;

/** Adds `hub events …`: who is told of events, what was given up, and sending it again. */
export function addEvents(program: Command, withDb: WithDb, print: (text: string) => void): void {
  const events = program.command('events').description('see who is told of events, and send them again');
  const open = async (pool: Db, clock: Clock) => {
    await migrateDelivery(pool);
    const db = pool.withTables<DeliverTables & OutboxTables>();
    return { db, subscriptions: createSubscriptions({ db, seal: NO_SECRETS, allowed: () => false, clock }) };
  };

  events
    .command('list')
    .description(`list subscriptions, the last made first, at most ${MOST_SHOWN}`)
    .option('--json', 'print JSON')
    .action(({ json }: { readonly json?: boolean }) =>
      withDb(async (pool, clock) => {
        const { db, subscriptions } = await open(pool, clock);
        const { entries } = await subscriptions.page({ keyId: null, state: null }, { first: MOST_SHOWN, after: null });
        const lags = await lagOf(
          db,
          entries.map(({ id }) => id),
        );
        const all = entries.map((entry) => ({ ...entry, ...lags.get(entry.id) }));
        if (json) return print(JSON.stringify(all, null, 2));
        print(all.length === 0 ? 'Nobody is told of events.' : all.map(told).join('\n'));
      }),
    );

  events
    .command('dead-letters')
    .description(`list events that were given up, the last first, at most ${MOST_SHOWN}`)
    .argument('[subscription]', 'of this one; default: of all')
    .option('--json', 'print JSON')
    .action((subscriptionId: string | undefined, { json }: { readonly json?: boolean }) =>
      withDb(async (pool, clock) => {
        const { db } = await open(pool, clock);
        const of = { subscriptionId: subscriptionId ?? null, keyId: null };
        const { entries } = await deadLetters(db, of, { first: MOST_SHOWN, after: null });
        if (json) return print(JSON.stringify(entries, null, 2));
        const line = ({ diedAt, subscriptionId: id, event, eventId, attempts, reason }: (typeof entries)[number]) =>
          `${diedAt}  ${id}  ${event}  ${eventId}  ${attempts} attempts: ${reason}`;
        print(entries.length === 0 ? 'There are no dead letters.' : entries.map(line).join('\n'));
      }),
    );

  events
    .command('replay')
    .description(
      'send events again, in their order, behind what waits: exactly one of --ids, --from, --caused-by, --dead-letters',
    )
    .argument('<subscription>', 'its id, as in the list')
    .option('--ids <ids>', 'ids of events, separated by commas')
    .option('--from <instant>', 'those recorded from then on, like 2027-01-31T08:00:00Z')
    .option('--to <instant>', 'and before then (default: now)')
    .option('--caused-by <id>', 'those of one correlation id')
    .option('--dead-letters', 'those that were given up')
    .option('--mapping <then|now>', 'in the version of their data of then or of now', 'then')
    .action((subscriptionId: string, options: ReplayOptions) =>
      withDb(async (pool, clock) => {
        const { db, subscriptions } = await open(pool, clock);
        const [subscription] = await subscriptions.show([subscriptionId]);
        if (subscription == null) throw new HubError('NOT_FOUND', `There is no subscription ${subscriptionId}.`);
        const count = await replay(db, subscriptionId, wantedOf(options));
        print(`${count} events wait to be sent again to ${subscription.url}.`);
      }),
    );
}

function wantedOf({ ids, from, to, causedBy, deadLetters: dead, mapping }: ReplayOptions) {
  if (mapping !== 'then' && mapping !== 'now') throw new HubError('INVALID', '--mapping must be then or now');
  return {
    eventIds: ids?.split(',') ?? null,
    recorded: from === undefined ? null : { from: instantOf(from), to: to === undefined ? null : instantOf(to) },
    causedBy: causedBy ?? null,
    deadLetters: dead ?? false,
    mapping: mapping === 'now' ? ('NOW' as const) : ('THEN' as const),
  };
}

function instantOf(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new HubError('INVALID', `${text} is no instant, like 2027-01-31T08:00:00Z`);
  return new Date(at).toISOString();
}

const told = ({
  id,
  name,
  state,
  url,
  ...more
}: Subscription & { readonly behind?: number; readonly waiting?: number; readonly dead?: number }): string =>
  `${id}  ${state}  ${name}  ${url}  delivered ${more.delivered}, behind ${(more.behind ?? 0) + (more.waiting ?? 0)}, dead ${more.dead ?? 0}${
    more.reason === null ? '' : `  (${more.reason})`
  }`;
