import type { Breach, DeliveredEvent, Evidence, ToldEvents, WrittenEvent } from '../evidence.ts';

/**
 * I4: each committed change goes out at least once, in order for each customer, under an id that stays; and what did not
 * happen is not told.
 */
export function noLostEvent({ runs, events }: Evidence): Breach[] {
  const breach = (says: string, about: Partial<Breach> = {}): Breach => ({
    invariant: 'I4',
    processId: null,
    correlationId: null,
    ...about,
    says,
  });
  const written = new Map(events.written.map((event) => [event.eventId, event]));
  const beginnings = new Set(events.written.flatMap(({ eventId }) => beginningsOf(eventId)));
  const lost = events.owed
    .filter(({ ids }) => !ids.some((id) => beginnings.has(id)))
    .map(({ ids, change, processId, correlationId }) =>
      breach(`${change}, and no event ${ids.join(' or ')} was ever written`, { processId, correlationId }),
    );
  const ofRuns = runs.flatMap((run) => {
    const own = events.written.filter(({ eventId }) => eventId.startsWith(`${run.id}:`));
    return [...untrue(run.state, own), ...twice(own)].map((says) =>
      breach(says, { processId: run.id, correlationId: run.correlationId }),
    );
  });
  const others = [...readInOrder(events), ...deliveredInOrder(events, written)];
  return [...lost, ...ofRuns, ...others.map((says) => breach(says))];
}

/** `a:b:c` begins with `a:`, `a:b:` and itself. */
const beginningsOf = (id: string): string[] => {
  const parts = id.split(':');
  return parts.map((_, at) => parts.slice(0, at + 1).join(':') + (at + 1 < parts.length ? ':' : ''));
};

/** An event under a process's id tells that it ended well. */
const untrue = (state: string, own: readonly WrittenEvent[]): string[] =>
  state === 'COMPLETED' ? [] : own.map(({ name }) => `the world was told of ${name}, and the process is ${state}`);

/** One change has one event: told again, it has the same id. */
const twice = (own: readonly WrittenEvent[]): string[] =>
  [...Map.groupBy(own, ({ name, orderKey, says }) => `${name} of ${orderKey} ${says}`)]
    .filter(([, same]) => same.length > 1)
    .map(
      ([what, same]) => `${what} is told under ${same.length} ids: ${same.map(({ eventId }) => eventId).join(', ')}`,
    );

/** Whoever reads the outbox from its beginning is given all that was written, once, and each order key in its order. */
function readInOrder({ written, read }: ToldEvents): string[] {
  const breaches: string[] = [];
  const seen = new Set<string>();
  for (const eventId of read) {
    if (seen.has(eventId)) breaches.push(`a reader of the outbox is given ${eventId} twice`);
    seen.add(eventId);
  }
  const rank = new Map([...seen].map((eventId, at) => [eventId, at]));
  for (const [key, events] of Map.groupBy(written, ({ orderKey }) => orderKey)) {
    let last = -1;
    for (const { eventId } of events) {
      const at = rank.get(eventId);
      if (at === undefined) breaches.push(`${eventId} of ${key} was written, and no reader of the outbox is given it`);
      else if (at < last) breaches.push(`${eventId} of ${key} is read before what was committed before it`);
      else last = at;
    }
  }
  return breaches;
}

/** Each subscriber has all events of an order key that it has one of, the first time each in their order; repeated, they are the same. */
function deliveredInOrder({ read, delivered }: ToldEvents, written: ReadonlyMap<string, WrittenEvent>): string[] {
  if (delivered === null) return [];
  const breaches: string[] = [];
  for (const [sink, all] of Map.groupBy(delivered, (event) => event.sink)) {
    const bodies = new Map<string, string>();
    const firsts: DeliveredEvent[] = [];
    for (const event of all) {
      const before = bodies.get(event.eventId);
      if (before === undefined) firsts.push(event);
      else if (before !== event.body) breaches.push(`${event.eventId} came to ${sink} again, and says something else`);
      bodies.set(event.eventId, before ?? event.body);
      if (!written.has(event.eventId)) breaches.push(`${sink} was told ${event.eventId}, which nobody wrote`);
    }
    const keyOf = (eventId: string) => written.get(eventId)?.orderKey ?? '';
    const came = Map.groupBy(firsts, ({ eventId }) => keyOf(eventId));
    for (const [key, due] of Map.groupBy(read, keyOf)) {
      const got = (came.get(key) ?? []).map(({ eventId }) => eventId);
      const missing = due.filter((eventId) => !bodies.has(eventId));
      for (const eventId of missing) breaches.push(`${eventId} of ${key} never came to ${sink}`);
      const order = due.filter((eventId) => bodies.has(eventId));
      const late = order.find((eventId, at) => got[at] !== eventId);
      if (late !== undefined) breaches.push(`${late} of ${key} came to ${sink} out of order`);
    }
  }
  return breaches;
}
