import type { LoadCase } from '../load-case.ts';
import { savings } from './d01-calls-saved.ts';
import { steadyReads } from './d01-steady-reads.ts';
import { quarterEnd } from './d02-quarter-end.ts';
import { renewalStorm } from './d03-renewal-storm.ts';
import { retryStorm } from './d04-retry-storm.ts';
import { hotCustomer } from './d05-hot-customer.ts';
import { largeAccount } from './d06-large-account.ts';
import { slowClients } from './d07-slow-clients.ts';
import { webhookBurst } from './d08-webhook-burst.ts';
import { overLimit } from './d09-over-limit.ts';
import { hostileMix } from './d12-hostile-mix.ts';
import { freshness } from './freshness.ts';

/** Section D of the hardening matrix, as far as it is a run of load; a new case gets its line here. */
export const CASES: readonly LoadCase[] = [
  steadyReads,
  savings,
  quarterEnd,
  renewalStorm,
  retryStorm,
  hotCustomer,
  largeAccount,
  slowClients,
  webhookBurst,
  overLimit,
  hostileMix,
  freshness,
];
