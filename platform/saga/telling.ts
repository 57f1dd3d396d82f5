import type { EventToPublish } from '../outbox/cloud-event.ts';
import type { RunRow } from './journal.ts';
import type { Told } from './saga.ts';

/** What the story of a run told, as the world hears it: ids made of the run, so that telling it again is the same event. */
export const published = (
  { id: processId, correlation_id: correlationId }: Pick<RunRow, 'id' | 'correlation_id'>,
  told: readonly Told[],
  occurredAt: string,
): EventToPublish[] =>
  told.map(({ entity, data, ...event }) => ({
    ...event,
    id: `${processId}:${event.name}:${entity}`,
    occurredAt,
    correlationId,
    data: { ...data, processId },
  }));
