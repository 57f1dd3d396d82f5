import type { Random } from '../../sandbox/data/random.ts';
import type { Fault, RunningSandbox } from '../../sandbox/start.ts';

/** What happens to the vendors while the run goes on; each fault is over after a few requests. */
const TROUBLE: readonly [Fault, ...Fault[]] = [
  { vendor: 'netsuite', kind: 'status', status: 503, count: 2 },
  { vendor: 'netsuite', kind: 'apply-then-time-out', match: '^POST .*salesOrder', ms: 200, count: 1 },
  { vendor: 'stripe', kind: 'status', status: 500, count: 1 },
  { vendor: 'stripe', kind: 'refuse', count: 2 },
  { vendor: 'stripe', kind: 'time-out-without-applying', match: '^POST ', ms: 200, count: 1 },
  {
    vendor: 'zendesk',
    kind: 'status',
    match: '^(POST|PUT|PATCH) .*records',
    status: 422,
    body: JSON.stringify({ error: 'RecordInvalid', description: 'Record validation errors', details: {} }),
    contentType: 'application/json',
    count: 1,
  },
  { vendor: 'zendesk', kind: 'cut-body', count: 1 },
  { vendor: 'salesforce', kind: 'status', status: 503, count: 3 },
];

export const makeTrouble = (sandbox: RunningSandbox, random: Random): void => {
  sandbox.addFault(random.pick(TROUBLE));
};
