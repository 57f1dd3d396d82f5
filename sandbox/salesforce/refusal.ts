/** One entry of the array in which Salesforce reports what is wrong (REST API Developer Guide v66.0, "Status Codes and Error Responses"). */
export interface ErrorEntry {
  readonly message: string;
  readonly errorCode: string;
  readonly fields?: readonly string[];
}

/** A request that the API refuses, as it will be answered. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly ErrorEntry[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    errors: ErrorEntry | readonly ErrorEntry[],
    headers: Readonly<Record<string, string>> = {},
  ) {
    const list = Array.isArray(errors) ? errors : [errors as ErrorEntry]; // the union's other arm
    super(list.map((entry) => entry.errorCode).join(', '));
    this.status = status;
    this.errors = list;
    this.headers = headers;
  }
}

export function refuse(status: number, errorCode: string, message: string, fields?: readonly string[]): never {
  throw new Refusal(status, fields === undefined ? { message, errorCode } : { message, errorCode, fields });
}

export const notFound = (): never => refuse(404, 'NOT_FOUND', 'The requested resource does not exist');
