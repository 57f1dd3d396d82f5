import type { System } from '../model.ts';
import type { Rejection, RejectionCode } from '../schema.generated.ts';

/** What a check of an act comes to: a plan that is ready to be journaled, or every reason why not. */
export type Verdict<Plan> =
  | { readonly passed: true; readonly plan: Plan }
  | { readonly passed: false; readonly reasons: readonly Rejection[] };

/** Collects the reasons of all checks, so that the caller hears of everything at once. */
export interface Reasons {
  readonly all: readonly Rejection[];
  /** The message says what is wrong and what would be right; `field` is the path of the input, `expected` the right value. */
  add(code: RejectionCode, system: System, message: string, field?: string, expected?: string): void;
}

export function collectReasons(): Reasons {
  const all: Rejection[] = [];
  return {
    all,
    add: (code, system, message, field, expected) => {
      all.push({ code, system, message, field: field ?? null, expected: expected ?? null });
    },
  };
}

export const rejected = (reasons: Reasons): Verdict<never> => ({ passed: false, reasons: reasons.all });
