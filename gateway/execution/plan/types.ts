import { type GraphQLSchema, isAbstractType } from 'graphql';

/** Whether a value of the type that it names itself belongs to a type that a plan speaks of. */
export type IsOfType = (typename: string, condition: string) => boolean;

/** Judges by the supergraph's types, which know more than the API schema: a plan may speak of inaccessible ones. */
export function createTypeCheck(supergraph: GraphQLSchema): IsOfType {
  const known = new Map<string, boolean>();
  return (typename, condition) => {
    if (typename === condition) return true;
    const key = `${typename} ${condition}`;
    let answer = known.get(key);
    if (answer === undefined) {
      const type = supergraph.getType(typename);
      const wider = supergraph.getType(condition);
      answer =
        isAbstractType(wider) && type !== undefined && 'getInterfaces' in type && supergraph.isSubType(wider, type);
      // Names come from subgraphs: only those that the supergraph has are kept.
      if (type !== undefined && wider !== undefined) known.set(key, answer);
    }
    return answer;
  };
}
