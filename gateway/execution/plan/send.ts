import type { FetchNode } from '@apollo/query-planner';
import type { SubgraphFetch } from '../../../platform/subgraph/operations.ts';
import type { SubgraphAnswer } from '../transports/transport.ts';
import type { Ask } from './ask.ts';
import type { Run } from './run.ts';

/** Asks the subgraph of one fetch. `representations` are JSON texts with commas between them, of an entity fetch. */
export type Send = (representations: string | undefined, run: Run) => Promise<SubgraphAnswer>;

/** Writes the request to the subgraph: its text is prepared as far as it does not depend on the request. */
export function compileSend(node: FetchNode, ask: (subgraph: string) => Ask): Send {
  const send = ask(node.serviceName);
  const { query, operationName } = unnumbered(node);
  const usages = node.variableUsages ?? [];
  const head = `{"query":${JSON.stringify(query)}${operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`}`;
  const isMutation = node.operationKind === 'mutation';

  return (representations, run) => {
    const given: string[] = representations === undefined ? [] : [`"representations":[${representations}]`];
    for (const name of usages) {
      const value = Object.hasOwn(run.variables, name) ? run.variables[name] : undefined;
      if (value !== undefined) given.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
    }
    const variables = given.length === 0 ? undefined : `{${given.join(',')}}`;
    const fetch: SubgraphFetch = {
      query,
      operationName,
      isMutation,
      body: variables === undefined ? `${head}}` : `${head},"variables":${variables}}`,
      get variables() {
        return variables === undefined ? undefined : (JSON.parse(variables) as Record<string, unknown>); // written above
      },
    };
    return send(fetch, run.context);
  };
}

/** Without the number that the planner gives each fetch: equal questions at two places of a plan are then equal in text. */
export function unnumbered(node: FetchNode): { query: string; operationName: string | undefined } {
  const numbered = node.operationName;
  if (numbered === undefined) return { query: node.operation, operationName: undefined };
  const operationName = /^(.+?)__\w+?__\d+$/.exec(numbered)?.[1];
  const head = new RegExp(`^(\\s*(?:query|mutation)\\s+)${numbered}`);
  const query = node.operation.replace(head, (_all, keyword: string) => `${keyword}${operationName ?? ''}`);
  return { query, operationName };
}
