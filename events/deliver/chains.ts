/** What became of one event in a turn: taken, refused by the receiver, or not tried. */
export type Tried<Result> = { readonly ok: boolean; readonly result: Result } | null;

export interface ChainsOptions<Event, Result> {
  /** Most that are in flight. */
  readonly atOnce: number;
  /** Must not reject. */
  readonly send: (event: Event) => Promise<{ ok: boolean; result: Result }>;
  /** Asked before each; once it says no, nothing more is begun. */
  readonly mayGoOn: () => boolean;
}

/**
 * Sends events so that those of one order key go one after another, in the order given, and those of different keys at the
 * same time. Behind one that fails nothing more of its key is tried.
 */
export async function inChains<Event extends { readonly orderKey: string }, Result>(
  events: readonly Event[],
  { atOnce, send, mayGoOn }: ChainsOptions<Event, Result>,
): Promise<ReadonlyMap<Event, Tried<Result>>> {
  const tried = new Map<Event, Tried<Result>>(events.map((event) => [event, null]));
  const chains = [...Map.groupBy(events, ({ orderKey }) => orderKey).values()];
  const next = chains.values();
  const work = async (): Promise<void> => {
    for (const chain of next) {
      for (const event of chain) {
        if (!mayGoOn()) return;
        const { ok, result } = await send(event);
        tried.set(event, { ok, result });
        if (!ok) break;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, chains.length) }, work));
  return tried;
}
