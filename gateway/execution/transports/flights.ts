/** A request that was sent, and how to end it. */
export interface Sent<T> {
  readonly answer: Promise<T>;
  /** Ends the request; its answer then rejects. */
  giveUp(): void;
}

interface Flight<T> {
  readonly sent: Sent<T>;
  waiting: number;
}

/**
 * Identical reads that are under way at once share one request. The key has to hold everything that can change the answer:
 * subgraph, text, variables, and the caller's view. What is shared is the text of the answer: each who waits reads it anew.
 * A write ends the sharing of what was asked before it, so that nobody reads an older state than its own write.
 */
export class Flights {
  #reads = new Map<string, Flight<unknown>>();

  /**
   * @param signal ends only this caller's wait; the request itself ends when nobody waits for it any more
   * @param late the error of who stops waiting
   */
  async read<T>(key: string, signal: AbortSignal, ask: () => Sent<T>, late: () => Error): Promise<T> {
    const joined = this.#reads.get(key) as Flight<T> | undefined; // one key, one kind of answer
    if (joined === undefined) return this.#wait(this.#start(key, ask), key, signal, late);
    try {
      return await this.#wait(joined, key, signal, late);
    } catch (error) {
      // What failed for the first to ask must not fail all the others for good.
      if (signal.aborted) throw error;
      return this.#wait((this.#reads.get(key) as Flight<T> | undefined) ?? this.#start(key, ask), key, signal, late);
    }
  }

  /** Called before a write is sent and after its answer has come. */
  wrote(): void {
    if (this.#reads.size > 0) this.#reads = new Map();
  }

  #start<T>(key: string, ask: () => Sent<T>): Flight<T> {
    const flight: Flight<T> = { sent: ask(), waiting: 0 };
    this.#reads.set(key, flight);
    return flight;
  }

  #land(key: string, flight: Flight<unknown>): void {
    if (this.#reads.get(key) === flight) this.#reads.delete(key);
  }

  #wait<T>(flight: Flight<T>, key: string, signal: AbortSignal, late: () => Error): Promise<T> {
    flight.waiting += 1;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        flight.waiting -= 1;
        if (flight.waiting === 0) {
          this.#land(key, flight); // nobody may join what is being ended
          flight.sent.giveUp();
        }
        reject(late());
      };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave);
      const over = () => {
        this.#land(key, flight);
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
