import { type DocumentNode, Kind } from 'graphql';
import { ConfigError, type Environment } from '../../platform/config.ts';

/** The variable that says where a subgraph is. */
export const urlVariable = (subgraph: string): string =>
  `SUBGRAPH_${subgraph.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_URL`;

/**
 * Where each subgraph of a supergraph is: as its variable says, else as the supergraph does (`@join__graph(url:)`).
 * @throws ConfigError naming every subgraph without an address, or with one that is no http(s) URL
 */
export function subgraphUrls(supergraph: DocumentNode, env: Environment): ReadonlyMap<string, URL> {
  const problems: string[] = [];
  const urls = new Map<string, URL>();
  const named = new Map<string, string>();
  for (const { name, url: written } of graphsOf(supergraph)) {
    const variable = urlVariable(name);
    const other = named.get(variable);
    if (env[variable] && other !== undefined)
      problems.push(`${variable}: means ${other} and ${name}; rename one of them`);
    named.set(variable, name);
    const text = env[variable] || written;
    const url = URL.parse(text);
    if (text === '') problems.push(`${variable}: is required; the supergraph does not say where ${name} is`);
    else if (url === null || !/^https?:$/.test(url.protocol)) {
      const whose = env[variable] ? 'must be' : `the supergraph says "${text}" for ${name}; set it to`;
      problems.push(`${variable}: ${whose} an http or https URL, like http://127.0.0.1:4010/graphql`);
    } else if (url.username || url.password) {
      problems.push(`${variable}: the address of ${name} must not hold a user name or a password`);
    } else urls.set(name, url);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return urls;
}

/** Names and addresses as the supergraph has them; an address that is not there is empty. */
function graphsOf(supergraph: DocumentNode): { name: string; url: string }[] {
  return supergraph.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') return [];
    return (definition.values ?? []).map(({ name, directives }) => {
      const graph = directives?.find((directive) => directive.name.value === 'join__graph');
      const textOf = (argument: string): string | undefined => {
        const value = graph?.arguments?.find((one) => one.name.value === argument)?.value;
        return value?.kind === Kind.STRING ? value.value : undefined;
      };
      return { name: textOf('name') ?? name.value.toLowerCase(), url: textOf('url') ?? '' };
    });
  });
}
