import type { DocumentNode } from 'graphql';
import { joins, supergraphTypes, textOf } from '../execution/planning/supergraph-types.ts';
import { systemsOf } from '../execution/supergraph.ts';

/** Which systems answer for a field. */
export interface Origin {
  /** As in the graph's `System`; several where each of them can answer. */
  readonly systems: readonly string[];
  /** Fields of the same object by which those systems know it. Example: `erpCustomerId`. */
  readonly keys: readonly string[];
}

/** By type and field, from the composed graph; undefined for what it does not have. */
export type OriginOf = (type: string, field: string) => Origin | undefined;

/** Reads from a supergraph which subgraphs answer for which field. */
export function originsOf(supergraph: DocumentNode): OriginOf {
  const { types, graphs, field: definitionOf } = supergraphTypes(supergraph);
  const system = systemsOf(supergraph);

  return (typeName, fieldName) => {
    const type = types.get(typeName);
    const field = definitionOf(typeName, fieldName);
    if (type === undefined || field === undefined) return undefined;
    const own = joins(field, 'join__field').filter((join) => textOf(join, 'external') !== 'true');
    const places = own.some((join) => textOf(join, 'graph') !== undefined) ? own : joins(type, 'join__type');
    const answering = new Set(places.flatMap((join) => textOf(join, 'graph') ?? []));
    const keys = joins(type, 'join__type').flatMap((join) => {
      const key = textOf(join, 'key');
      return key !== undefined && /^\w+$/.test(key) && answering.has(textOf(join, 'graph') ?? '') ? [key] : [];
    });
    return { systems: [...answering].map((graph) => system(graphs.get(graph) ?? graph)).sort(), keys };
  };
}
