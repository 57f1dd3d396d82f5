import type { Call, WriteCall } from '../../platform/call.ts';
import { type Attempt, stepsIn } from '../../platform/saga/saga.ts';
import type { BillingPort } from '../billing/port.ts';
import type { CrmPort } from '../crm/port.ts';
import type { ErpPort } from '../erp/port.ts';
import type { IdentityPort } from '../identity/port.ts';
import type { SupportPort } from '../support/port.ts';
import type { NoteThresholds } from './usage/thresholds.ts';

/** The systems that acts run across. */
export interface Ports {
  readonly erp: ErpPort;
  readonly billing: BillingPort;
  readonly crm: CrmPort;
  readonly support: SupportPort;
  readonly identity: IdentityPort;
}

/** What every step is given for one attempt. */
export interface StepContext extends Ports {
  /** Writes on behalf of the system that the step belongs to, under the key of the step. */
  readonly call: WriteCall;
  /** The same under a key of its own: for an undo that is a new write, where `call.key` would only repeat the first answer. */
  readonly undoCall: WriteCall;
  /** Reads past the cache: what a step reads it decides by, or puts back. */
  readonly reading: Call;
  readonly thresholds: NoteThresholds;
  /** The instant, as RFC 3339 text. */
  now(): string;
}

/** What the hub itself does in a step. */
export type OwnServices = Pick<StepContext, 'thresholds' | 'now'>;

/** Makes a step of a process; the name is stored in the journal: add a new step rather than rename one. */
export const step = stepsIn<StepContext>();

export const stepContextFor =
  ({ erp, billing, crm, support, identity }: Ports, own: OwnServices) =>
  ({ key, isFirst, owner, correlationId, signal }: Attempt): StepContext => {
    const call = { correlationId, signal, key, isFirst, actingFor: owner, work: 'PROCESS' } as const;
    return {
      ...own,
      erp,
      billing,
      crm,
      support,
      identity,
      call,
      undoCall: { ...call, key: `${key}:undo`, isFirst: false },
      reading: { correlationId, signal, fresh: true, work: 'PROCESS' },
    };
  };
