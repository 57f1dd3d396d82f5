import { type FieldDefinitionNode, Kind, type TypeNode } from 'graphql';
import { type FieldData, readDataClasses } from '../../platform/mask/data-classes.ts';
import type { Problem } from './governance.ts';
import { argumentsOf, isNullable, objectsOf, type SubgraphFile, typeName } from './subgraph-files.ts';

/** Names of text that tells of a person or an account, whoever wrote the schema. */
const TELLING = /(e_?mail|phone|mobile|fax|iban|bank_?account|account_?number|card_?number|tax_?id|vat_?id|ssn)$/i;

/** Fields whose `@data` their type cannot keep, or who ought to have one (docs/data-classes.md). */
export function dataProblems(files: readonly SubgraphFile[]): Problem[] {
  const classes = readDataClasses(files.map(({ sdl }) => sdl).join('\n'));
  return files.flatMap((file) =>
    objectsOf(file).flatMap((type) =>
      (type.fields ?? []).flatMap((field) => {
        const at = `${type.name.value}.${field.name.value}`;
        return judged(field, classes.get(at)).map((problem) => ({ file: file.file, at, ...problem }));
      }),
    ),
  );
}

function judged(field: FieldDefinitionNode, data: FieldData | undefined): Pick<Problem, 'wrong' | 'right'>[] {
  const problems: Pick<Problem, 'wrong' | 'right'>[] = [];
  const isText = ['String', 'ID'].includes(typeName(field.type));
  const telling = isText && TELLING.test(field.name.value);
  if (telling && (data === undefined || (data.mask === null && data.purpose === null))) {
    problems.push({
      wrong: 'is named like what tells of a person or an account, and has no mask',
      right: 'add @data(class: PERSONAL or FINANCIAL, mask: …)',
    });
  }
  if (data === undefined) return problems;
  if (data.mask !== null && (data.class === 'PUBLIC' || data.class === 'INTERNAL')) {
    problems.push({
      wrong: `has a mask, though everybody sees ${data.class} in full`,
      right: 'say class PERSONAL, FINANCIAL or SECRET, or leave the mask out',
    });
  }
  if ((data.mask === 'EMAIL' || data.mask === 'LAST4') && !isText) {
    problems.push({ wrong: `has the mask ${data.mask}, but is no text`, right: 'use mask: HIDE, and let it be null' });
  }
  if (data.mask === 'HIDE' && !isText && neverNull(field.type)) {
    problems.push({ wrong: 'is hidden, but never null', right: 'make it nullable: masked, it is null' });
  }
  if (data.purpose !== null && (!isNullable(field) || argumentsOf(field.directives, 'requiresScopes').length === 0)) {
    problems.push({
      wrong: 'has a purpose, but is never null or asks for no scope',
      right: 'make it nullable, since consent may be missing, and name with @requiresScopes who works for that purpose',
    });
  }
  return problems;
}

/** Masked, a list is null as a whole where it may be; its entries where they may be. */
const neverNull = (type: TypeNode): boolean => type.kind === Kind.NON_NULL_TYPE;
