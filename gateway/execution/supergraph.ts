import { type ConstDirectiveNode, type DirectiveNode, type DocumentNode, Kind, visit } from 'graphql';

/** The specifications that ApolloGateway refuses to load; the hub enforces them itself (gateway/policy). */
const SECURITY_SPECS = ['requiresScopes', 'authenticated', 'policy'] as const;
type SecuritySpec = (typeof SECURITY_SPECS)[number];

/** Under which name each security directive stands in this supergraph; undefined where it is not linked. */
export function securityNames(supergraph: DocumentNode): Readonly<Record<SecuritySpec, string | undefined>> {
  const names: Record<SecuritySpec, string | undefined> = {
    requiresScopes: undefined,
    authenticated: undefined,
    policy: undefined,
  };
  for (const link of linksOf(supergraph)) {
    const spec = specOf(link);
    if (spec !== undefined) names[spec] = textOf(link, 'as') ?? spec;
  }
  return names;
}

/**
 * The copy of the supergraph that ApolloGateway gets: without the security directives, their definitions, scalars and
 * links. Everything else stays as it is.
 */
export function withoutSecurity(supergraph: DocumentNode): DocumentNode {
  const names = new Set(Object.values(securityNames(supergraph)).filter((name) => name !== undefined));
  const belongs = (name: string) => names.has(name) || [...names].some((prefix) => name.startsWith(`${prefix}__`));
  return visit(supergraph, {
    enter(node) {
      if (node.kind === Kind.DIRECTIVE) {
        const goes = node.name.value === 'link' ? specOf(node) !== undefined : names.has(node.name.value);
        return goes ? null : undefined;
      }
      const defines = node.kind === Kind.DIRECTIVE_DEFINITION || node.kind === Kind.SCALAR_TYPE_DEFINITION;
      return defines && belongs(node.name.value) ? null : undefined;
    },
  });
}

/** Names of the subgraphs that the supergraph was composed from. */
export function subgraphsOf(supergraph: DocumentNode): string[] {
  return enumValues(supergraph, 'join__Graph').map((value) => {
    const graph = value.directives?.find(({ name }) => name.value === 'join__graph');
    return (graph && textOf(graph, 'name')) ?? value.name.value.toLowerCase();
  });
}

/** A subgraph's name as in the graph's `System`; what is no system of its own is the hub. */
export function systemsOf(supergraph: DocumentNode): (subgraph: string) => string {
  const systems = new Set(enumValues(supergraph, 'System').map(({ name }) => name.value));
  return (subgraph) => {
    const name = subgraph.toUpperCase();
    return systems.size === 0 || systems.has(name) ? name : 'HUB';
  };
}

const enumValues = (supergraph: DocumentNode, enumName: string) =>
  supergraph.definitions.flatMap((definition) =>
    definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === enumName
      ? (definition.values ?? [])
      : [],
  );

function linksOf(supergraph: DocumentNode): readonly ConstDirectiveNode[] {
  return supergraph.definitions
    .flatMap((definition) =>
      definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
        ? (definition.directives ?? [])
        : [],
    )
    .filter(({ name }) => name.value === 'link');
}

const specOf = (link: DirectiveNode | ConstDirectiveNode): SecuritySpec | undefined => {
  const name = /^https:\/\/specs\.apollo\.dev\/(\w+)\/v/.exec(textOf(link, 'url') ?? '')?.[1];
  return SECURITY_SPECS.find((spec) => spec === name);
};

function textOf(directive: DirectiveNode | ConstDirectiveNode, argument: string): string | undefined {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}
