/** One question to a system that is on its way, as a key of it sees it. */
export interface Flight {
  readonly answer: Promise<unknown>;
  /** Of the call that asked: once it is aborted, who joined asks again. */
  readonly signal: AbortSignal;
}

/** Questions on their way, by cache key: who asks the same joins. */
export class Flights {
  readonly #underWay = new Map<string, Flight>();

  of(cacheKey: string): Flight | undefined {
    return this.#underWay.get(cacheKey);
  }

  /** Lets others join until the answers are there. @param answers one per key, in their order */
  async depart(
    cacheKeys: readonly string[],
    answers: Promise<readonly unknown[]>,
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    cacheKeys.forEach((cacheKey, at) => {
      const answer = answers.then((all) => all[at]);
      answer.catch(() => undefined); // whoever joined sees it; the asker gets it from `answers`
      this.#underWay.set(cacheKey, { answer, signal });
    });
    const mine = cacheKeys.map((cacheKey) => this.#underWay.get(cacheKey));
    try {
      return await answers;
    } finally {
      // A call past the cache may have departed for the same key meanwhile: that flight goes on.
      cacheKeys.forEach((cacheKey, at) => {
        if (this.#underWay.get(cacheKey) === mine[at]) this.#underWay.delete(cacheKey);
      });
    }
  }
}
