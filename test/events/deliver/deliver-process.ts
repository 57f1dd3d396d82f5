/** Delivers events of a test's database as one process of several would, until it is killed. */
import { deliverSettings } from '../../../events/deliver/config.ts';
import { openDelivery } from '../../../events/deliver/delivery.ts';
import { runLanes } from '../../../events/deliver/run-lanes.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createDb } from '../../../platform/db/db.ts';
import { createKeyStore } from '../../../platform/keys/key-store.ts';
import { createLog } from '../../../platform/log.ts';
import { createSeal } from '../../../platform/seal.ts';
import { SECRETS_KEY } from './secrets-key.ts';

const settings = deliverSettings(process.env);
const db = createDb(process.env.DATABASE_URL ?? '');
const seal = createSeal(SECRETS_KEY, 'EVENTS_SECRETS_KEY');
const { subscriptions, sender } = await openDelivery({ db, seal, settings, clock: systemClock });
runLanes({
  ...{ db, subscriptions, sender, settings, keys: createKeyStore(db, systemClock) },
  ...{ process: `test:${process.pid}`, clock: systemClock, log: createLog('deliver', 'warn') },
});
