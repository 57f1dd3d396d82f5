/** What may be tried a second time, so that a system that fails is not stormed. */
export interface RetryBudget {
  /** A call was made. */
  earn(): void;
  /** Takes a second try; false: there is none left. */
  spend(): boolean;
}

/** Most second tries that are saved up: what was calm for long does not pay for a storm. */
const MOST_SAVED = 10;

/** Every call earns a share of a second try; two are there from the beginning. */
export function createRetryBudget(share: number): RetryBudget {
  let saved = share > 0 ? 2 : 0;
  return {
    earn: () => {
      saved = Math.min(MOST_SAVED, saved + share);
    },
    spend: () => {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}
