/** A request that was sent, and how to end it. */
export interface Sent<T> {
  readonly answer: Promise<T>;
  /** Ends the request; its answer then rejects. */
  giveUp(): void;
}

interface Flight<T> {
  readonly key: string;
  readonly sent: Sent<T>;
  waiting: number;
}

/**
 * Reads under way are looked up by the length of their key: to hash keys, which are long, costs more than to compare a few. And
 * no Map holds them, for the reason told of `InFlight`.
 */
const SHELVES = 256;

/**
 * Identical reads that are under way at once share one request. The key has to hold everything that can change the answer:
 * subgraph, text, variables, and the caller's view. What is shared is the text of the answer: each who waits reads it anew.
 * A write ends the sharing of what was asked before it, so that nobody reads an older state than its own write.
 */
export class Flights {
  #shelves: Flight<unknown>[][] = [];

  /**
   * @param signal ends only this caller's wait; the request itself ends when nobody waits for it any more
   * @param late the error of who stops waiting
   */
  read<T>(key: string, signal: AbortSignal, ask: () => Sent<T>, late: () => Error): Promise<T> {
    const joined = this.#find<T>(key);
    if (joined === undefined) return this.#wait(this.#start(key, ask), signal, late);
    return this.#wait(joined, signal, late).catch((error: unknown) => {
      // What failed for the first to ask must not fail all the others for good.
      if (signal.aborted) throw error;
      return this.#wait(this.#find<T>(key) ?? this.#start(key, ask), signal, late);
    });
  }

  /** Called before a write is sent and after its answer has come. */
  wrote(): void {
    if (this.#shelves.length > 0) this.#shelves = [];
  }

  #find<T>(key: string): Flight<T> | undefined {
    for (const flight of this.#shelfOf(key)) if (flight.key === key) return flight as Flight<T>; // one key, one kind of answer
    return undefined;
  }

  #start<T>(key: string, ask: () => Sent<T>): Flight<T> {
    const flight: Flight<T> = { key, sent: ask(), waiting: 0 };
    this.#shelfOf(key).push(flight);
    return flight;
  }

  #land(flight: Flight<unknown>): void {
    const shelf = this.#shelfOf(flight.key);
    const at = shelf.indexOf(flight);
    if (at < 0) return; // landed before, or a write has come between
    const last = shelf.pop();
    if (last !== undefined && last !== flight) shelf[at] = last;
  }

  #shelfOf(key: string): Flight<unknown>[] {
    const at = key.length % SHELVES;
    let shelf = this.#shelves[at];
    if (shelf === undefined) {
      shelf = [];
      this.#shelves[at] = shelf;
    }
    return shelf;
  }

  #wait<T>(flight: Flight<T>, signal: AbortSignal, late: () => Error): Promise<T> {
    flight.waiting += 1;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        flight.waiting -= 1;
        if (flight.waiting === 0) {
          this.#land(flight); // nobody may join what is being ended
          flight.sent.giveUp();
        }
        reject(late());
      };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave);
      const over = () => {
        this.#land(flight);
        signal.removeEventListener('abort', leave);
      };
      flight.sent.answer.then(
        (answer) => {
          over();
          resolve(answer);
        },
        (error: unknown) => {
          over();
          reject(error);
        },
      );
    });
  }
}
