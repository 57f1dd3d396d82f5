import type { Breach, Evidence } from './evidence.ts';
import { auditIsComplete } from './rules/audit-is-complete.ts';
import { honestEnding } from './rules/honest-ending.ts';
import { noDoubleEffect } from './rules/no-double-effect.ts';
import { noLostAcceptance } from './rules/no-lost-acceptance.ts';
import { noLostEvent } from './rules/no-lost-event.ts';

/** Every breach of the invariants that can be told from the evidence; none where all is well. */
export const check = (evidence: Evidence): Breach[] =>
  [noDoubleEffect, noLostAcceptance, honestEnding, noLostEvent, auditIsComplete].flatMap((rule) => rule(evidence));

/** One line for each breach. */
export const told = ({ invariant, processId, correlationId, says }: Breach): string =>
  `${invariant} ${processId ?? '-'} (${correlationId ?? 'no correlation id'}): ${says}`;
