import type { AuditEntry } from './record.ts';

/** Most kinds of records that are counted apart; more of them are one. */
const MOST_KINDS = 1_000;

/** Counts entries that differ in nothing but the correlation id, and notes each sum once in a while with the first one's id. */
export function createCounts({ note, everyMs }: { note: (entry: AuditEntry) => void; everyMs: number }) {
  const counted = new Map<string, { readonly entry: AuditEntry; count: number }>();
  const tell = () => {
    for (const { entry, count } of counted.values()) note({ ...entry, count });
    counted.clear();
  };
  const timer = setInterval(tell, everyMs).unref();

  const nameOf = (entry: AuditEntry): string =>
    [entry.kind, entry.principalId, entry.address, entry.reason, ...(entry.codes ?? [])].join(' ');

  return {
    add(entry: AuditEntry): void {
      const whole = counted.size < MOST_KINDS || counted.has(nameOf(entry));
      const counting = whole ? entry : { ...entry, principalId: null, address: null };
      const name = nameOf(counting);
      const before = counted.get(name);
      if (before === undefined) counted.set(name, { entry: counting, count: 1 });
      else before.count += 1;
    },
    close(): void {
      clearInterval(timer);
      tell();
    },
  };
}
