import { connectConflicts } from '../../events/conflicts/conflict-store.ts';
import { openDelivery } from '../../events/deliver/delivery.ts';
import { connectParked } from '../../events/parked/parked-store.ts';
import { openReconciliationDesk } from '../../events/reconcile/desk.ts';
import { systemClock } from '../../platform/clock.ts';
import { startDatabase } from '../../platform/db/database.ts';
import { createDb } from '../../platform/db/db.ts';
import { createKeyStore, migrateKeys } from '../../platform/keys/key-store.ts';
import { runUntilStopped } from '../../platform/lifecycle.ts';
import { createLog } from '../../platform/log.ts';
import { serveSubgraph } from '../../platform/subgraph/serve.ts';
import { eventsConfig } from './config.ts';
import { connectEvents } from './connect.ts';
import { createEventsSubgraph } from './subgraph.ts';

/** Runs the events subgraph alone, on an external database. `events/main.ts` delivers. */
await runUntilStopped(async (env, opened) => {
  const { settings: config, deliver, seal, budget, reconcile } = eventsConfig(env);
  const log = createLog('events-graph', config.LOG_LEVEL);
  const database = await startDatabase({ dataDir: '', databaseUrl: config.DATABASE_URL, log });
  const db = createDb(database.url, { log });
  opened.defer(() => db.destroy());
  await migrateKeys(db);
  const delivery = await openDelivery({ db, seal, settings: deliver, clock: systemClock });
  opened.defer(() => delivery.close());
  const services = connectEvents({
    ...{ delivery, conflicts: await connectConflicts(db), parked: await connectParked(db), clock: systemClock },
    reconciliation: await openReconciliationDesk(db, { clock: systemClock, days: reconcile.days }),
    ...{ keys: createKeyStore(db, systemClock, { log, budget }), budget },
  });
  const server = await serveSubgraph(createEventsSubgraph(services), {
    host: config.HOST,
    port: config.PORT,
    secret: config.HUB_SUBGRAPH_SECRET,
    log,
    ready: async () => (await delivery.subscriptions.show(['none'])).length === 1,
  });
  opened.defer(() => server.close());
  log.info({ url: server.url }, 'events serves');
});
