import { z } from 'zod';
import type { SystemLimit } from './system-gate.ts';

const PATTERN = /^([A-Z]+)=(?:(\d{1,4})(?:@(\d{1,4})\/s)?|@?(\d{1,4})\/s)$/;

/** The text of `HUB_SYSTEM_LIMITS`: what all workers together send to a system. */
export const limitsText = z.string().transform((text, context): Readonly<Record<string, SystemLimit>> => {
  const entries = text.split(',').map((one) => {
    const [, system, atOnce, rate, onlyRate] = PATTERN.exec(one.trim()) ?? [];
    const perSecond = rate ?? onlyRate;
    const numbers = [atOnce, perSecond].filter((number) => number !== undefined).map(Number);
    if (system === undefined || numbers.some((number) => number < 1)) return null;
    return [
      system,
      { ...(atOnce && { atOnce: Number(atOnce) }), ...(perSecond && { perSecond: Number(perSecond) }) },
    ] as const;
  });
  if (entries.every((entry) => entry !== null)) return Object.fromEntries(entries);
  context.addIssue('must be like ERP=8@20/s,BILLING=16: steps at once, steps begun per second, or both; from 1');
  return z.NEVER;
});
