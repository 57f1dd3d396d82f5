/** A read that is under way, and how many wait for it. */
interface Flight<T> {
  readonly answer: Promise<T>;
  readonly ends: AbortController;
  waiting: number;
}

/**
 * Identical reads that are under way at once share one request. The key has to hold everything that can change the answer:
 * subgraph, text, variables, and the caller's view. What is shared is the text of the answer: each who waits reads it anew.
 * A write ends the sharing of what was asked before it, so that nobody reads an older state than its own write.
 */
export class Flights {
  #reads = new Map<string, Flight<unknown>>();

  /** @param signal ends only this caller's wait; the request itself ends when nobody waits for it any more */
  async read<T>(key: string, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const joined = this.#reads.get(key) as Flight<T> | undefined; // one key, one kind of answer
    try {
      return await this.#wait(joined ?? this.#start(key, ask), key, signal);
    } catch (error) {
      // What failed for the first to ask must not fail all the others for good.
      if (joined === undefined || signal.aborted) throw error;
      return this.#wait((this.#reads.get(key) as Flight<T> | undefined) ?? this.#start(key, ask), key, signal);
    }
  }

  /** Called before a write is sent and after its answer has come. */
  wrote(): void {
    this.#reads = new Map();
  }

  #start<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const ends = new AbortController();
    const flight: Flight<T> = { answer: ask(ends.signal), ends, waiting: 0 };
    this.#reads.set(key, flight);
    const land = () => this.#land(key, flight);
    flight.answer.then(land, land);
    return flight;
  }

  #land(key: string, flight: Flight<unknown>): void {
    if (this.#reads.get(key) === flight) this.#reads.delete(key);
  }

  #wait<T>(flight: Flight<T>, key: string, signal: AbortSignal): Promise<T> {
    flight.waiting += 1;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        flight.waiting -= 1;
        if (flight.waiting === 0) {
          this.#land(key, flight); // nobody may join what is being ended
          flight.ends.abort(signal.reason);
        }
        reject(signal.reason);
      };
      if (signal.aborted) {
        leave();
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      const over = () => signal.removeEventListener('abort', leave);
      flight.answer.then(
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
