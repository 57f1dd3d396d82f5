import type { LegalEntityId } from '../../erp/model.ts';

/** The companies that keep a customer, before and after one is added, as people read them. Example: `2` and `2, 4`. */
export const furtherEntity = (
  keptIn: readonly LegalEntityId[],
  added: LegalEntityId,
): [before: string | null, after: string] => [
  keptIn.length === 0 ? null : keptIn.join(', '),
  [...keptIn, added].join(', '),
];
