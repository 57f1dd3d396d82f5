import type { Page } from '../cost/pages.ts';
import type { Given } from '../cost/points.ts';
import { type Limits, refuse } from './limits.ts';

/** Refuses a page of no or of too many entries, one from both ends, or one of no known length. @throws GraphQLError */
export function checkPages(pages: readonly Page[], given: Given, { pageSize }: Limits): void {
  for (const { field, sizes, oneOnly, required } of pages) {
    let asked = 0;
    for (const { argument, value } of sizes) {
      const size = value.read(given);
      if (typeof size !== 'number') continue; // not given, or refused as no number
      asked += 1;
      if (size < 1 || size > pageSize) {
        throw refuse('BAD_USER_INPUT', `${argument} must be a whole number from 1 to ${pageSize}`);
      }
    }
    const names = sizes.map(({ argument }) => argument).join(' or ');
    if (asked > 1 && oneOnly) throw refuse('BAD_USER_INPUT', `A page is cut from one end: give ${names}, not both`);
    if (asked === 0 && required)
      throw refuse('BAD_USER_INPUT', `Say how many entries of ${field} you want: give ${names}`);
  }
}
