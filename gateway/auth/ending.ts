import type { HttpRefusal } from '../http/answers.ts';

/**
 * Whether a credential has ended while its request ran. An AbortSignal tells the same, at several times the cost, and nearly
 * every request ends before its credential does.
 */
export class Ending {
  #refusal: HttpRefusal | null = null;
  #listeners: ((refusal: HttpRefusal) => void)[] = [];

  /** How the request is answered from then on; null: the credential holds. */
  get refusal(): HttpRefusal | null {
    return this.#refusal;
  }

  /** Told once; at once where it has ended already. */
  listen(listener: (refusal: HttpRefusal) => void): void {
    if (this.#refusal === null) this.#listeners.push(listener);
    else listener(this.#refusal);
  }

  end(refusal: HttpRefusal): void {
    if (this.#refusal !== null) return;
    this.#refusal = refusal;
    for (const listener of this.#listeners) listener(refusal);
    this.#listeners = [];
  }
}
