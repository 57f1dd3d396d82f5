import Fastify, { type FastifyInstance } from 'fastify';
import type { World } from '../data/world.ts';
import type { CallLog } from './call-log.ts';
import type { Faults } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { Webhooks } from './webhooks.ts';

export interface Controlled {
  readonly world: World;
  readonly calls: CallLog;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly webhooks: Webhooks;
  readonly latency: { readonly minMs: number; readonly maxMs: number };
  setLatency(latency: { minMs: number; maxMs: number }): void;
  reset(): Promise<void>;
}

export function createControlApp(_sandbox: Controlled): FastifyInstance {
  return Fastify({ forceCloseConnections: true });
}
