import { HubError } from '../../../platform/errors.ts';

/** One thing of a supergraph, or of an operation over it, for which no right plan can be made. */
export interface PlanningProblem {
  /** Subgraph whose SDL has to change, by name; undefined where no single one is at fault. */
  readonly subgraph?: string | undefined;
  /** `Type`, `Type.field` or `Type.field(argument:)`. */
  readonly at: string;
  /** What is wrong and what to change, one or two sentences. */
  readonly message: string;
}

/** The supergraph cannot be planned rightly as it is; the message lists every problem. */
export class UnplannableSupergraph extends Error {
  readonly problems: readonly PlanningProblem[];

  constructor(problems: readonly PlanningProblem[]) {
    super(['This supergraph cannot be served:', ...problems.map((problem) => `- ${problemText(problem)}`)].join('\n'));
    this.name = 'UnplannableSupergraph';
    this.problems = problems;
  }
}

/** One operation has no right plan. The message is fit for the caller; asking again will not help. */
export class PlanRefused extends HubError {
  constructor(message: string, details: { field?: string; cause?: unknown } = {}) {
    super('REFUSED', message, { ...details, reason: 'NO_RIGHT_PLAN' });
  }
}

export const problemText = ({ subgraph, at, message }: PlanningProblem) =>
  `${subgraph === undefined ? '' : `subgraph "${subgraph}", `}${at}: ${message}`;
