import type { Breach, Evidence } from '../evidence.ts';

/** States in which a process may rest; what waits for a person is not lost. */
const RESTS: ReadonlySet<string> = new Set([
  'COMPLETED',
  'COMPENSATED',
  'REJECTED',
  'SUPERSEDED',
  'EXCEPTION',
  'WAITING_FOR_APPROVAL',
]);

/** I2: what was acknowledged is in the journal, once for each key, and ended or waits with an open exception. */
export function noLostAcceptance({ acknowledgements, runs, openExceptions }: Evidence): Breach[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const promised = new Map<string, string>();
  const breaches: Breach[] = [];
  for (const { act, answer, processId, correlationId, principal, idempotencyKey } of acknowledgements) {
    if (answer !== 'ACCEPTED') continue;
    const breach = (says: string) => breaches.push({ invariant: 'I2', processId, correlationId, says });
    if (processId === null) {
      breach(`${act} under ${idempotencyKey} was accepted without a process`);
      continue;
    }
    if (!byId.has(processId)) breach(`${act} was accepted as ${processId}, and the journal does not know it`);
    const key = `${principal} ${idempotencyKey}`;
    const before = promised.get(key);
    if (before !== undefined && before !== processId) {
      breach(`the key ${idempotencyKey} was answered with ${before}, and with ${processId}`);
    }
    promised.set(key, processId);
  }
  for (const { id, state, correlationId } of runs) {
    const breach = (says: string) => breaches.push({ invariant: 'I2', processId: id, correlationId, says });
    if (!RESTS.has(state)) breach(`the process never came to an end: it is ${state}`);
    if (state === 'EXCEPTION' && !openExceptions.has(id)) breach('it waits as an exception that nobody can see');
  }
  return breaches;
}
