import type { ObjectName } from './objects.ts';
import { refuse } from './refusal.ts';
import type { ApiRequest, Org } from './resources.ts';
import { vendorInstant } from './soql.ts';

const MINUTE = 60_000;
const KEPT_MS = 15 * 86_400_000;

/**
 * "sObject Get Deleted" (resources_getdeleted.htm): what was deleted in a span of time. Seconds of the span are cut off
 * ("Polling for Changes"); it must be longer than a minute and not begin before the log does.
 */
export function deleted({ store, clock }: Org, object: ObjectName, { query }: ApiRequest): object {
  const [start, end] = ['start', 'end'].map((name) => Date.parse(query.get(name) ?? ''));
  if (start === undefined || end === undefined || Number.isNaN(start) || Number.isNaN(end)) {
    return refuse(400, 'INVALID_REPLICATION_DATE', 'start and end must be dates with a time');
  }
  const [from, to] = [start, end].map((at) => Math.floor(at / MINUTE) * MINUTE) as [number, number]; // as many as went in
  if (to - from < MINUTE) {
    return refuse(400, 'INVALID_REPLICATION_DATE', 'endDate must be at least one minute greater than startDate');
  }
  if (from < clock.now() - KEPT_MS) {
    return refuse(400, 'INVALID_REPLICATION_DATE', 'startDate before org replication enabled date');
  }
  return {
    deletedRecords: store
      .written(object)
      .filter((record) => record.IsDeleted === true)
      .map((record) => ({ id: record.Id, deletedDate: String(record.SystemModstamp) }))
      .filter(({ deletedDate }) => Date.parse(deletedDate) >= from && Date.parse(deletedDate) < to + MINUTE),
    earliestDateAvailable: vendorInstant(clock.now() - KEPT_MS),
    latestDateCovered: vendorInstant(Math.min(to, clock.now())),
  };
}
