import type { z } from 'zod';
import { HubError } from '../../../platform/errors.ts';
import { canonical } from '../../../platform/saga/journaled.ts';
import type { AnyStep } from '../../../platform/saga/saga.ts';

type EditableStep = Pick<AnyStep<never>, 'name' | 'editable' | 'stated'>;

/** Fields of a step's input that an operator may change. */
export const editableFields = (step: EditableStep | undefined): readonly string[] =>
  Object.keys(step?.editable?.shape ?? {});

/** The changes, once they are such as the step takes: known fields that its input has, of the right form, and other than now. @throws INVALID */
export function judgeChanges(
  step: EditableStep,
  input: Readonly<Record<string, unknown>>,
  changes: unknown,
): Record<string, unknown> {
  const fields = editableFields(step).filter((field) => input[field] !== undefined);
  const may = fields.length === 0 ? 'nothing of it can be edited' : `${fields.join(', ')} can be edited`;
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes) || Object.keys(changes).length === 0) {
    throw invalid('changes', `name what to change in ${step.name} as an object; ${may}`);
  }
  const strange = Object.keys(changes).find((field) => !fields.includes(field));
  if (strange !== undefined) {
    throw invalid(
      `changes.${strange.slice(0, 50)}`,
      `${step.name} was not given such a field, or it is not for operators to change; ${may}`,
    );
  }
  const judged = step.editable?.safeParse(changes);
  if (!judged?.success) throw invalid(...firstProblem('changes', judged?.error));
  const same = Object.entries(judged.data).find(([field, value]) => canonical(value) === canonical(input[field]));
  if (same !== undefined) throw invalid(`changes.${same[0]}`, 'this is the value it has already; leave it out');
  return judged.data;
}

/** What the operator states instead of the step's result, once it is such as the later steps need. @throws CONFLICT, INVALID */
export function judgeStated(step: EditableStep, stated: unknown): unknown {
  if (step.stated === undefined) {
    throw new HubError(
      'CONFLICT',
      `${step.name} cannot be skipped: later steps build on what it does; retry it, or give the process up`,
    );
  }
  const judged = step.stated.safeParse(stated);
  if (!judged.success) throw invalid(...firstProblem('stated', judged.error));
  return judged.data;
}

function firstProblem(root: string, error: z.ZodError | undefined): [field: string, message: string] {
  const [issue] = error?.issues ?? [];
  const path = [root, ...(issue?.path ?? [])].join('.');
  return [path, `${path}: ${issue?.message ?? 'not of the right form'}`];
}

const invalid = (field: string, message: string): HubError => new HubError('INVALID', message, { field });
