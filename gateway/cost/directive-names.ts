import { type DocumentNode, Kind, valueFromASTUntyped } from 'graphql';

const COST_SPEC = /^https:\/\/specs\.apollo\.dev\/cost\/v/;

interface CostDirectives {
  readonly cost: string;
  readonly listSize: string;
}

/** Under which names the cost directives stand in this supergraph; without a link they bear their own. */
export function costDirectives(supergraph: DocumentNode): CostDirectives {
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const { name, arguments: given = [] } of definition.directives ?? []) {
      if (name.value !== 'link') continue;
      const link: Readonly<Record<string, unknown>> = Object.fromEntries(
        given.map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]),
      );
      if (typeof link.url === 'string' && COST_SPEC.test(link.url)) return namesIn(link);
    }
  }
  return { cost: 'cost', listSize: 'listSize' };
}

/** What is imported bears its own or its given name; the directive that is called as its spec bears the spec's. */
function namesIn(link: Readonly<Record<string, unknown>>): CostDirectives {
  const prefix = typeof link.as === 'string' ? link.as : 'cost';
  const imported = (name: string): string | undefined => {
    for (const entry of Array.isArray(link.import) ? link.import : []) {
      if (entry === name) return name.slice(1);
      if (entry?.name === name) return String(entry.as ?? name).slice(1);
    }
    return undefined;
  };
  return { cost: imported('@cost') ?? prefix, listSize: imported('@listSize') ?? `${prefix}__listSize` };
}
