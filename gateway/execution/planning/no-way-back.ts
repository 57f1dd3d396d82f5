import { type DocumentNode, visit } from 'graphql';
import type { PlanningProblem } from './refused.ts';
import { joins, type SupergraphTypes, textOf } from './supergraph-types.ts';

/**
 * Fields with a `@requires` in a subgraph that resolves no key of their type. Such a field can be answered only where the
 * subgraph itself provides what it requires; else nobody can send it the required values.
 */
export function fieldsWithoutWayBack({ types, graphs }: SupergraphTypes): readonly PlanningProblem[] {
  return [...types.values()].flatMap((type) => {
    const keyed = new Set(
      joins(type, 'join__type').flatMap((join) => (textOf(join, 'key') === undefined ? [] : [textOf(join, 'graph')])),
    );
    return (type.fields ?? []).flatMap((field) =>
      joins(field, 'join__field').flatMap((join) => {
        const graph = textOf(join, 'graph');
        if (textOf(join, 'requires') === undefined || keyed.has(graph)) return [];
        const subgraph = graphs.get(graph ?? '') ?? graph;
        const message = `its @requires cannot be served, because "${subgraph}" resolves no key of ${type.name.value}: let it resolve one (without resolvable: false).`;
        return [{ subgraph, at: `${type.name.value}.${field.name.value}`, message }];
      }),
    );
  });
}

/** Those problems that a document may have run into, told by the names of its fields. */
export function problemsOf(document: DocumentNode, problems: readonly PlanningProblem[]): readonly PlanningProblem[] {
  if (problems.length === 0) return [];
  const asked = new Set<string>();
  visit(document, {
    Field({ name }) {
      asked.add(name.value);
    },
  });
  return problems.filter(({ at }) => asked.has(at.split('.')[1] ?? ''));
}
