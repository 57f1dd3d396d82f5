import type { CauseClass } from '../../platform/failure.ts';

/** The page that says what to do about an exception: `docs/runbooks/in-doubt.md`. */
export const runbookOf = (causeClass: CauseClass): string =>
  `docs/runbooks/${causeClass.toLowerCase().replaceAll('_', '-')}.md`;
