import { every } from '../../platform/every.ts';
import { endOfOutbox } from '../../platform/outbox/end.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import type { DeliverSettings } from './config.ts';
import { dueLanes } from './lane.ts';
import { prune } from './prune.ts';
import type { DeliverTables } from './tables.ts';
import { type TurnOptions, turn } from './turn.ts';

/** How often it is looked which lanes are due. */
const LOOK_EVERY_MS = 250;
/** Most lanes on which this process sends at once, each with sockets of its own. */
const MOST_LANES = 256;
const PRUNE_EVERY_MS = 600_000;

export interface RunLanesOptions extends Omit<TurnOptions, 'stopping' | 'settings'> {
  readonly settings: DeliverSettings;
}

/**
 * Delivers events to their subscribers until it is closed. Each subscription is a lane of its own: one that is slow or down
 * holds up no other. Several processes may do so on one database.
 */
export function runLanes(options: RunLanesOptions): { close(): Promise<void> } {
  const { log, clock, settings } = options;
  const db = options.db.withTables<DeliverTables & OutboxTables>();
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();
  let failing = false;

  const run = async (id: string): Promise<void> => {
    try {
      await turn(id, { ...options, stopping: stopping.signal });
    } catch (error) {
      log.warn({ err: error, subscription: id }, 'a turn of a subscription failed; it is taken again');
    } finally {
      running.delete(id);
    }
  };
  const looking = every(LOOK_EVERY_MS, async () => {
    try {
      const due = await dueLanes(db, new Date(clock.now()), MOST_LANES);
      failing = false;
      for (const id of due) {
        if (stopping.signal.aborted || running.size >= MOST_LANES) break;
        if (!running.has(id)) running.set(id, run(id));
      }
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'events cannot be delivered: the outbox cannot be read');
      failing = true;
    }
  });
  const pruning = every(PRUNE_EVERY_MS, () =>
    prune(db, new Date(clock.now() - settings.keepForMs)).then(
      () => {},
      (error) => log.warn({ err: error }, 'old events could not be dropped'),
    ),
  );

  return {
    async close() {
      stopping.abort();
      await Promise.all([looking.stop(), pruning.stop()]);
      await Promise.all(running.values());
    },
  };
}

/** Takes turns until nothing is due: what `runLanes` does, for who moves the clock himself. */
export async function deliverDue(options: TurnOptions): Promise<void> {
  const db = options.db.withTables<DeliverTables & OutboxTables>();
  await endOfOutbox(db);
  for (;;) {
    const due = await dueLanes(db, new Date(options.clock.now()), MOST_LANES);
    const taken = await Promise.all(due.map((id) => turn(id, options)));
    if (!taken.includes(true)) return;
  }
}
