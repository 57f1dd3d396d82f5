import { type ASTNode, type ConstDirectiveNode, type DocumentNode, Kind, visit } from 'graphql';
import { textOf } from './supergraph-types.ts';

/**
 * The supergraph without the keys that no subgraph resolves (`resolvable: false`). The planner never jumps by them, but where
 * it goes back to a subgraph after a `@requires` it takes the first key of the type there, resolvable or not.
 */
export function withResolvableKeysOnly(supergraph: DocumentNode): DocumentNode {
  const corrected = (node: { readonly directives?: readonly ConstDirectiveNode[] }) => {
    const directives = node.directives ?? [];
    return directives.some(isUnresolvable) ? { ...node, directives: withoutUnresolvable(directives) } : undefined;
  };
  return visit(supergraph, {
    enter(node: ASTNode) {
      if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) return undefined;
      return corrected(node);
    },
  });
}

const isUnresolvable = (directive: ConstDirectiveNode) =>
  directive.name.value === 'join__type' && textOf(directive, 'resolvable') === 'false';

/** The type stays a type of each subgraph: where no other key says so, one join without a key does. */
function withoutUnresolvable(directives: readonly ConstDirectiveNode[]): ConstDirectiveNode[] {
  const isKey = ({ name }: { name: { value: string } }) => name.value === 'key' || name.value === 'resolvable';
  const joined = new Set(
    directives
      .filter((directive) => directive.name.value === 'join__type' && !isUnresolvable(directive))
      .map((directive) => textOf(directive, 'graph')),
  );
  return directives.flatMap((directive) => {
    if (!isUnresolvable(directive)) return [directive];
    const graph = textOf(directive, 'graph');
    if (joined.has(graph)) return [];
    joined.add(graph);
    return [{ ...directive, arguments: directive.arguments?.filter((argument) => !isKey(argument)) ?? [] }];
  });
}
