import { createClient, type ExecutionResult } from 'graphql-sse';

/** A subscription as its client sees it. */
export interface Listening<Data> {
  /** The next answer; null: the subscription is complete. @throws where the hub refuses it, or cuts it */
  next(): Promise<ExecutionResult<Data, Record<string, unknown>> | null>;
  close(): void;
}

/** Subscribes by the reference client of GraphQL over SSE, which does not come again by itself. */
export function listenTo<Data = Record<string, unknown>>(
  url: string,
  key: string,
  query: string,
  variables: Record<string, unknown> = {},
): Listening<Data> {
  const client = createClient({
    url: `${url}/graphql`,
    headers: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  const answers = client.iterate<Data, Record<string, unknown>>({ query, variables });
  return {
    async next() {
      const { value, done } = await answers.next();
      return done ? null : value;
    },
    close: () => client.dispose(),
  };
}
