import { type ExecutionResult, GraphQLError, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { AnswerText } from '../execution/answer-text.ts';

/** What a subgraph says of an act that the caller has no right to, once it knows what the act would do. */
const REFUSALS: ReadonlySet<unknown> = new Set(['LIMIT_EXCEEDED', 'SELF_APPROVAL']);

/** Answers 403 where every act of a mutation came to nothing and one was refused; where anything ran, the answer is 200 as usual. */
export function withStatusOfActs(
  operation: OperationDefinitionNode | undefined,
  result: ExecutionResult,
): ExecutionResult {
  const { data, errors = [] } = result;
  if (operation?.operation !== OperationTypeNode.MUTATION || !errors.some(isRefusal)) return result;
  const answers: unknown = data instanceof AnswerText ? data.toJSON() : data;
  if (Object.entries(answers ?? {}).some(([name, value]) => value !== null && name !== '__typename')) return result;
  return { ...result, errors: errors.map((error) => (isRefusal(error) ? forbidden(error) : error)) };
}

const isRefusal = ({ extensions }: GraphQLError): boolean => REFUSALS.has(extensions.code);

const forbidden = (error: GraphQLError): GraphQLError =>
  new GraphQLError(error.message, {
    nodes: error.nodes,
    path: error.path,
    originalError: error.originalError,
    extensions: { ...error.extensions, http: { status: 403 } },
  });
