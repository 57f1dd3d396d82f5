import type { FastifyReply } from 'fastify';

/** Help: "Error Handling in REST Web Services" (section_156570709583). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly path: string | undefined;
  constructor(status: number, code: string, detail: string, path?: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.path = path;
  }
}

/** A business rule said no. */
export const userError = (detail: string, path?: string): Problem =>
  new Problem(400, 'USER_ERROR', `Error while accessing a resource. ${detail}`, path);

/** The body names something that does not exist, or has the wrong form. */
export const invalidContent = (detail: string, path?: string): Problem =>
  new Problem(400, 'INVALID_CONTENT', `Error while accessing a resource. ${detail}`, path);

/** A reference to a record that is not there, or that the field does not take. */
export const invalidField = (value: string, field: string, path = field): Problem =>
  invalidContent(
    `You have entered an Invalid Field Value ${value.slice(0, 40)} for the following field: ${field}`,
    path,
  );

export const invalidParameter = (detail: string): Problem => new Problem(400, 'INVALID_PARAMETER', detail);

export const notFound = (): Problem =>
  new Problem(404, 'NONEXISTENT_ID', 'The record instance does not exist. Provide a valid record instance ID.');

export const invalidLogin = (): Problem =>
  new Problem(
    401,
    'INVALID_LOGIN',
    'Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles > User Management > View Login Audit Trail.',
  );

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  429: 'Too Many Requests',
};

export function sendProblem(error: unknown, reply: FastifyReply): FastifyReply {
  const problem = error instanceof Problem ? error : ofFramework(error);
  return reply
    .code(problem.status)
    .type('application/vnd.oracle.resource+json; type=error; charset=UTF-8')
    .send({
      type: 'https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5',
      title: TITLES[problem.status] ?? 'Internal Server Error',
      status: problem.status,
      'o:errorDetails': [
        {
          detail: problem.message,
          ...(problem.path === undefined ? {} : { 'o:errorPath': problem.path }),
          'o:errorCode': problem.code,
        },
      ],
    });
}

/** What the HTTP framework refused by itself: a body that is no JSON, a wrong content type. */
function ofFramework(error: unknown): Problem {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status < 500
    ? new Problem(400, 'INVALID_CONTENT', 'Invalid content in the request body.')
    : new Problem(500, 'UNEXPECTED_ERROR', 'An unexpected error occurred. Error ID: sandbox');
}
