import type { Breach, Evidence } from '../evidence.ts';

/** I11: each mutation that was answered has one record with its principal under its correlation id. */
export function auditIsComplete({ acknowledgements, audited }: Evidence): Breach[] {
  if (audited === null) return [];
  const records = Map.groupBy(audited, ({ correlationId }) => correlationId);
  return acknowledgements.flatMap(({ act, answer, principal, correlationId, processId }): Breach[] => {
    if (answer === 'UNKNOWN' || correlationId === null) return [];
    const breach = (says: string): Breach[] => [{ invariant: 'I11', processId, correlationId, says }];
    const own = (records.get(correlationId) ?? []).filter((record) => record.act === act);
    if (own.length !== 1) return breach(`${act} has ${own.length} records in the audit instead of one`);
    if (own[0]?.principal !== principal) {
      return breach(`${act} was audited for ${own[0]?.principal ?? 'nobody'} instead of ${principal}`);
    }
    return [];
  });
}
