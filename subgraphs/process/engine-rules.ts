import { z } from 'zod';
import { type Environment, intBetween, readConfig } from '../../platform/config.ts';
import { limitsText } from '../../platform/saga/limits.ts';
import type { SystemLimit } from '../../platform/saga/system-gate.ts';
import { type Windows, windowsText } from '../../platform/saga/windows.ts';
import type { System } from './model.ts';

/** How processes use their systems and the journal; the same for every worker. */
export interface EngineRules {
  /** What all workers together send to a system. */
  readonly limits: Readonly<Record<string, SystemLimit>>;
  /** When a system takes postings. */
  readonly windows: Windows;
  /** How long a process that ended is kept. */
  readonly retentionDays: number;
  /** How long before a term ends the window for its renewal opens. */
  readonly renewalWindowDays: number;
}

export const DEFAULT_RULES: EngineRules = Object.freeze({
  limits: {},
  windows: {},
  retentionDays: 400,
  renewalWindowDays: 30,
});

const SYSTEMS: ReadonlySet<string> = new Set<System>(['HUB', 'ERP', 'BILLING', 'CRM', 'SUPPORT', 'SUCCESS']);
const ofSystems = <Rules extends object>(rules: z.ZodType<Rules, string>) =>
  rules.refine((named) => Object.keys(named).every((system) => SYSTEMS.has(system)), {
    error: `names a system that the graph does not know; systems are ${[...SYSTEMS].join(', ')}`,
  });

const Shape = z.object({
  HUB_SYSTEM_LIMITS: ofSystems(limitsText).default({}),
  HUB_SYSTEM_WINDOWS: ofSystems(windowsText).default({}),
  // idempotency keys are kept with the process: at least 30 days are promised
  HUB_PROCESS_RETENTION_DAYS: intBetween(30, 36_500).default(DEFAULT_RULES.retentionDays),
  HUB_RENEWAL_WINDOW_DAYS: intBetween(1, 366).default(DEFAULT_RULES.renewalWindowDays),
});

/** Reads `HUB_SYSTEM_LIMITS`, `HUB_SYSTEM_WINDOWS`, `HUB_PROCESS_RETENTION_DAYS` and `HUB_RENEWAL_WINDOW_DAYS`. @throws ConfigError */
export function engineRules(env: Environment): EngineRules {
  const read = readConfig(Shape, env);
  return Object.freeze({
    limits: read.HUB_SYSTEM_LIMITS,
    windows: read.HUB_SYSTEM_WINDOWS,
    retentionDays: read.HUB_PROCESS_RETENTION_DAYS,
    renewalWindowDays: read.HUB_RENEWAL_WINDOW_DAYS,
  });
}
