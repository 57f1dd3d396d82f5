import { DATA_CLASSES, type Principal } from '../../platform/principal.ts';

/** Who asks where nobody is asked who he is (`--no-auth`): without limits, for what stands in front of the gateway sets them. */
export const ANYBODY: Principal = Object.freeze({
  id: 'anybody',
  name: 'anybody',
  kind: 'USER',
  scopes: ['operate'], // the graph's own scopes do not count then (generation.ts); this one opens the schema
  actsFor: null,
  rows: null,
  unmasked: DATA_CLASSES,
  acts: null,
  operations: 'free',
  budget: Object.freeze({
    costPerMinute: Number.MAX_SAFE_INTEGER,
    requestsPerMinute: Number.MAX_SAFE_INTEGER,
    concurrency: Number.MAX_SAFE_INTEGER,
    maxCost: Number.MAX_SAFE_INTEGER,
  }),
});
