import { setTimeout as delay } from 'node:timers/promises';
import type { Call } from '../../platform/call.ts';
import { newCorrelationId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { BillingPort } from '../../subgraphs/billing/port.ts';
import type { CrmPort } from '../../subgraphs/crm/port.ts';
import type { ErpPort } from '../../subgraphs/erp/port.ts';
import type { IdentityPort } from '../../subgraphs/identity/port.ts';
import type { SupportPort } from '../../subgraphs/support/port.ts';
import { takeInUntilComplete } from './take-in.ts';
import { withLegalEntities } from './with-legal-entities.ts';

/** How often every directory is read anew; what changes in between arrives with the systems' events. */
const EVERY_MS = 3_600_000;

export interface RegisterOptions {
  readonly identity: IdentityPort;
  readonly systems: {
    readonly erp: ErpPort;
    readonly billing: BillingPort;
    readonly crm: CrmPort;
    readonly support: SupportPort;
  };
  readonly log: Logger;
}

/**
 * Keeps the register of customers in line with the systems' directories: read at the start and every hour. Resolves at once
 * when the register holds customers already, else when it was filled.
 */
export async function keepRegister({ identity, systems, log }: RegisterOptions): Promise<{ close(): Promise<void> }> {
  const stop = new AbortController();
  const call: Call = { correlationId: newCorrelationId(), signal: stop.signal, work: 'BACKGROUND' };
  const { erp, billing, crm, support } = systems;
  const directories = {
    ERP: withLegalEntities(erp),
    BILLING: billing.directory,
    CRM: crm.directory,
    SUPPORT: support.directory,
  };
  const fill = async (): Promise<void> => {
    await takeInUntilComplete({ identity, directories, log, call }).catch((error) => {
      if (!stop.signal.aborted) log.error({ err: error }, 'the register could not be brought up to date');
    });
  };
  const keeping = (async () => {
    while (!stop.signal.aborted) {
      await delay(EVERY_MS, undefined, { signal: stop.signal, ref: false }).catch(() => undefined); // woken early to stop
      if (!stop.signal.aborted) await fill();
    }
  })();
  const first = fill();
  if ((await identity.count({}, call)) === 0) await first;
  return {
    close: async () => {
      stop.abort();
      await Promise.all([first, keeping]);
    },
  };
}
