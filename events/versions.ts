import type { CloudEvent } from '../platform/outbox/cloud-event.ts';
import { EVENTS, type EventName } from './catalogue.ts';

type Data = CloudEvent['data'];

/** How the data of an event of one version is told as that of the next; by name and by the older version. */
export type Upgrades = Readonly<Partial<Record<string, Readonly<Record<number, (data: Data) => Data>>>>>;

/**
 * Every event that was ever told can be told as its kind is told today. Who raises a version in `catalogue.ts` adds here how
 * the one before becomes it; `test/events/versions.test.ts` holds that no step is missing.
 */
export const UPGRADES: Upgrades = {};

/** The event in the version of today. @throws Error where a step is missing, which the test of this file rules out */
export function upgraded(
  event: CloudEvent,
  { name, version }: { readonly name: string; readonly version: number },
  upgrades: Upgrades = UPGRADES,
  today: number = EVENTS[name as EventName]?.version ?? version,
): CloudEvent {
  let { data } = event;
  for (let from = version; from < today; from++) {
    const step = upgrades[name]?.[from];
    if (step === undefined) throw new Error(`nobody said how ${name} of version ${from} becomes version ${from + 1}`);
    data = step(data);
  }
  return version >= today ? event : { ...event, type: `concord.${name}.v${today}`, data };
}
