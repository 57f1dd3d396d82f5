import type { Clock } from '../../../../platform/clock.ts';
import type { CrmPort } from '../../port.ts';
import type { SalesforceConfig } from './config.ts';
import { createAccountOpening } from './open-account.ts';
import { createReads } from './read.ts';
import { createReadBatch } from './read-batch.ts';
import { createScans } from './scan.ts';
import { createSession } from './session.ts';
import { createTasks } from './tasks.ts';
import { createWrites } from './write.ts';

/** The CRM port over Salesforce's REST API. Connects when it is first asked. */
export function salesforce(config: SalesforceConfig, clock: Clock): CrmPort & { close(): Promise<void> } {
  const session = createSession(config);
  const batch = createReadBatch(session);
  return {
    capabilities: { quotes: true },
    ...createReads(batch, clock),
    ...createScans(batch, session),
    ...createWrites(session),
    ...createTasks(session),
    ...createAccountOpening(session),
    close: () => session.close(),
  };
}
