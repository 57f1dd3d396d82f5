import { type ASTNode, type DocumentNode, Kind, parse, print, visit } from 'graphql';
import type { Operation } from './write-operation.ts';

/** Leaves out of a failing operation, part by part, what it fails without. */
export async function smallerOperation(
  operation: Operation,
  stillFails: (smaller: Operation) => Promise<boolean>,
): Promise<Operation> {
  let best = operation;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    const parts = partsOf(parse(best.query));
    for (let index = 0; index < parts; index++) {
      const query = without(best.query, index);
      if (query === undefined || query === best.query) continue;
      const smaller = { ...best, query };
      if (await stillFails(smaller)) {
        best = smaller;
        isSmaller = true;
        index -= 1;
      }
    }
  }
  return best;
}

/** What may go. */
const isPart = (node: ASTNode): boolean =>
  node.kind === Kind.FIELD ||
  node.kind === Kind.INLINE_FRAGMENT ||
  node.kind === Kind.FRAGMENT_SPREAD ||
  node.kind === Kind.DIRECTIVE;

function partsOf(document: DocumentNode): number {
  let count = 0;
  visit(document, {
    enter(node) {
      if (isPart(node)) count += 1;
    },
  });
  return count;
}

/** The text without its nth part, and without the fragments and variables that nothing names then. */
function without(query: string, nth: number): string | undefined {
  let index = -1;
  const cut = visit(parse(query, { noLocation: true }), {
    enter(node) {
      if (!isPart(node)) return undefined;
      index += 1;
      return index === nth ? null : undefined;
    },
    leave: (node) => ('selectionSet' in node && node.selectionSet?.selections.length === 0 ? null : undefined),
  });
  return cut.definitions.length > 0 ? tidied(cut) : undefined;
}

function tidied(document: DocumentNode): string | undefined {
  if (!document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION)) return undefined;
  const text = print(document);
  const definitions = document.definitions.filter(
    (d) => d.kind !== Kind.FRAGMENT_DEFINITION || new RegExp(`\\.\\.\\.\\s?${d.name.value}\\b`).test(text),
  );
  const kept = print({ ...document, definitions });
  const trimmed = visit(parse(kept, { noLocation: true }), {
    VariableDefinition: (node) => (kept.split(`$${node.variable.name.value}`).length > 2 ? undefined : null),
  });
  const result = print(trimmed);
  return definitions.length === document.definitions.length ? result : tidied(parse(result));
}
